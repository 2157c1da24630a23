// What the front door would say to a request that nobody sends: the same steps in the same order, and why each says no.
import type { KeyStatus } from './api-key.ts'
import { readRequestPath } from './request-path.ts'
import { compileRoutes, findRoute, type Route } from './route-table.ts'
import { findMissingScopes } from './scope.ts'

/** As typed: the path may carry a query, which no route looks at. */
export type SampleRequest = { method: string; path: string }

/** Who would ask: the scopes held, and what else is wrong with the key; `superseded` is a secret that a rotation ended. */
export type Holder = { scopes: readonly string[]; refusedAs: Exclude<KeyStatus, 'active'> | 'superseded' | null }

export type Explanation =
  | { outcome: 'bad_path'; fault: string }
  | { outcome: 'bad_key'; reason: NonNullable<Holder['refusedAs']> }
  | { outcome: 'no_route' }
  | { outcome: 'insufficient_scope'; route: Route; missing: string[] }
  /** Let through, and then there is nowhere to send it. */
  | { outcome: 'no_upstream'; route: Route }
  | { outcome: 'passes'; route: Route }

export function explain(routes: readonly Route[], { method, path }: SampleRequest, holder: Holder): Explanation {
  const read = readRequestPath(asSent(path))
  if ('fault' in read) return { outcome: 'bad_path', fault: read.fault }
  if (holder.refusedAs !== null) return { outcome: 'bad_key', reason: holder.refusedAs }

  const route = findRoute(compileRoutes(routes), method, read.segments)
  if (route === null) return { outcome: 'no_route' }
  const missing = findMissingScopes(holder.scopes, route.scopes)
  if (missing.length > 0) return { outcome: 'insufficient_scope', route, missing }
  return { outcome: route.upstream === null ? 'no_upstream' : 'passes', route }
}

/** The path as it arrives: clients resolve dots and encode what must be encoded before they send it. */
function asSent(path: string): string {
  const address = `https://keyward.invalid${path}`
  return path.startsWith('/') && URL.canParse(address) ? new URL(address).pathname : path
}
