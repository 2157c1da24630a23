// `/forward-auth`: the same decision for a proxy that asks before it passes a request on. 200 with whose key it is, or
// 401, 403, 503: proxies take any other answer for a fault of their own.
import type { Context } from 'hono'
import { readRequestPath } from '../core/request-path.ts'
import { isMethod } from '../core/route-table.ts'
import { MAX_SCOPES, SCOPE_PATTERN } from '../core/scope.ts'
import type { AppEnv } from '../http/app-env.ts'
import { readToken } from '../http/request-token.ts'
import { looksLikeAccessToken } from '../service/access-tokens.ts'
import { type AccessNeed, decideRequest } from '../service/decide-request.ts'
import { readBrowserOrigin } from './browsers.ts'
import { buildIdentityHeaders } from './identity-headers.ts'
import { CREDENTIAL_REFUSALS, type Refusal, refusalOf, refuse } from './refusal.ts'

export async function answerForwardAuth(c: Context<AppEnv>): Promise<Response> {
  const proxied = { request: c.req.raw, requestId: c.var.requestId }
  const credential = readToken(c.req.raw.headers)
  if (credential.state !== 'given') {
    return refuse(proxied, { ...CREDENTIAL_REFUSALS[credential.state], code: 'unauthenticated' })
  }

  const need = readNeed(c)
  if ('detail' in need) return refuse(proxied, need)
  const kind = kindFor(need, credential.token)
  if (kind === 'access_token' && credential.by !== 'bearer') return refuse(proxied, CREDENTIAL_REFUSALS.malformed)
  const admission = await decideRequest(c.var.deps, {
    token: credential.token,
    kind,
    need,
    origin: readBrowserOrigin(c.req.raw.headers, originOf(c)),
    environmentId: c.req.query('environmentId') ?? null,
  })
  if (admission.state === 'admitted') return c.body(null, 200, buildIdentityHeaders(admission.key))
  const refusal = refusalOf(admission)
  return refuse(proxied, admission.state === 'no_route' ? { ...refusal, code: 'forbidden' } : refusal)
}

/** As at the front door: `/core` is for access tokens, `/api` for API keys. Scopes alone may be asked of either. */
function kindFor(need: AccessNeed, token: string): 'api_key' | 'access_token' {
  const isForTokens = 'scopes' in need ? looksLikeAccessToken(token) : need.path[0] === 'core'
  return isForTokens ? 'access_token' : 'api_key'
}

/** Where the request was sent to, as far as the proxy says. */
function originOf(c: Context<AppEnv>): string {
  const { protocol, host } = new URL(c.req.url)
  return `${c.req.header('X-Forwarded-Proto') ?? protocol.slice(0, -1)}://${c.req.header('X-Forwarded-Host') ?? host}`
}

/** Scopes that the proxy names itself, or the request it was sent. */
function readNeed(c: Context<AppEnv>): AccessNeed | Refusal {
  const parameters = Object.entries(c.req.queries())
  if (parameters.some(([name, values]) => name !== 'scopes' && (name !== 'environmentId' || values.length > 1))) {
    // A proxy that passes the client's own query on would let it choose what it is asked for.
    return misconfigured('the question takes `scopes` and one `environmentId`, and nothing of the request’s own query')
  }
  const scopes = c.req.queries('scopes')
  if (scopes !== undefined) {
    const names = scopes.flatMap((text) => text.split(/[\s,]+/)).filter((name) => name !== '')
    const isSound = names.length > 0 && names.length <= MAX_SCOPES && names.every((name) => SCOPE_PATTERN.test(name))
    return isSound ? { scopes: names } : misconfigured('`scopes` must name scopes, apart by commas or spaces')
  }
  const method = c.req.header('X-Forwarded-Method')
  const uri = c.req.header('X-Forwarded-Uri')
  if (method === undefined || uri === undefined) {
    return misconfigured('the proxy must send X-Forwarded-Method and X-Forwarded-Uri, or `?scopes=`')
  }
  // A request has no fragment (RFC 9112 §3.2), but a proxy may pass one on, and servers disagree on what it is.
  if (uri.includes('#')) return misconfigured('X-Forwarded-Uri must not have a fragment')
  const path = readRequestPath(uri.split('?')[0] ?? '')
  if (!isMethod(method)) return misconfigured('X-Forwarded-Method must be one method')
  return 'fault' in path ? misconfigured(`the path in X-Forwarded-Uri ${path.fault}`) : { method, path: path.segments }
}

const misconfigured = (what: string): Refusal => ({ code: 'forbidden', detail: `The request is refused: ${what}.` })
