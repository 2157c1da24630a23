// The upstream of a route: an address on the public Internet or on loopback, or another Worker by its service binding.
import ipaddr from 'ipaddr.js'

export type Upstream = { url: string } | { service: string }

export const MAX_URL_LENGTH = 2048
export const SERVICE_PATTERN = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/

/**
 * What is wrong with an upstream's address; null when nothing is. It must be https, or http on loopback, and never a
 * private, link-local, metadata or otherwise special address. Names are not resolved, so a public name of such an
 * address is not detected.
 */
export function findUpstreamUrlFault(text: string): string | null {
  if (text.length > MAX_URL_LENGTH) return `must be at most ${MAX_URL_LENGTH} characters`
  if (!URL.canParse(text)) return 'must be an absolute URL such as https://api.example.com'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must be https'
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password'
  if (url.search !== '' || text.includes('?')) return 'must not have a query: the query of each request is sent instead'
  if (url.hash !== '' || text.includes('#')) return 'must not have a fragment'
  if (url.pathname.includes('//') || /%(2f|5c|00)/i.test(url.pathname)) {
    return 'must not have empty segments or encoded slashes in its path'
  }
  const host = hostOf(url)
  if (isLoopback(host)) return null
  if (isSpecial(host)) return 'must not be a private, link-local or otherwise special address'
  return url.protocol === 'https:' ? null : 'must be https, unless it is on loopback'
}

/** The URL that a request is forwarded to: the upstream's own path, then the request's path and query unchanged. */
export const buildUpstreamUrl = (base: string, { pathname }: Pick<URL, 'pathname'>, search: string): string =>
  `${base.endsWith('/') ? base.slice(0, -1) : base}${pathname}${search}`

/** The host in lower case, without IPv6 brackets and without the dot that may end a full name. */
const hostOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')

/** Whether the address is of the machine it is opened on. */
export const isLoopbackUrl = (url: URL): boolean => isLoopback(hostOf(url))

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function isSpecial(host: string): boolean {
  if (host === AZURE_METADATA) return true
  if (ipaddr.IPv6.isValid(host) && !ipaddr.IPv6.parse(host).match(GLOBAL_UNICAST)) return true
  if (ipaddr.isValid(host)) return ipaddr.parse(host).range() !== 'unicast'
  return !host.includes('.') || SPECIAL_NAMES.some((suffix) => host.endsWith(suffix))
}

const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')
const AZURE_METADATA = '168.63.129.16'
/** Local names: RFC 6762, RFC 8375, and `.internal`, reserved by ICANN and used for the metadata services of clouds. */
const SPECIAL_NAMES = ['.local', '.home.arpa', '.internal']
