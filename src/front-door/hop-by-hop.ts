// Hop-by-hop headers (RFC 9110 §7.6.1), and what older software uses as such.

export const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
] as const

/** The header names that `Connection` lists, in lower case. */
export function readConnectionNames(headers: Headers): ReadonlySet<string> {
  const named = headers.get('Connection')
  return named === null ? NONE : new Set(named.split(',').map((name) => name.trim().toLowerCase()))
}

const NONE: ReadonlySet<string> = new Set()
