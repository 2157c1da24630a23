// Requests from web pages. Keys are for servers, so pages are refused unless the environment lets their origin in.
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { isMethod, REFUSED_METHODS } from '../core/route-table.ts'
import { isAllowedOrigin } from '../service/decide-request.ts'
import type { ProxiedRequest } from './proxied-request.ts'
import { FROM_A_BROWSER, refuse } from './refusal.ts'

/**
 * The page a request comes from, `unknown` where it does not say which; null when it does not come from a page.
 * `ownOrigin` is where the request was sent to.
 */
export function readBrowserOrigin(headers: Headers, ownOrigin: string): string | null {
  const origin = headers.get('Origin')
  if (origin !== null) return origin
  if (headers.get('Sec-Fetch-Mode') !== 'cors' || isNodeFetch(headers)) return null
  // Browsers leave the origin out where page and front door share it.
  return headers.get('Sec-Fetch-Site') === 'same-origin' ? ownOrigin : 'unknown'
}

/**
 * Node's `fetch` says `Sec-Fetch-Mode: cors` too, though no page is near it. Browsers never send that without
 * `Sec-Fetch-Site`, nor do they accept any language.
 */
const isNodeFetch = (headers: Headers) =>
  headers.get('Sec-Fetch-Site') === null && headers.get('Accept-Language') === '*'

export const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers.has('Origin') && headers.has('Access-Control-Request-Method')

/** Answers a preflight without a key: it may be asked by pages that any environment lets in, whatever for. */
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

/** Lets the page read the answer, once it is known that its origin is let in. */
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
