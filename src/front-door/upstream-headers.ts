// The headers an upstream gets: those that a client must not set are removed, the identity of the key is added.
import type { ValidKey } from '../core/verdict.ts'
import { isConsoleCookie } from './console-cookies.ts'
import { rememberNames } from './header-names.ts'
import { HOP_BY_HOP, readConnectionNames } from './hop-by-hop.ts'
import { buildIdentityHeaders } from './identity-headers.ts'
import { isReserved } from './reserved-headers.ts'

/** An object and not a list of pairs: workerd reads it ten times as fast. */
export type HeaderRecord = Record<string, string>

type Passing = { token: string; key: ValidKey; requestId: string; url: URL }

/**
 * The token is removed wherever it was. So are hop-by-hop headers, the console's cookies, those that claim to come from a
 * front door, and those that make some servers handle another method or path than the one that was decided on.
 */
export function buildUpstreamHeaders(
  { headers: received, cf }: Pick<Request, 'headers' | 'cf'>,
  { token, key, requestId, url }: Passing,
): HeaderRecord {
  const headers: HeaderRecord = Object.create(null) // a header may have any name
  const named = readConnectionNames(received)
  const lowered = token.toLowerCase()
  for (const [name, value] of received) {
    if ((named.has(name) && name !== 'via') || isDropped(name) || name.includes(lowered)) continue
    const text = cleanValue(name, value, token)
    if (text !== '') headers[name] = text
  }
  const client = cleanValue('', received.get('CF-Connecting-IP') ?? '', token)
  if (client !== '') headers['X-Forwarded-For'] = client
  if (typeof cf?.country === 'string') headers['CF-IPCountry'] = cf.country
  headers['Accept-Encoding'] = cleanValue('', readAcceptEncoding(received, cf), token) || 'identity'
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

/**
 * What the client itself said. The platform replaces the header by what it can decode, and many clients cannot: they would
 * get bytes that they cannot read. Without `cf` (a request by a service binding) the header is the caller's own.
 */
const readAcceptEncoding = (received: Headers, cf: Request['cf']): string =>
  typeof cf?.clientAcceptEncoding === 'string' ? cf.clientAcceptEncoding : (received.get('Accept-Encoding') ?? '')

/** How this front door is called in `Via` (RFC 9110 §7.6.3). */
const PSEUDONYM = 'keyward'
const HOP = `1.1 ${PSEUDONYM}`

/** A cookie that holds the token, or is one of the console's, is removed; any other header that holds the token whole. */
function cleanValue(name: string, value: string, token: string): string {
  if (name === 'cookie') {
    const passed = value.split(';').filter((cookie) => !isConsoleCookie(cookie) && !holds(cookie, token))
    return passed.join(';').trim()
  }
  return holds(value, token) ? '' : value
}

/** As it is, or percent-encoded. */
const holds = (text: string, token: string) =>
  text.includes(token) || (text.includes('%') && text.replace(ENCODED, decodedByte).includes(token))

const ENCODED = /%([0-9a-f]{2})/gi
const decodedByte = (_: string, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))

/** Some servers read `_` in a name as `-`. */
const isDropped = rememberNames((name) => DROPPED.has(name.replaceAll('_', '-')) || isReserved(name))

const DROPPED: ReadonlySet<string> = new Set<string>([
  ...HOP_BY_HOP,
  'http2-settings',
  'expect',
  // The token, and the host it was sent to.
  'authorization',
  'x-api-key',
  'host',
  // Replaced by what the client itself said.
  'accept-encoding',
  // A response header; the only one that may repeat without being joined.
  'set-cookie',
])
