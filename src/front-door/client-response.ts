// An upstream's response, as the client gets it.
import { HOP_BY_HOP, readConnectionNames } from './hop-by-hop.ts'

/**
 * The response with its body streamed. It is for the holder of the key alone, so shared caches are told not to keep it:
 * they would serve it after the key is revoked. CORS headers are removed, because the front door sets them. A WebSocket
 * response is returned as it is: a copy would not be connected.
 */
export function toClientResponse(heard: Response, requestId: string): Response {
  if (heard.webSocket) return heard
  const answer = new Response(heard.body, heard)
  const { headers } = answer
  const named = readConnectionNames(headers)
  for (const name of [...headers.keys()]) if (named.has(name) || REMOVED.has(name)) headers.delete(name)
  headers.set('X-Request-Id', requestId)
  headers.set('Cache-Control', restrictCaching(headers.get('Cache-Control')))
  return answer
}

function restrictCaching(cacheControl: string | null): string {
  if (cacheControl === null) return 'no-store'
  const directives = cacheControl.split(',').map((directive) => directive.trim())
  return ['private', ...directives.filter((directive) => directive !== '' && !SHARED.test(directive))].join(', ')
}

const SHARED = /^(public|private|s-maxage|proxy-revalidate)\b/i

const REMOVED: ReadonlySet<string> = new Set<string>([
  ...HOP_BY_HOP,
  // Set by the front door.
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'access-control-max-age',
  // For shared caches.
  'cdn-cache-control',
  'cloudflare-cdn-cache-control',
  'edge-control',
  'netlify-cdn-cache-control',
  'surrogate-control',
  'vercel-cdn-cache-control',
])
