// Environments: a scope catalogue and the keys that live in it.
import type { Caller } from '../core/actor.ts'
import { createAuditEvent, findDifferences } from '../core/audit.ts'
import { type Bounds, DEFAULT_BOUNDS, type Environment, MAX_STALENESS_MS } from '../core/environment.ts'
import { newId } from '../core/ids.ts'
import { type ChangeRequest, environmentSubject } from '../core/ledger-messages.ts'
import { type Fault, invalidField, notFound, Problem } from '../core/problem.ts'
import { TEMPLATE_ROUTES } from '../core/route-table.ts'
import { type ScopeCatalogue, TEMPLATES, type TemplateName } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import type { Database } from '../store/database.ts'
import * as store from '../store/environments.ts'
import type { Page, PageRequest } from '../store/page.ts'
import { findProject } from '../store/projects.ts'
import { authorize } from './authorize.ts'
import { recordChanges } from './record-changes.ts'
import { retryOnConflict, STALE } from './retry-on-conflict.ts'

export type NewEnvironment = {
  name: string
  tag: string
  template?: TemplateName | undefined
  scopes?: ScopeCatalogue | undefined
}

/** From a template or with a catalogue of its own; with neither, its keys carry no scopes. @throws {Problem} not_found */
export async function createEnvironment(
  deps: Deps,
  caller: Caller,
  projectId: string,
  { name, tag, template, scopes }: NewEnvironment,
): Promise<Environment> {
  authorize(caller.actor, 'environments.write')
  if (template && scopes) throw invalidField('scopes', 'cannot be given together with a template')
  const at = deps.clock()
  const environment: Environment = {
    id: newId('environment'),
    projectId,
    name,
    tag,
    scopes: template ? TEMPLATES[template] : (scopes ?? []),
    bounds: DEFAULT_BOUNDS,
    browserOrigins: [],
    createdAt: at,
    createdBy: caller.actor.id,
    revision: 1,
  }
  const event = createAuditEvent({ id: newId('event'), at }, caller, {
    action: 'environment.created',
    projectId,
    environmentId: environment.id,
    after: { name, tag, scopes: environment.scopes, bounds: environment.bounds },
  })
  const routes = template ? TEMPLATE_ROUTES[template] : []
  if (!(await store.insertEnvironment(deps.db, { ...environment, routes }, event))) throw notFound('project')
  return environment
}

/** @throws {Problem} not_found */
export async function getEnvironment(deps: Deps, caller: Caller, id: string): Promise<Environment> {
  authorize(caller.actor, 'environments.read')
  return existingEnvironment(deps, id)
}

/** The environment and the name of its project. @throws {Problem} not_found */
export async function getEnvironmentWithProject(
  deps: Deps,
  caller: Caller,
  id: string,
): Promise<{ environment: Environment; project: { id: string; name: string } }> {
  authorize(caller.actor, 'environments.read')
  const found = await store.findEnvironmentWithProject(deps.db, id)
  if (!found) throw notFound('environment')
  return { environment: found.environment, project: { id: found.environment.projectId, name: found.projectName } }
}

/** @throws {Problem} not_found when there is no such project */
export async function listEnvironments(
  deps: Deps,
  caller: Caller,
  projectId: string,
  page: PageRequest,
): Promise<Page<Environment>> {
  authorize(caller.actor, 'environments.read')
  if (!(await findProject(deps.db, projectId))) throw notFound('project')
  return store.listEnvironments(deps.db, projectId, page)
}

export type EnvironmentEdit = {
  name?: string | undefined
  tag?: string | undefined
  scopes?: ScopeCatalogue | undefined
  bounds?: { [Field in keyof Bounds]?: Bounds[Field] | undefined } | undefined
  browserOrigins?: string[] | undefined
}

/** @throws {Problem} not_found, or conflict when a live key holds a scope that would go or lacks one now required */
export async function editEnvironment(
  deps: Deps,
  caller: Caller,
  id: string,
  edit: EnvironmentEdit,
): Promise<Environment> {
  authorize(caller.actor, 'environments.write')
  return retryOnConflict(async () => {
    const environment = await existingEnvironment(deps, id)
    const wanted = {
      name: edit.name ?? environment.name,
      tag: edit.tag ?? environment.tag,
      scopes: edit.scopes ?? environment.scopes,
      bounds: {
        maxStalenessMs: edit.bounds?.maxStalenessMs ?? environment.bounds.maxStalenessMs,
        onUnknown: edit.bounds?.onUnknown ?? environment.bounds.onUnknown,
      },
      browserOrigins: edit.browserOrigins ?? environment.browserOrigins,
    }
    const change = findDifferences<store.EnvironmentEdit>(environment, wanted)
    if (!change) return environment
    await refuseConflicts(deps, environment, wanted.scopes)

    const { revision } = await recordChanges(deps, [environmentEditOf(environment, wanted.bounds.maxStalenessMs)], null)
    const event = createAuditEvent({ id: newId('event'), at: deps.clock() }, caller, {
      action: 'environment.updated',
      projectId: environment.projectId,
      environmentId: id,
      ...change,
    })
    const updated = await store.updateEnvironment(deps.db, environment, { ...wanted, revision }, event)
    return updated ? { ...environment, ...wanted, revision } : STALE
  })
}

/** What the ledger is told before the environment changes: no lease may go on from what was read before. */
export const environmentEditOf = ({ id, revision, bounds }: Environment, boundMs: number): ChangeRequest => ({
  kind: 'environment-edit',
  subject: environmentSubject(id),
  revision: revision + 1,
  boundMs,
  widerBoundMs: Math.max(bounds.maxStalenessMs, boundMs),
})

/** How old an answer about a key of this environment may be, whether or not the environment is still there. */
export const findBoundMs = async (db: Database, id: string): Promise<number> =>
  (await store.findBounds(db, id))?.maxStalenessMs ?? MAX_STALENESS_MS

/** @throws {Problem} not_found */
export async function existingEnvironment({ db }: Pick<Deps, 'db'>, id: string): Promise<Environment> {
  const environment = await store.findEnvironment(db, id)
  if (!environment) throw notFound('environment')
  return environment
}

async function refuseConflicts({ db }: Deps, environment: Environment, scopes: ScopeCatalogue): Promise<void> {
  const conflicts = await store.findCatalogueConflicts(db, environment, scopes)
  const asked = await scopesAskedByRoutes(db, environment, scopes)
  if (conflicts.length + asked.length === 0) return
  const faults = conflicts.map(({ scope, kind }) => ({
    path: 'scopes',
    message:
      kind === 'held'
        ? `"${scope}" is still held by a live key and cannot be removed`
        : `"${scope}" cannot be required: a live key does not hold it`,
  }))
  throw new Problem('conflict', 'Live keys or routes stand against this scope catalogue.', [...faults, ...asked])
}

/** A scope that goes while a route asks for it would close that route to every key. */
async function scopesAskedByRoutes(db: Database, environment: Environment, scopes: ScopeCatalogue): Promise<Fault[]> {
  const gone = environment.scopes.map(({ name }) => name).filter((name) => !scopes.some((scope) => scope.name === name))
  if (gone.length === 0) return []
  const routes = (await store.findFrontDoor(db, environment.id))?.routes ?? []
  return gone
    .filter((name) => routes.some((route) => route.scopes.includes(name)))
    .map((name) => ({ path: 'scopes', message: `"${name}" is still asked for by a route and cannot be removed` }))
}
