// The headers of a proxied request and of its answer: what the client must not say is taken out, what we know is put in.
import type { Allowance } from '../core/verdict.ts'
import { identityHeaders } from './identity-headers.ts'

/** Pairs, which the platform takes at once: setting them one by one costs more than verifying the key. */
export type HeaderList = [string, string][]

type Passing = { token: string; key: Allowance; requestId: string; url: URL }

/**
 * The headers an upstream gets. The credential is gone from wherever it was, and so is all that is hop-by-hop, that
 * claims to come from a front door, or that would make a server take the request for another than was decided on.
 */
export function upstreamHeaders(received: Headers, { token, key, requestId, url }: Passing): HeaderList {
  const kept: HeaderList = []
  const named = namedByConnection(received)
  for (const [name, value] of received) {
    if (named.has(name) || DROPPED.has(name) || isReserved(name) || name === 'via') continue
    const text = withoutToken(name, value, token)
    if (text !== '') kept.push([name, text])
  }
  const client = received.get('CF-Connecting-IP')
  return [
    ...kept,
    ...identityHeaders(key),
    ...(client === null ? [] : [pair('X-Forwarded-For', client)]),
    ['X-Forwarded-Proto', url.protocol.slice(0, -1)],
    ['X-Forwarded-Host', url.host],
    ['X-Request-Id', requestId],
    ['Via', [received.get('Via'), `1.1 ${PSEUDONYM}`].filter((hop) => hop !== null).join(', ')],
  ]
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

/** Of cookies those stay that do not hold the token; any other header goes as a whole. */
function withoutToken(name: string, value: string, token: string): string {
  if (!holds(value, token)) return value
  const parts = name === 'cookie' ? value.split(';').filter((cookie) => !holds(cookie, token)) : []
  return parts.join(';').trim()
}

const pair = (name: string, value: string): [string, string] => [name, value]

/** As it is, or percent-encoded. */
const holds = (text: string, token: string) =>
  text.includes(token) || (text.includes('%') && text.replace(ENCODED, decodedByte).includes(token))

const ENCODED = /%([0-9a-f]{2})/gi
const decodedByte = (_: string, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))

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
