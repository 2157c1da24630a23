// An upstream's response, as the client gets it.
import { isConsoleCookie } from './console-cookies.ts'
import { rememberNames } from './header-names.ts'
import { HOP_BY_HOP, readConnectionNames } from './hop-by-hop.ts'

/**
 * The response with its body streamed. It is for the holder of the key alone, so shared caches are told not to keep it:
 * they would serve it after the key is revoked. The upstream shares the origin with Keyward and with other upstreams: what
 * would speak for the whole origin is removed, and a browser that shows the response as a page gives it no origin at all.
 */
export function toClientResponse(heard: Response, requestId: string): Response {
  const { webSocket } = heard
  const answer = webSocket
    ? new Response(null, { status: 101, webSocket, headers: heard.headers })
    : new Response(heard.body, heard)
  const { headers } = answer
  const names = [...headers.keys()]
  const named = readConnectionNames(headers)
  for (const name of names) if (named.has(name) || isRemoved(name)) headers.delete(name)
  if (names.includes('set-cookie')) removeConsoleCookies(headers)
  if (names.includes('www-authenticate') && PROMPTS.test(headers.get('WWW-Authenticate') ?? ''))
    headers.delete('WWW-Authenticate')
  headers.set('X-Request-Id', requestId)
  if (webSocket) return answer
  headers.set('Cache-Control', restrictCaching(headers.get('Cache-Control')))
  // Not appended: browsers heed only the first value.
  headers.set('X-Content-Type-Options', 'nosniff')
  // Appended: a browser enforces every policy, the upstream's own as well.
  headers.append('Content-Security-Policy', 'sandbox')
  return answer
}

function removeConsoleCookies(headers: Headers): void {
  const cookies = headers.getSetCookie()
  if (!cookies.some(isConsoleCookie)) return
  headers.delete('Set-Cookie')
  for (const cookie of cookies) if (!isConsoleCookie(cookie)) headers.append('Set-Cookie', cookie)
}

function restrictCaching(cacheControl: string | null): string {
  if (cacheControl === null) return 'no-store'
  const directives = cacheControl.split(',').map((directive) => directive.trim())
  return ['private', ...directives.filter((directive) => directive !== '' && !SHARED.test(directive))].join(', ')
}

const SHARED = /^(public|private|s-maxage|proxy-revalidate)\b/i

/**
 * Challenges that a browser answers with a prompt, or by itself, for the origin. No client could answer them here: an
 * upstream never gets `Authorization`.
 */
const PROMPTS = /(?:^|,)\s*(?:basic|digest|negotiate|ntlm)\b/i

/** Some clients and proxies read `_` in a name as `-`. */
const isRemoved = rememberNames((name) => REMOVED.has(name) || REMOVED_PREFIXES.test(name.replaceAll('_', '-')))

const REMOVED_PREFIXES = new RegExp(
  `^(?:${[
    // Said by the front door, or by the platform in front of it.
    'x-keyward-',
    'keyward-',
    'cf-',
    'access-control-',
    // Written into what a browser stores for the origin, or registers for it.
    'attribution-reporting-',
    'ad-auction-',
    'sec-session-',
    'secure-session-',
  ].join('|')})`,
)

const REMOVED: ReadonlySet<string> = new Set<string>([
  ...HOP_BY_HOP,
  // For the whole origin: what is stored, how it is reached, who is told of its errors, what may run and who is signed in.
  'accept-ch',
  'accept-ch-lifetime',
  'activate-storage-access',
  'alt-svc',
  'alternate-protocol',
  'clear-site-data',
  'critical-ch',
  'expect-ct',
  'nel',
  'observe-browsing-topics',
  'origin-agent-cluster',
  'origin-trial',
  'public-key-pins',
  'public-key-pins-report-only',
  'report-to',
  'reporting-endpoints',
  'service-worker-allowed',
  'set-login',
  'shared-storage-write',
  'strict-transport-security',
  'use-as-dictionary',
  // Loads other pages of the origin as soon as this one is shown.
  'refresh',
  'speculation-rules',
  // For shared caches.
  'cdn-cache-control',
  'cloudflare-cdn-cache-control',
  'edge-control',
  'netlify-cdn-cache-control',
  'surrogate-control',
  'vercel-cdn-cache-control',
])
