// The headers of a proxied request and of its answer: what the client must not say is taken out, what we know is put in.
import type { Allowance } from '../core/verdict.ts'
import { identityHeaders } from './identity-headers.ts'

type Passing = { token: string; key: Allowance; requestId: string; url: URL }

/**
 * The headers an upstream gets. The credential is gone from wherever it was, and so is all that is hop-by-hop, that
 * claims to come from a front door, or that would make a server take the request for another than was decided on.
 */
export function upstreamHeaders(received: Headers, { token, key, requestId, url }: Passing): Headers {
  const headers = new Headers()
  const named = namedByConnection(received)
  for (const [name, value] of received) {
    if (named.has(name) || DROPPED.has(name) || isReserved(name)) continue
    const kept = name === 'cookie' ? withoutToken(value, token) : value
    if (kept !== '' && !kept.includes(token)) headers.set(name, kept)
  }
  for (const [name, value] of identityHeaders(key)) headers.set(name, value)
  const client = received.get('CF-Connecting-IP')
  if (client !== null) headers.set('X-Forwarded-For', client)
  headers.set('X-Forwarded-Proto', url.protocol.slice(0, -1))
  headers.set('X-Forwarded-Host', url.host)
  headers.set('X-Request-Id', requestId)
  headers.append('Via', `1.1 ${PSEUDONYM}`)
  return headers
}

/** Whether the request has been through this front door before: an upstream that leads back here would never end. */
export const isLoop = (received: Headers): boolean =>
  received
    .get('Via')
    ?.split(',')
    .some((hop) => hop.trim().split(/\s+/)[1] === PSEUDONYM) ?? false

/** How this front door is called in `Via` (RFC 9110 §7.6.3). */
const PSEUDONYM = 'keyward'

/** Hop-by-hop by the client's word (RFC 9110 §7.6.1). */
function namedByConnection(received: Headers): Set<string> {
  const named = received.get('Connection') ?? ''
  return new Set(named.split(',').map((name) => name.trim().toLowerCase()))
}

/** Some servers read `_` in a name as `-`. */
function isReserved(name: string): boolean {
  const plain = name.replaceAll('_', '-')
  return plain !== name
    ? DROPPED.has(plain) || isReserved(plain)
    : name.startsWith('x-keyward-') || name.startsWith('x-forwarded-')
}

const withoutToken = (cookies: string, token: string) =>
  cookies
    .split(';')
    .filter((cookie) => !cookie.includes(token))
    .join(';')
    .trim()

const DROPPED: ReadonlySet<string> = new Set([
  // Hop-by-hop: RFC 9110 §7.6.1, and what older software uses.
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
  // The credential, and the host it was sent to.
  'authorization',
  'x-api-key',
  'host',
  // Where a request comes from is ours to say.
  'forwarded',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'x-request-id',
  // What makes some servers take a request for one of another method or path.
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-method',
  'x-original-url',
  'x-original-uri',
  'x-rewrite-url',
])
