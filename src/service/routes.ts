// The route table of an environment, read and replaced as a whole. A new table is an edit of the environment: the
// ledger hears of it first, and it is in force everywhere within the environment's bound.
import type { Caller } from '../core/actor.ts'
import { createAuditEvent, findDifferences } from '../core/audit.ts'
import type { Environment } from '../core/environment.ts'
import { newId } from '../core/ids.ts'
import { type Fault, notFound, Problem } from '../core/problem.ts'
import { createReceipt, type Receipt } from '../core/receipt.ts'
import { findConflictingRoute, type Route } from '../core/route-table.ts'
import type { Deps } from '../deps.ts'
import * as store from '../store/environments.ts'
import { authorize } from './authorize.ts'
import { environmentEditOf, existingEnvironment } from './environments.ts'
import { recordChanges } from './record-changes.ts'
import { retryOnConflict, STALE } from './retry-on-conflict.ts'

/** @throws {Problem} not_found */
export async function getRoutes(deps: Deps, caller: Caller, environmentId: string): Promise<readonly Route[]> {
  authorize(caller.actor, 'front_door')
  const environment = await existingEnvironment(deps, environmentId)
  return readStoredRoutes(deps, environment)
}

/**
 * Puts the table in place of the one before; the order of the routes means nothing.
 * @throws {Problem} not_found, or invalid_request naming each route and field at fault
 */
export async function replaceRoutes(
  deps: Deps,
  caller: Caller,
  environmentId: string,
  routes: readonly Route[],
): Promise<{ routes: readonly Route[]; receipt: Receipt }> {
  authorize(caller.actor, 'front_door')
  return retryOnConflict(async () => {
    const environment = await existingEnvironment(deps, environmentId)
    refuseFaults(routes.flatMap((_, index) => findRouteFaults(deps, environment, routes, index)))

    const { maxStalenessMs } = environment.bounds
    const told = await recordChanges(deps, [environmentEditOf(environment, maxStalenessMs)], environmentId)
    const change = findDifferences({ routes: await readStoredRoutes(deps, environment) }, { routes })
    const event = createAuditEvent({ id: newId('event'), at: deps.clock() }, caller, {
      action: 'routes.updated',
      projectId: environment.projectId,
      environmentId,
      ...change,
    })
    const written = await store.updateEnvironment(deps.db, environment, { routes, revision: told.revision }, event)
    if (!written) return STALE
    const commit = { ...told, boundMs: maxStalenessMs, committedAt: deps.clock() }
    return { routes, receipt: createReceipt(commit, { pending: false }) }
  })
}

async function readStoredRoutes({ db }: Deps, { id }: Environment): Promise<readonly Route[]> {
  const row = await store.findFrontDoor(db, id)
  if (!row) throw notFound('environment')
  return row.routes
}

function findRouteFaults(deps: Deps, { scopes }: Environment, routes: readonly Route[], index: number): Fault[] {
  const route = routes[index]
  if (!route) return []
  const faults: Fault[] = route.scopes.flatMap((name, at) =>
    scopes.some((scope) => scope.name === name)
      ? []
      : [{ path: `routes.${index}.scopes.${at}`, message: `"${name}" is not in the environment's scope catalogue` }],
  )
  const rival = findConflictingRoute(routes, index)
  if (rival >= 0) {
    faults.push({ path: `routes.${index}.path`, message: `takes the same requests as routes.${rival}` })
  }
  const { upstream } = route
  if (upstream !== null && 'service' in upstream && deps.service(upstream.service) === null) {
    faults.push({
      path: `routes.${index}.upstream.service`,
      message: `"${upstream.service}" is not a service binding of this Worker`,
    })
  }
  return faults
}

function refuseFaults(faults: Fault[]): void {
  if (faults.length === 0) return
  const detail = faults.map(({ path, message }) => `${path}: ${message}`).join('; ')
  throw new Problem('invalid_request', detail, faults)
}
