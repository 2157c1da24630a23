// Whose tries are counted together.
import ipaddr from 'ipaddr.js'

const MAX_OTHER_LENGTH = 64

/**
 * The network an address belongs to: an IPv4 address alone, the /64 of an IPv6 address, of which each subscriber has all
 * addresses (RFC 6177). An IPv4-mapped IPv6 address is its IPv4. What is no address counts for itself.
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return ipaddr.IPv4.parse(address).toString()
  if (!ipaddr.IPv6.isValid(address)) return address.slice(0, MAX_OTHER_LENGTH)
  const parsed = ipaddr.IPv6.parse(address)
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString()
  const prefix = parsed.parts.slice(0, 4).map((part) => part.toString(16))
  return `${prefix.join(':')}::/64`
}
