// `/forward-auth`: the same decision for a proxy that asks before it passes a request on. 200 with the identity headers, or
// 401, 403, 503: proxies treat any other status as an error of the auth server.
import type { Context } from 'hono'
import { entranceOf } from '../core/entrance.ts'
import { readRequestPath } from '../core/request-path.ts'
import { isMethod } from '../core/route-table.ts'
import { MAX_SCOPES, SCOPE_PATTERN } from '../core/scope.ts'
import type { ValidKey } from '../core/verdict.ts'
import type { AppEnv } from '../http/app-env.ts'
import { readToken } from '../http/request-token.ts'
import { looksLikeAccessToken } from '../service/access-tokens.ts'
import { type AccessNeed, decideRequest } from '../service/decide-request.ts'
import { refuseBrowser } from './answer-request.ts'
import { allowOrigin, readBrowserOrigin } from './browsers.ts'
import { buildEveryIdentityHeader } from './identity-headers.ts'
import { type Refusal, refusalOf, refuse, tokenRefusalOf } from './refusal.ts'

export async function answerForwardAuth(c: Context<AppEnv>): Promise<Response> {
  const { deps, requestId } = c.var
  const proxied = { request: c.req.raw, url: new URL(c.req.url), requestId, deps }
  const page = readBrowserOrigin(c.req.raw.headers, originOf(c))
  const decided = await decide(c, page)
  if ('detail' in decided) return page === null ? refuse(proxied, decided) : refuseBrowser(proxied, page, decided)
  const answer = c.body(null, 200, buildEveryIdentityHeader(decided))
  return page === null ? answer : allowOrigin(page, answer)
}

async function decide(c: Context<AppEnv>, page: string | null): Promise<ValidKey | Refusal> {
  const presented = readToken(c.req.raw.headers)
  const need = readNeed(c)
  if (presented.state !== 'given') {
    const kind = 'detail' in need ? 'api_key' : kindFor(need, '')
    return { ...tokenRefusalOf(presented.state, kind), code: 'unauthenticated' }
  }

  if ('detail' in need) return need
  const kind = kindFor(need, presented.token)
  if (kind === 'access_token' && presented.by !== 'bearer') return tokenRefusalOf('malformed', kind)
  const decision = await decideRequest(c.var.deps, {
    token: presented.token,
    kind,
    need,
    origin: page,
    environmentId: c.req.query('environmentId') ?? null,
  })
  if (decision.state === 'admitted') return decision.key
  const refusal = refusalOf(decision, kind)
  return decision.state === 'no_route' ? { ...refusal, code: 'forbidden' } : refusal
}

/** As at the front door, by the entrance. Scopes alone may be asked of either kind of token. */
function kindFor(need: AccessNeed, token: string): ValidKey['kind'] {
  if ('scopes' in need) return looksLikeAccessToken(token) ? 'access_token' : 'api_key'
  return entranceOf(need.path)?.kind ?? 'api_key'
}

/** The origin the client sent its request to, as the proxy reports it. */
function originOf(c: Context<AppEnv>): string {
  const { protocol, host } = new URL(c.req.url)
  return `${c.req.header('X-Forwarded-Proto') ?? protocol.slice(0, -1)}://${c.req.header('X-Forwarded-Host') ?? host}`
}

/** The scopes that the proxy asks for, or the request that it received. */
function readNeed(c: Context<AppEnv>): AccessNeed | Refusal {
  const parameters = Object.entries(c.req.queries())
  if (parameters.some(([name, values]) => name !== 'scopes' && (name !== 'environmentId' || values.length > 1))) {
    // If a proxy passed the client's query on, the client could choose which scopes it is asked for.
    return misconfigured('the question takes `scopes` and one `environmentId`, and nothing of the request’s own query')
  }
  const uri = c.req.header('X-Forwarded-Uri')
  const path = uri === undefined ? undefined : readPath(uri)
  if (path !== undefined && 'detail' in path) return path
  const scopes = c.req.queries('scopes')
  if (scopes !== undefined) {
    const names = scopes.flatMap((text) => text.split(/[\s,]+/)).filter((name) => name !== '')
    const isSound = names.length > 0 && names.length <= MAX_SCOPES && names.every((name) => SCOPE_PATTERN.test(name))
    return isSound ? { scopes: names } : misconfigured('`scopes` must name scopes, apart by commas or spaces')
  }
  const method = c.req.header('X-Forwarded-Method')
  if (method === undefined || path === undefined) {
    return misconfigured('the proxy must send X-Forwarded-Method and X-Forwarded-Uri, or `?scopes=`')
  }
  if (!isMethod(method)) return misconfigured('X-Forwarded-Method must be one method')
  return { method, path: path.segments }
}

/** Also where scopes alone are asked for: the proxy chose them by its own reading of the path. */
function readPath(uri: string): { segments: readonly string[] } | Refusal {
  // A request has no fragment (RFC 9112 §3.2). If a proxy passes one on, servers disagree on what the path is.
  if (uri.includes('#')) return misconfigured('X-Forwarded-Uri must not have a fragment')
  const path = readRequestPath(uri.split('?')[0] ?? '')
  return 'fault' in path ? misconfigured(`the path in X-Forwarded-Uri ${path.fault}`) : path
}

const misconfigured = (what: string): Refusal => ({ code: 'forbidden', detail: `The request is refused: ${what}.` })
