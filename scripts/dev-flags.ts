// The flags of `npm run dev`: which are its own, what Keyward's wrangler gets, and what they mean for the upstream.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export type DevFlags = {
  /** For `wrangler dev` of Keyward: all flags but our own, as they were given. */
  keyward: string[]
  /** For any other wrangler command that shall find the database of that Keyward. */
  sameDatabase: string[]
  /** Keyward's port, and those that other flags name: they must be free, and nothing else may take them. */
  named: NamedPort[]
  /** Whether to show all that wrangler prints. */
  verbose: boolean
  /** The example upstream; null when it is not wanted. Port 0 means any. */
  upstream: { port: number; flags: string[] } | null
}

type NamedPort = { flag: string; port: number }

/** A flag that cannot be followed; the message names it. */
export class UnusableFlag extends Error {}

/** A port that something else listens on. */
export class TakenPort extends UnusableFlag {
  readonly port: number
  constructor({ flag, port }: NamedPort) {
    super(describeTaken(flag, port))
    this.port = port
  }
}

/**
 * Reads what came after `npm run dev --`.
 * @throws {UnusableFlag} for a port that is none, or that two flags name
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
  const named = readNamedPorts(values)
  return {
    keyward: flags.filter((_, index) => !own.includes(index)),
    sameDatabase,
    named,
    verbose: values['verbose'] === true,
    upstream: values['no-upstream'] ? null : upstreamFlags(values, named),
  }
}

/**
 * The flags with the port that the example upstream gets: the one that was named, or the first after Keyward's that is free
 * and not named. @throws {UnusableFlag} when a port that was named is taken
 */
export async function choosePorts(flags: DevFlags, isFree: (port: number) => Promise<boolean>): Promise<DevFlags> {
  const { named, upstream } = flags
  for (const taken of named) if (!(await isFree(taken.port))) throw new TakenPort(taken)
  if (upstream === null || upstream.port === 0) return flags
  let { port } = upstream
  while (!named.some((other) => other.port === port) && !(await isFree(port))) port = nextPort(port, named)
  return { ...flags, upstream: { ...upstream, port } }
}

const describeTaken = (flag: string, port: number) =>
  flag === UPSTREAM_PORT
    ? `Port ${port} is taken, and the example upstream needs it. Give it another with ${flag}, or leave it out with --no-upstream.`
    : `Port ${port} is taken. Choose another with ${flag}.`

function readNamedPorts(values: Record<string, unknown>): NamedPort[] {
  const given = { port: DEFAULT_PORT, ...values }
  const named = (['port', 'inspector-port', ...(values['no-upstream'] ? [] : ['upstream-port'])] as const)
    .flatMap((name) => {
      const value = Reflect.get(given, name)
      return value === undefined ? [] : [{ flag: `--${name}`, port: toPort(`--${name}`, value) }]
    })
    .filter(({ port }) => port !== 0)
  for (const [index, { flag, port }] of named.entries()) {
    const other = named.slice(0, index).find((earlier) => earlier.port === port)
    if (other) throw new UnusableFlag(`${other.flag} and ${flag} both name port ${port}. Give one of them another.`)
  }
  return named
}

function upstreamFlags(values: Record<string, unknown>, named: readonly NamedPort[]): DevFlags['upstream'] {
  const own = toPort('--port', values['port'] ?? DEFAULT_PORT)
  const port =
    values['upstream-port'] === undefined ? nextPort(own, named) : toPort(UPSTREAM_PORT, values['upstream-port'])
  const storage = values['persist-to']
  return { port, flags: typeof storage === 'string' ? ['--persist-to', resolve(storage, 'example-upstream')] : [] }
}

/** The next port that no flag names; when any will do for Keyward, any will do for the upstream. */
function nextPort(port: number, named: readonly NamedPort[]): number {
  if (port === 0) return 0
  const next = toPort(UPSTREAM_PORT, port + 1)
  return named.some((other) => other.port === next) ? nextPort(next, named) : next
}

function toPort(flag: string, value: unknown): number {
  const port = /^[0-9]{1,5}$/.test(String(value)) ? Number(value) : Number.NaN
  if (port <= MAX_PORT) return port
  throw new UnusableFlag(`${flag}: must be a whole number from 0 to ${MAX_PORT}, and is ${value}.`)
}

const UPSTREAM_PORT = '--upstream-port'

/** Wrangler's, where neither a flag nor wrangler.toml says otherwise. */
const DEFAULT_PORT = 8787
const MAX_PORT = 65535

const SAME_DATABASE = ['persist-to', 'config', 'env'] as const
const OWN = {
  'upstream-port': { type: 'string' },
  'no-upstream': { type: 'boolean' },
  verbose: { type: 'boolean' },
} as const
const OPTIONS = {
  ...OWN,
  port: { type: 'string' },
  'inspector-port': { type: 'string' },
  'persist-to': { type: 'string' },
  config: { type: 'string', short: 'c' },
  env: { type: 'string', short: 'e' },
} as const
