// The headers an upstream gets: those that a client must not set are removed, the identity of the key is added.
import type { ValidKey } from '../core/verdict.ts'
import { HOP_BY_HOP, readConnectionNames } from './hop-by-hop.ts'
import { buildIdentityHeaders } from './identity-headers.ts'

/** An object and not a list of pairs: workerd reads it ten times as fast. */
export type HeaderRecord = Record<string, string>

type Passing = { token: string; key: ValidKey; requestId: string; url: URL }

/**
 * The token is removed wherever it was. So are hop-by-hop headers, those that claim to come from a front door, and those
 * that make some servers handle another method or path than the one that was decided on.
 */
export function buildUpstreamHeaders(received: Headers, { token, key, requestId, url }: Passing): HeaderRecord {
  const headers: HeaderRecord = Object.create(null) // a header may have any name
  const named = readConnectionNames(received)
  const lowered = token.toLowerCase()
  for (const [name, value] of received) {
    if ((named.has(name) && name !== 'via') || DROPPED.has(name) || isReserved(name) || name.includes(lowered)) continue
    const text = removeToken(name, value, token)
    if (text !== '') headers[name] = text
  }
  const client = removeToken('', received.get('CF-Connecting-IP') ?? '', token)
  if (client !== '') headers['X-Forwarded-For'] = client
  headers['X-Forwarded-Proto'] = url.protocol.slice(0, -1)
  headers['X-Forwarded-Host'] = url.host
  headers['X-Request-Id'] = requestId
  headers['via'] = 'via' in headers ? `${headers['via']}, ${HOP}` : HOP
  return Object.assign(headers, buildIdentityHeaders(key))
}

/** Whether the request has been through this front door before: an upstream that leads back here would loop forever. */
export const isLoop = (received: Headers): boolean =>
  received
    .get('Via')
    ?.split(',')
    .some((hop) => hop.trim().split(/\s+/)[1] === PSEUDONYM) ?? false

/** How this front door is called in `Via` (RFC 9110 §7.6.3). */
const PSEUDONYM = 'keyward'
const HOP = `1.1 ${PSEUDONYM}`

/** Some servers read `_` in a name as `-`. */
function isReserved(name: string): boolean {
  const plain = name.replaceAll('_', '-')
  return plain !== name
    ? DROPPED.has(plain) || isReserved(plain)
    : name.startsWith('x-keyward-') || name.startsWith('x-forwarded-')
}

/** Removes the cookies that hold the token; any other header that holds it is removed whole. */
function removeToken(name: string, value: string, token: string): string {
  if (!holds(value, token)) return value
  const parts = name === 'cookie' ? value.split(';').filter((cookie) => !holds(cookie, token)) : []
  return parts.join(';').trim()
}

/** As it is, or percent-encoded. */
const holds = (text: string, token: string) =>
  text.includes(token) || (text.includes('%') && text.replace(ENCODED, decodedByte).includes(token))

const ENCODED = /%([0-9a-f]{2})/gi
const decodedByte = (_: string, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))

const DROPPED: ReadonlySet<string> = new Set<string>([
  ...HOP_BY_HOP,
  'http2-settings',
  'expect',
  // The token, and the host it was sent to.
  'authorization',
  'x-api-key',
  'host',
  // A response header; the only one that may repeat without being joined.
  'set-cookie',
  // Set by the front door: where the request comes from.
  'forwarded',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'x-request-id',
  // Some servers take these for the method or path of the request.
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-method',
  'x-original-url',
  'x-original-uri',
  'x-rewrite-url',
])
