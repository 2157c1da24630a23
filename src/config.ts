// The Worker's configuration, read once from the strings of its environment and total from then on.
import { BRAND_PATTERN } from './core/token.ts'

export type Config = { brand: string; rootKey: string }

/** 32 characters of a generated key hold at least 128 bits. */
export const ROOT_KEY_MIN_LENGTH = 32

/** What is wrong with the configuration. The message names the variable and never its value. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}

/** @throws {ConfigError} for a variable that is missing or of the wrong form */
export function readConfig(env: { ROOT_KEY?: string; KEY_BRAND?: string }): Config {
  const rootKey = env.ROOT_KEY ?? ''
  if (rootKey.length < ROOT_KEY_MIN_LENGTH) {
    throw new ConfigError(`ROOT_KEY must be set to at least ${ROOT_KEY_MIN_LENGTH} characters`)
  }
  if (!SENDABLE.test(rootKey)) throw new ConfigError('ROOT_KEY must be visible ASCII characters without comma or space')
  const brand = env.KEY_BRAND ?? DEFAULT_BRAND
  if (!BRAND_PATTERN.test(brand)) throw new ConfigError(`KEY_BRAND must match ${BRAND_PATTERN.source}`)
  return { brand, rootKey }
}

const DEFAULT_BRAND = 'nsl'

/** What fits into an Authorization header as one token. */
const SENDABLE = /^[!-+\--~]+$/
