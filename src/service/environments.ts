// Environments: a scope catalogue and the keys that live in it.
import { authorize, type Caller } from '../core/actor.ts'
import { createAuditEvent, findDifferences } from '../core/audit.ts'
import { type Bounds, DEFAULT_BOUNDS, type Environment, MAX_STALENESS_MS } from '../core/environment.ts'
import { newId } from '../core/ids.ts'
import { type Fault, invalidField, notFound, Problem } from '../core/problem.ts'
import { TEMPLATE_ROUTES } from '../core/route-table.ts'
import { type ScopeCatalogue, TEMPLATES, type TemplateName } from '../core/scope.ts'
import type { Database } from '../store/database.ts'
import * as store from '../store/environments.ts'
import type { Page, PageRequest } from '../store/page.ts'
import { findProject } from '../store/projects.ts'
import { changeEnvironment, existingEnvironment } from './change-environment.ts'
import type { Deps } from './deps.ts'
import { type SealResponse, storeNothing } from './idempotency.ts'
import { type Precondition, requireAccepted } from './precondition.ts'

export type NewEnvironment = {
  name: string
  tag: string
  template?: TemplateName | undefined
  scopes?: ScopeCatalogue | undefined
  audiences?: string[] | undefined
}

/** Made from a template or with its own scopes; with neither, its keys have no scopes. @throws {Problem} not_found */
export async function createEnvironment(
  deps: Deps,
  caller: Caller,
  projectId: string,
  { name, tag, template, scopes, audiences = [] }: NewEnvironment,
  seal: SealResponse<Environment> = storeNothing,
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
    audiences,
    createdAt: at,
    createdBy: caller.actor.id,
    revision: 1,
  }
  const event = createAuditEvent({ id: newId('event'), at }, caller, {
    action: 'environment.created',
    projectId,
    environmentId: environment.id,
    after: { name, tag, scopes: environment.scopes, bounds: environment.bounds, audiences },
  })
  const routes = template ? TEMPLATE_ROUTES[template] : []
  const response = await seal(environment)
  const inserted = await store.insertEnvironment(deps.db, { ...environment, routes }, { event, response })
  if (!inserted) throw notFound('project')
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

export type { EnvironmentSummary } from '../store/environments.ts'

/** How many live keys each has and when it last changed, in the order of the ids; zero and null for an id of nothing. */
export async function summarizeEnvironments(
  deps: Deps,
  caller: Caller,
  environmentIds: readonly string[],
): Promise<store.EnvironmentSummary[]> {
  authorize(caller.actor, 'environments.read')
  return environmentIds.length === 0 ? [] : store.summarizeEnvironments(deps.db, environmentIds, deps.clock())
}

export type EnvironmentEdit = {
  name?: string | undefined
  tag?: string | undefined
  scopes?: ScopeCatalogue | undefined
  bounds?: { [Field in keyof Bounds]?: Bounds[Field] | undefined } | undefined
  browserOrigins?: string[] | undefined
  audiences?: string[] | undefined
}

/** `ownOrigin` is the origin that the request was sent to. */
type EditOptions = Precondition<Environment> & { ownOrigin?: string }

/**
 * Changes what is given and nothing else. `ifMatch` is the etagOf the fields named by `edit`, as they were.
 * @throws {Problem} not_found, invalid_request for an origin of Keyward's own, or conflict when a live key holds a scope that would go or lacks one now required
 */
export async function editEnvironment(
  deps: Deps,
  caller: Caller,
  id: string,
  edit: EnvironmentEdit,
  { ownOrigin, ...precondition }: EditOptions = {},
): Promise<Environment> {
  authorize(caller.actor, 'environments.write')
  refuseOwnOrigins(deps, edit.browserOrigins ?? [], ownOrigin)
  const { environment, value } = await changeEnvironment<Editable>(deps, caller, id, {
    ifMatch: precondition.ifMatch,
    version: (current) => Object.fromEntries(Object.entries(current).filter(([field]) => Object.hasOwn(edit, field))),
    action: 'environment.updated',
    read: ({ name, tag, scopes, bounds, browserOrigins, audiences }) => ({
      name,
      tag,
      scopes,
      bounds,
      browserOrigins,
      audiences,
    }),
    edit: async (current, stored) => {
      requireAccepted(precondition, stored)
      if (edit.scopes && findDifferences(stored, { scopes: edit.scopes }))
        await refuseConflicts(deps, stored, edit.scopes)
      return {
        name: edit.name ?? current.name,
        tag: edit.tag ?? current.tag,
        scopes: edit.scopes ?? current.scopes,
        bounds: {
          maxStalenessMs: edit.bounds?.maxStalenessMs ?? current.bounds.maxStalenessMs,
          onUnknown: edit.bounds?.onUnknown ?? current.bounds.onUnknown,
        },
        browserOrigins: edit.browserOrigins ?? current.browserOrigins,
        audiences: edit.audiences ?? current.audiences,
      }
    },
    boundMs: ({ bounds }) => bounds.maxStalenessMs,
    write: (stored, { wanted, revision }, event) =>
      store.updateEnvironment(deps.db, stored, { ...wanted, revision }, event),
  })
  if (edit.browserOrigins) deps.isolate.origins.forgetAll()
  return { ...environment, ...value }
}

/** A page of such an origin would be the console's, or an upstream's that poses as it. */
function refuseOwnOrigins({ config }: Pick<Deps, 'config'>, origins: string[], ownOrigin: string | undefined): void {
  const isOwn = (origin: string) =>
    origin === ownOrigin || origin === config.issuer || new URL(origin).hostname === config.consoleHost
  const index = origins.findIndex(isOwn)
  if (index >= 0) throw invalidField(`browserOrigins.${index}`, 'must be the origin of another host than Keyward’s own')
}

type Editable = Pick<Environment, 'name' | 'tag' | 'scopes' | 'bounds' | 'browserOrigins' | 'audiences'>

/** How old an answer about a key of this environment may be, whether or not the environment is still there. */
export const findBoundMs = async (db: Database, id: string): Promise<number> =>
  (await store.findBounds(db, id))?.maxStalenessMs ?? MAX_STALENESS_MS

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
  throw new Problem('conflict', 'Live keys or routes still need a scope that would change.', {
    faults: [...faults, ...asked],
  })
}

/** Without the scope that a route asks for, no key could use the route. */
async function scopesAskedByRoutes(db: Database, environment: Environment, scopes: ScopeCatalogue): Promise<Fault[]> {
  const gone = environment.scopes.map(({ name }) => name).filter((name) => !scopes.some((scope) => scope.name === name))
  if (gone.length === 0) return []
  const routes = (await store.findFrontDoor(db, environment.id))?.routes ?? []
  return gone
    .filter((name) => routes.some((route) => route.scopes.includes(name)))
    .map((name) => ({ path: 'scopes', message: `"${name}" is still asked for by a route and cannot be removed` }))
}
