// The flags of `npm run dev`: which are its own, what Keyward's wrangler gets, and what they mean for the upstream.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export type DevFlags = {
  /** For `wrangler dev` of Keyward: all flags but our own, as they were given. */
  keyward: string[]
  /** For any other wrangler command that shall find the database of that Keyward. */
  sameDatabase: string[]
  /** The example upstream; null when it is not wanted. Port 0 means any. */
  upstream: { port: number; flags: string[] } | null
}

/** A flag that cannot be followed; the message names it. */
export class UnusableFlag extends Error {}

/**
 * Reads what came after `npm run dev --`.
 * @throws {UnusableFlag} for a port that is none
 */
export function readDevFlags(flags: string[]): DevFlags {
  const { values, tokens } = parseArgs({ args: flags, strict: false, tokens: true, options: OPTIONS })
  const own = tokens.flatMap((token) => {
    if (token.kind !== 'option' || !(token.name in OWN)) return []
    return token.value === undefined || token.inlineValue ? [token.index] : [token.index, token.index + 1]
  })
  const sameDatabase = SAME_DATABASE.flatMap((name) => {
    const value = values[name]
    return typeof value === 'string' ? [`--${name}`, value] : []
  })
  return {
    keyward: flags.filter((_, index) => !own.includes(index)),
    sameDatabase,
    upstream: values['no-upstream'] ? null : upstreamFlags(values),
  }
}

function upstreamFlags(values: Record<string, unknown>): DevFlags['upstream'] {
  const port = values['upstream-port'] ?? portAfter(toPort('--port', values['port'] ?? DEFAULT_PORT))
  const storage = values['persist-to']
  return {
    port: toPort('--upstream-port', port),
    flags: typeof storage === 'string' ? ['--persist-to', resolve(storage, 'example-upstream')] : [],
  }
}

/** Beside Keyward's own port; when any will do for Keyward, any will do for the upstream. */
const portAfter = (port: number) => (port === 0 ? 0 : port + 1)

function toPort(flag: string, value: unknown): number {
  const port = /^[0-9]{1,5}$/.test(String(value)) ? Number(value) : Number.NaN
  if (port <= MAX_PORT) return port
  throw new UnusableFlag(`${flag}: must be a whole number from 0 to ${MAX_PORT}, and is ${value}.`)
}

/** Wrangler's, where neither a flag nor wrangler.toml says otherwise. */
const DEFAULT_PORT = 8787
const MAX_PORT = 65535

const SAME_DATABASE = ['persist-to', 'config', 'env'] as const
const OWN = { 'upstream-port': { type: 'string' }, 'no-upstream': { type: 'boolean' } } as const
const OPTIONS = {
  ...OWN,
  port: { type: 'string' },
  'persist-to': { type: 'string' },
  config: { type: 'string', short: 'c' },
  env: { type: 'string', short: 'e' },
} as const
