// The Worker's configuration, read once from the strings of its environment and total from then on.
import { BRAND_PATTERN } from './core/token.ts'

export type Config = {
  brand: string
  rootKey: string
  ledgerShards: number
  ledgerLocationHint: DurableObjectLocationHint | null
}

/** 32 characters of a generated key hold at least 128 bits. */
export const ROOT_KEY_MIN_LENGTH = 32
const MAX_LEDGER_SHARDS = 256
const LOCATION_HINTS = ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'] as const

/** What is wrong with the configuration. The message names the variable and never its value. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}

type Variables = {
  ROOT_KEY?: string
  KEY_BRAND?: string
  LEDGER_SHARDS?: string
  LEDGER_LOCATION_HINT?: string
}

/** @throws {ConfigError} for a variable that is missing or of the wrong form */
export function readConfig(env: Variables): Config {
  return {
    brand: readBrand(env.KEY_BRAND ?? DEFAULT_BRAND),
    rootKey: readRootKey(env.ROOT_KEY ?? ''),
    ledgerShards: readShards(env.LEDGER_SHARDS ?? '1'),
    ledgerLocationHint: readLocationHint(env.LEDGER_LOCATION_HINT ?? ''),
  }
}

function readRootKey(rootKey: string): string {
  if (rootKey.length < ROOT_KEY_MIN_LENGTH) {
    throw new ConfigError(`ROOT_KEY must be set to at least ${ROOT_KEY_MIN_LENGTH} characters`)
  }
  if (!SENDABLE.test(rootKey)) throw new ConfigError('ROOT_KEY must be visible ASCII characters without comma or space')
  return rootKey
}

function readBrand(brand: string): string {
  if (!BRAND_PATTERN.test(brand)) throw new ConfigError(`KEY_BRAND must match ${BRAND_PATTERN.source}`)
  return brand
}

function readShards(text: string): number {
  const shards = /^[0-9]{1,3}$/.test(text) ? Number(text) : 0
  if (shards < 1 || shards > MAX_LEDGER_SHARDS) {
    throw new ConfigError(`LEDGER_SHARDS must be a whole number from 1 to ${MAX_LEDGER_SHARDS}`)
  }
  return shards
}

function readLocationHint(text: string): DurableObjectLocationHint | null {
  if (text === '') return null
  const hint = LOCATION_HINTS.find((known) => known === text)
  if (hint === undefined)
    throw new ConfigError(`LEDGER_LOCATION_HINT must be empty or one of ${LOCATION_HINTS.join(', ')}`)
  return hint
}

const DEFAULT_BRAND = 'nsl'

/** What fits into an Authorization header as one token. */
const SENDABLE = /^[!-+\--~]+$/
