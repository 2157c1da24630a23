// What the front door would answer to a sample request, and why (`explain`): its steps, in the same order.
import type { KeyStatus } from './api-key.ts'
import { readRequestPath } from './request-path.ts'
import { compileRoutes, findRoute, type Route } from './route-table.ts'
import { findMissingScopes } from './scope.ts'

/** A request as a person types it. The path may have a query, which routes ignore. */
export type SampleRequest = { method: string; path: string }

/** The key to send it with: its scopes, and why it is refused. `superseded` means that a rotation ended the secret. */
export type Holder = { scopes: readonly string[]; refusedAs: Exclude<KeyStatus, 'active'> | 'superseded' | null }

export type Explanation =
  | { outcome: 'bad_path'; fault: string }
  | { outcome: 'bad_key'; reason: NonNullable<Holder['refusedAs']> }
  | { outcome: 'no_route' }
  | { outcome: 'insufficient_scope'; route: Route; missing: string[] }
  /** Allowed, but the route has no upstream yet. */
  | { outcome: 'no_upstream'; route: Route }
  | { outcome: 'passes'; route: Route }

export function explain(routes: readonly Route[], { method, path }: SampleRequest, holder: Holder): Explanation {
  const read = readRequestPath(normalizePath(path))
  if ('fault' in read) return { outcome: 'bad_path', fault: read.fault }
  if (holder.refusedAs !== null) return { outcome: 'bad_key', reason: holder.refusedAs }

  const route = findRoute(compileRoutes(routes), method, read.segments)
  if (route === null) return { outcome: 'no_route' }
  const missing = findMissingScopes(holder.scopes, route.scopes)
  if (missing.length > 0) return { outcome: 'insufficient_scope', route, missing }
  return { outcome: route.upstream === null ? 'no_upstream' : 'passes', route }
}

/** The path as the front door receives it: clients resolve dot segments and percent-encode before they send it. */
function normalizePath(path: string): string {
  const address = `https://keyward.invalid${path}`
  return path.startsWith('/') && URL.canParse(address) ? new URL(address).pathname : path
}
