// Requests from web pages. Keys are for servers, so pages are refused unless the environment allows their origin.
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { findOriginFault } from '../core/environment.ts'
import { isMethod, REFUSED_METHODS } from '../core/route-table.ts'
import { isAllowedOrigin } from '../service/browser-origins.ts'
import type { ProxiedRequest } from './proxied-request.ts'
import { FROM_A_BROWSER, type Refusal, refuse } from './refusal.ts'

/**
 * The origin of the page that sent the request, `unknown` if the request does not say; null if no browser sent it.
 * `ownOrigin` is the origin the request was sent to. Every browser that sends `Sec-Fetch-Mode` or `Sec-Fetch-Dest` sends
 * `Sec-Fetch-Site` with it, with a link that is followed too; Node's `fetch` sends `Sec-Fetch-Mode` alone.
 */
export function readBrowserOrigin(headers: Headers, ownOrigin: string): string | null {
  const origin = headers.get('Origin')
  if (origin !== null) return origin
  const site = headers.get('Sec-Fetch-Site')
  if (site === null) return null
  // Browsers leave `Origin` out of requests to the page's own origin.
  return site === 'same-origin' ? ownOrigin : 'unknown'
}

export const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers.has('Origin') && headers.has('Access-Control-Request-Method')

/**
 * Whether no environment can let the page in: what is no origin, and this origin itself, where a page would be the console's
 * or an upstream's that poses as it.
 */
export function isNeverAllowed(page: string, { url, deps }: Pick<ProxiedRequest, 'url' | 'deps'>): boolean {
  return findOriginFault(page) !== null || page === url.origin || new URL(page).hostname === deps.config.consoleHost
}

/** Answers a preflight. It carries no key, so an origin is allowed if any environment allows it. */
export async function answerPreflight(proxied: ProxiedRequest): Promise<Response> {
  const { headers } = proxied.request
  const method = headers.get('Access-Control-Request-Method') ?? ''
  if (!isMethod(method) || REFUSED_METHODS.includes(method)) return refuse(proxied, FROM_A_BROWSER)
  const isAllowed = await isAllowedOrigin(proxied.deps, headers.get('Origin') ?? '')
  if (!isAllowed) return refuse(proxied, isAllowed === null ? ORIGIN_UNKNOWN : FROM_A_BROWSER)
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

const ORIGIN_UNKNOWN: Refusal = {
  code: 'unavailable',
  detail: 'Keyward cannot tell right now whether pages of this origin may send requests. Send the request again.',
}

const PREFLIGHT_SECONDS = 600

const preflights = new Hono().use(
  cors({
    origin: (origin) => origin,
    allowMethods: (_origin, c) => [c.req.header('Access-Control-Request-Method') ?? ''].filter((name) => name !== ''),
    maxAge: PREFLIGHT_SECONDS,
  }),
)
