// The front door's decision: may this token make this request? The key first, then whether its environment lets in
// where it comes from, then the route, then the scopes. Warm, all of it is answered from memory.
import { BEARER } from '../core/actor.ts'
import { toRoutedPath } from '../core/entrance.ts'
import { compileRoutes, findRoute, type Route, type RouteSettings } from '../core/route-table.ts'
import { findMissingScopes } from '../core/scope.ts'
import type { ValidKey } from '../core/verdict.ts'
import { findCachedSetting, leaseStateOf, readSetting, type SettingSource } from '../edge/settings.ts'
import { type FrontDoorRow, findFrontDoor } from '../store/environments.ts'
import type { Deps } from './deps.ts'
import { verify } from './verify.ts'

/** What the key is asked for: to make a request, or to hold scopes. */
export type AccessNeed = { method: string; path: readonly string[] } | { scopes: readonly string[] }

export type FrontDoorDecision =
  | { state: 'admitted'; key: ValidKey; route: Route | null }
  /** The token is no good, and a stranger learns no more than that. */
  | { state: 'refused' }
  | { state: 'origin_refused' }
  | { state: 'no_route' }
  | { state: 'insufficient_scope'; requiredScopes: readonly string[] }
  /** The stores could not be asked: neither yes nor no. */
  | { state: 'unknown' }

/**
 * `kind` is the token that is taken. `origin` is the web page a request comes from; null when it does not come from one.
 * `environmentId` is the one environment whose keys exist; null for all.
 */
export type FrontDoorRequest = {
  token: string
  kind: ValidKey['kind']
  need: AccessNeed
  origin: string | null
  environmentId: string | null
}

/** Decides on what is no older than the bound of the key's environment. */
export async function decideRequest(deps: Deps, request: FrontDoorRequest): Promise<FrontDoorDecision> {
  const found = await findKeyAndSettings(deps, request)
  if ('state' in found) return found
  const { key, settings } = found
  const { need, origin } = request

  if (origin !== null && !settings.browserOrigins.includes(origin)) return { state: 'origin_refused' }
  const route = 'scopes' in need ? null : findRoute(settings.routes, need.method, toRoutedPath(need.path))
  const requiredScopes = 'scopes' in need ? need.scopes : route?.scopes
  if (requiredScopes === undefined) return { state: 'no_route' }
  const missing = findMissingScopes(key.scopes, requiredScopes)
  return missing.length > 0 ? { state: 'insufficient_scope', requiredScopes } : { state: 'admitted', key, route }
}

type Undecided = { state: 'refused' | 'unknown' }

async function findKeyAndSettings(
  deps: Deps,
  request: FrontDoorRequest,
): Promise<{ key: ValidKey; settings: RouteSettings } | Undecided> {
  const { isolate } = deps
  let key = await verifyPresented(deps, request)
  for (let reads = 0; reads < MAX_READS; reads += 1) {
    if ('state' in key) return key
    const { id: environmentId } = key.environment
    const source = settingsSourceOf(deps, environmentId)
    const leaseState = leaseStateOf(key.freshness)
    const cached = findCachedSetting(isolate, source, leaseState)
    if (cached) return { key, settings: cached.value }

    const read = await readSetting(deps, source, leaseState)
    if (!read.answered) return { state: 'unknown' }
    const reading = read.answer && { ...read.answer, environmentId }
    const wasCurrent = reading !== null && isolate.isCurrent(reading)
    // Reading took time, in which the key may have been revoked, or the routes changed.
    key = await verifyPresented(deps, request)
    if ('state' in key) return key
    if (reading === null) return { state: 'refused' }
    // A reading that was behind from the start is D1's last word: an edit is on its way, or D1 was restored.
    if (!wasCurrent || isolate.isCurrent(reading)) return { key, settings: reading.value }
  }
  return { state: 'unknown' }
}

/** Routes that change each time while they are read are not known. */
const MAX_READS = 2

async function verifyPresented(
  deps: Deps,
  { token, kind, environmentId }: Pick<FrontDoorRequest, 'token' | 'kind' | 'environmentId'>,
): Promise<ValidKey | Undecided> {
  const verdict = await verify(deps, { ...BEARER, environmentId }, { token, kind })
  if (verdict.valid) return verdict
  return { state: verdict.code === 'unavailable' ? 'unknown' : 'refused' }
}

function settingsSourceOf(deps: Deps, environmentId: string): SettingSource<RouteSettings> {
  return {
    cache: deps.isolate.routeSettings,
    key: environmentId,
    environmentId,
    read: async (copy) => {
      const row = await findFrontDoor(copy === 'primary' ? deps.db : deps.nearest(), environmentId)
      return row && { environmentRevision: row.environmentRevision, value: compileSettings(row) }
    },
  }
}

const compileSettings = ({ routes, browserOrigins }: FrontDoorRow): RouteSettings => ({
  routes: compileRoutes(routes),
  browserOrigins,
})
