// `/api/*` and `/core/*`: an API guarded by scope. Read this first: checkAndForward is the way of a request, and each step
// of it either goes on or gives the Refusal that is answered.
import { entranceOf, entranceOfUrl } from '../core/entrance.ts'
import { readRequestPath } from '../core/request-path.ts'
import type { Route } from '../core/route-table.ts'
import type { ValidKey } from '../core/verdict.ts'
import { readToken } from '../http/request-token.ts'
import { isAllowedOrigin } from '../service/browser-origins.ts'
import { decideRequest } from '../service/decide-request.ts'
import { applyRerank } from './apply-rerank.ts'
import { allowOrigin, answerPreflight, isNeverAllowed, isPreflight, readBrowserOrigin } from './browsers.ts'
import { forward, isBodyless } from './forward.ts'
import type { ProxiedRequest } from './proxied-request.ts'
import { formatQuery, parseQuery, removeToken } from './query.ts'
import { FROM_A_BROWSER, NO_ROUTE, type Refusal, refusalOf, refuse, tokenRefusalOf } from './refusal.ts'
import { buildUpstreamHeaders, isLoop } from './upstream-headers.ts'

export async function answerFrontDoor(proxied: ProxiedRequest): Promise<Response> {
  const { request, url, deps } = proxied
  if (url.hostname === deps.config.consoleHost) return refuse(proxied, NOT_HERE)
  if (isLoop(request.headers)) return refuse(proxied, LOOP)
  const page = readBrowserOrigin(request.headers, url.origin)
  if (page !== null && isNeverAllowed(page, proxied)) return refuse(proxied, FROM_A_BROWSER)
  if (isPreflight(request)) return answerPreflight(proxied)

  const passed = await checkAndForward(proxied, page)
  if (!('code' in passed)) return page === null ? passed.answer : allowOrigin(page, passed.answer)
  return page === null ? refuse(proxied, passed) : refuseBrowser(proxied, page, passed)
}

async function checkAndForward(proxied: ProxiedRequest, page: string | null): Promise<{ answer: Response } | Refusal> {
  const { request, url, deps } = proxied
  const presented = readToken(request.headers)
  if (presented.state !== 'given') return tokenRefusalOf(presented.state, entranceOfUrl(url)?.kind ?? 'api_key')

  const { token } = presented
  const path = readRequestPath(url.pathname)
  if ('fault' in path) return { code: 'invalid_request', detail: `The path ${path.fault}.`, path: 'path' }
  const entrance = entranceOf(path.segments)
  if (entrance === null) return NO_ROUTE
  const { kind } = entrance
  if (kind === 'access_token' && presented.by !== 'bearer') return tokenRefusalOf('malformed', kind)
  if (path.segments.some((segment) => segment.includes(token))) return KEY_IN_PATH
  const need = { method: request.method, path: path.segments }
  const decision = await decideRequest(deps, { token, kind, need, origin: page, environmentId: null })
  if (decision.state !== 'admitted' || decision.route === null) {
    return decision.state === 'admitted' ? NO_ROUTE : refusalOf(decision, kind)
  }
  const { key, route } = decision
  return forwardAllowed(proxied, { token, key, route, reranks: route.rerank && entrance.reranks })
}

type AllowedRequest = { token: string; key: ValidKey; route: Route; reranks: boolean }

async function forwardAllowed(
  proxied: ProxiedRequest,
  { token, key, route, reranks }: AllowedRequest,
): Promise<{ answer: Response } | Refusal> {
  const { url, requestId } = proxied
  const parameters = removeToken(parseQuery(url.search), token)
  const ranked = reranks ? await applyRerank(proxied, key, parameters) : { request: proxied.request, parameters }
  if ('code' in ranked) return ranked

  const { request } = ranked
  const upgrades = request.headers.get('Upgrade')?.toLowerCase() === 'websocket'
  const refusal = await findForwardingFault(request, { upgrades, mayUpgrade: route.webSocket })
  if (refusal) return refusal
  const headers = buildUpstreamHeaders(request, { token, key, requestId, url })
  if (upgrades) headers['Upgrade'] = 'websocket'
  const search = formatQuery(ranked.parameters)
  return { answer: await forward({ ...proxied, request }, { route, headers, search }) }
}

/** Why the request cannot be sent to an upstream as it is; null when it can. */
async function findForwardingFault(
  request: Request,
  { upgrades, mayUpgrade }: { upgrades: boolean; mayUpgrade: boolean },
): Promise<Refusal | null> {
  const length = request.headers.get('Content-Length')
  if (length !== null && !Number.isSafeInteger(Number(length))) return TOO_LONG
  if (isBodyless(request) && !(await isEmpty(request.body, length))) return NO_BODY
  if (!upgrades) return null
  // workerd sends every upgrade as GET, which another route with other scopes may be for.
  if (request.method !== 'GET') return WEBSOCKET_BY_GET
  return mayUpgrade ? null : NO_WEBSOCKET
}

/** Clients that send every request in chunks send GET with chunks of nothing, which is no body. */
async function isEmpty(body: Request['body'], length: string | null): Promise<boolean> {
  if (body === null || length !== null) return Number(length) === 0
  for await (const chunk of body) if (chunk.byteLength > 0) return false
  return true
}

/** A page of an origin that some environment allows may read the refusal; any other is told that browsers are refused. */
export async function refuseBrowser(proxied: ProxiedRequest, page: string, refusal: Refusal): Promise<Response> {
  const isAllowed = await isAllowedOrigin(proxied.deps, page)
  if (isAllowed === null) return refuse(proxied, refusal)
  return isAllowed ? allowOrigin(page, refuse(proxied, refusal)) : refuse(proxied, FROM_A_BROWSER)
}

/** What an upstream answers would have the console's origin. */
const NOT_HERE: Refusal = { code: 'not_found', detail: 'The front door is not on this host: the console is.' }
const LOOP: Refusal = { code: 'bad_gateway', detail: 'The upstream leads back to this front door.' }
/** Removing it would change what is requested, and leaving it would put the key into the upstream's logs. */
const KEY_IN_PATH: Refusal = { code: 'invalid_request', detail: 'The path must not hold the token.', path: 'path' }
const NO_BODY: Refusal = { code: 'invalid_request', detail: 'GET and HEAD take no body.', path: 'body' }
const TOO_LONG: Refusal = {
  code: 'invalid_request',
  detail: 'The length of the body is not a number of bytes.',
  path: 'Content-Length',
}
const WEBSOCKET_BY_GET: Refusal = {
  code: 'invalid_request',
  detail: 'A WebSocket is asked for with GET.',
  path: 'Upgrade',
}
const NO_WEBSOCKET: Refusal = {
  code: 'invalid_request',
  detail: 'The route does not take WebSockets.',
  path: 'Upgrade',
}
