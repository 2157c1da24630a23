// The route table of an environment, read and replaced as a whole. A new table is an edit of the environment: the
// ledger hears of it first, and it is in force everywhere within the environment's bound.
import { authorize, type Caller } from '../core/actor.ts'
import type { Environment } from '../core/environment.ts'
import { type Fault, invalidFields, notFound } from '../core/problem.ts'
import type { Receipt } from '../core/receipt.ts'
import { findConflictingRoute, type Route } from '../core/route-table.ts'
import * as store from '../store/environments.ts'
import { changeEnvironment, existingEnvironment } from './change-environment.ts'
import type { Deps } from './deps.ts'
import { type Precondition, requireAccepted } from './precondition.ts'

/** @throws {Problem} not_found */
export async function getRoutes(deps: Deps, caller: Caller, environmentId: string): Promise<readonly Route[]> {
  authorize(caller.actor, 'front_door')
  const environment = await existingEnvironment(deps, environmentId)
  return readStoredRoutes(deps, environment)
}

/**
 * Puts the table in place of the one before; the order of the routes means nothing. `ifMatch` is the etagOf the table as
 * it was, `{ routes }`. @throws {Problem} not_found, conflict, or invalid_request naming each route and field at fault
 */
export async function replaceRoutes(
  deps: Deps,
  caller: Caller,
  environmentId: string,
  routes: readonly Route[],
  precondition: Precondition<readonly Route[]> = {},
): Promise<{ routes: readonly Route[]; receipt: Receipt }> {
  authorize(caller.actor, 'front_door')
  const { value, receipt } = await changeEnvironment<{ routes: readonly Route[] }>(deps, caller, environmentId, {
    ifMatch: precondition.ifMatch,
    action: 'routes.updated',
    read: async (environment) => ({ routes: await readStoredRoutes(deps, environment) }),
    edit: (current, environment) => {
      requireAccepted(precondition, current.routes)
      refuseFaults(routes.flatMap((_, index) => findRouteFaults(deps, environment, routes, index)))
      return { routes }
    },
    confirmsUnchanged: true,
    write: (environment, { revision }, event) =>
      store.updateEnvironment(deps.db, environment, { routes, revision }, event),
  })
  return { ...value, receipt }
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
      message: `"${upstream.service}" is not a service binding of this Worker whose name begins with UPSTREAM`,
    })
  }
  return faults
}

function refuseFaults(faults: Fault[]): void {
  if (faults.length > 0) throw invalidFields(faults)
}
