// Requests from web pages. Keys are for servers, so pages are refused unless the environment allows their origin.
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { isMethod, REFUSED_METHODS } from '../core/route-table.ts'
import { isAllowedOrigin } from '../service/decide-request.ts'
import type { ProxiedRequest } from './proxied-request.ts'
import { FROM_A_BROWSER, refuse } from './refusal.ts'

/**
 * The origin of the page that sent the request, `unknown` if the request does not say; null if no page sent it.
 * `ownOrigin` is the origin the request was sent to.
 */
export function readBrowserOrigin(headers: Headers, ownOrigin: string): string | null {
  const origin = headers.get('Origin')
  if (origin !== null) return origin
  if (headers.get('Sec-Fetch-Mode') !== 'cors' || isNodeFetch(headers)) return null
  // Browsers leave `Origin` out of requests to the page's own origin.
  return headers.get('Sec-Fetch-Site') === 'same-origin' ? ownOrigin : 'unknown'
}

/**
 * Node's `fetch` sends `Sec-Fetch-Mode: cors` too. It is told by `Accept-Language: *` and the missing `Sec-Fetch-Site`,
 * which browsers always send with it.
 */
const isNodeFetch = (headers: Headers) =>
  headers.get('Sec-Fetch-Site') === null && headers.get('Accept-Language') === '*'

export const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers.has('Origin') && headers.has('Access-Control-Request-Method')

/** Answers a preflight. It carries no key, so an origin is allowed if any environment allows it. */
export async function answerPreflight(proxied: ProxiedRequest): Promise<Response> {
  const { headers } = proxied.request
  const method = headers.get('Access-Control-Request-Method') ?? ''
  const isAllowed = isMethod(method) && !REFUSED_METHODS.includes(method)
  if (!isAllowed || !(await isAllowedOrigin(proxied.deps, headers.get('Origin') ?? '')))
    return refuse(proxied, FROM_A_BROWSER)
  const answer = await preflights.fetch(proxied.request)
  answer.headers.set('X-Request-Id', proxied.requestId)
  answer.headers.set('Cache-Control', 'no-store')
  return answer
}

/** Lets the page read the answer; only for an origin that is allowed. */
export function allowOrigin(origin: string, response: Response): Response {
  if (response.webSocket) return response
  response.headers.set('Access-Control-Allow-Origin', origin)
  response.headers.set('Access-Control-Expose-Headers', '*')
  response.headers.append('Vary', 'Origin')
  return response
}

const PREFLIGHT_SECONDS = 600

const preflights = new Hono().use(
  cors({
    origin: (origin) => origin,
    allowMethods: (_origin, c) => [c.req.header('Access-Control-Request-Method') ?? ''].filter((name) => name !== ''),
    maxAge: PREFLIGHT_SECONDS,
  }),
)
