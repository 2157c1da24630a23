// What stands behind the front door: an address on the public Internet, or another Worker by its service binding.

export type Upstream = { url: string } | { service: string }

export const MAX_URL_LENGTH = 2048
export const SERVICE_PATTERN = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/

/**
 * What speaks against an upstream's address; null when nothing does. It must be https, or http on loopback, and never a
 * private, link-local, metadata or otherwise special address. A public name that resolves to one cannot be told here.
 */
export function upstreamUrlFault(text: string): string | null {
  if (text.length > MAX_URL_LENGTH) return `must be at most ${MAX_URL_LENGTH} characters`
  if (!URL.canParse(text)) return 'must be an absolute URL such as https://api.example.com'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must be https'
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password'
  if (url.search !== '' || text.includes('?')) return 'must not have a query: that of the request is passed on'
  if (url.hash !== '' || text.includes('#')) return 'must not have a fragment'
  if (url.pathname.includes('//') || /%(2f|5c|00)/i.test(url.pathname)) {
    return 'must not have empty segments or encoded slashes in its path'
  }
  const host = hostOf(url)
  if (isLoopback(host)) return null
  if (isSpecial(host)) return 'must not be a private, link-local or otherwise special address'
  return url.protocol === 'https:' ? null : 'must be https, unless it is on loopback'
}

/** Where a request goes: the upstream's own path first, then the path and query as they came. */
export function upstreamAddress(base: string, { pathname, search }: { pathname: string; search: string }): string {
  const { origin, pathname: prefix } = new URL(base)
  return `${origin}${prefix.replace(/\/$/, '')}${pathname}${search}`
}

/** In lower case, without the brackets of IPv6 and without the dot that ends a full name. */
const hostOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function isSpecial(host: string): boolean {
  if (host.includes(':')) return !isGlobalIpv6(host)
  const bytes = IPV4.exec(host)
  if (bytes) return isSpecialIpv4(Number(bytes[1]), Number(bytes[2]), Number(bytes[3]))
  return !host.includes('.') || SPECIAL_NAMES.some((suffix) => host.endsWith(suffix))
}

/** The IANA special-purpose registry (RFC 6890 and its successors), multicast and what is reserved. */
function isSpecialIpv4(first: number, second: number, third: number): boolean {
  return (
    [0, 10, 127].includes(first) ||
    first >= 224 ||
    (first === 100 && second >= 64 && second < 128) ||
    (first === 169 && second === 254) ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168) ||
    (first === 192 && second === 0 && (third === 0 || third === 2)) ||
    (first === 192 && second === 88 && third === 99) ||
    (first === 198 && (second === 18 || second === 19)) ||
    (first === 198 && second === 51 && third === 100) ||
    (first === 203 && second === 0 && third === 113)
  )
}

/** Only 2000::/3 is global unicast (RFC 4291); in it, what carries an IPv4 address or is for documentation is not. */
function isGlobalIpv6(host: string): boolean {
  const [first = '', second = ''] = host.split(':')
  const high = Number.parseInt(first, 16)
  const next = Number.parseInt(second === '' ? '0' : second, 16)
  if (!(high >= 0x2000 && high < 0x4000)) return false
  const isTunnel = high === 0x2002 || (high === 0x2001 && next < 0x200)
  return !isTunnel && !(high === 0x2001 && next === 0xdb8) && high !== 0x3fff
}

/** The URL parser has already turned every other spelling of an IPv4 address into this one. */
const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/
/** RFC 6762, RFC 8375, and what ICANN keeps for private use; clouds name their metadata services under it. */
const SPECIAL_NAMES = ['.local', '.home.arpa', '.internal']
