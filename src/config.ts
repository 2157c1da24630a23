// The Worker's configuration, read and checked once from its environment variables. Every field is set from then on.
import {
  DEFAULT_TOKEN_LIFETIME_SECONDS,
  MAX_TOKEN_LIFETIME_SECONDS,
  MIN_TOKEN_LIFETIME_SECONDS,
} from './core/access-token.ts'
import { isId } from './core/ids.ts'
import { MAX_RERANK_DEPTH, RERANK_STAGES, type RerankPolicy } from './core/rerank.ts'
import { TOKEN_ALGORITHMS, type TokenAlgorithm } from './core/signing-key.ts'
import { BRAND_PATTERN } from './core/token.ts'

export type Config = {
  brand: string
  rootKey: string
  ledgerLocationHint: DurableObjectLocationHint | null
  /** The issuer of access tokens; null for the origin that a token is requested from. */
  issuer: string | null
  /** The only host name on which the console is served, and nothing of an upstream; null for no such host. */
  consoleHost: string | null
  accessTokenLifetimeSeconds: number
  accessTokenAlgorithm: TokenAlgorithm
  rerank: RerankPolicy
}

/** 32 random characters hold at least 128 bits, even in hexadecimal. */
export const ROOT_KEY_MIN_LENGTH = 32
const LOCATION_HINTS = ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'] as const

/** A variable is missing or invalid. The message names the variable and never its value. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}

type Variables = {
  ROOT_KEY?: string
  KEY_BRAND?: string
  LEDGER_LOCATION_HINT?: string
  ISSUER?: string
  CONSOLE_HOST?: string
  ACCESS_TOKEN_LIFETIME_SECONDS?: string
  ACCESS_TOKEN_ALGORITHM?: string
  RERANK_CONTROLS_STAGE?: string
  RERANK_KILL_SWITCH?: string
  RERANK_MAX_DEPTH?: string
  RERANK_INTERNAL_ENVIRONMENT_IDS?: string
  RERANK_CANARY_PERCENT?: string
}

/** @throws {ConfigError} for a variable that is missing or of the wrong form */
export function readConfig(env: Variables): Config {
  return {
    brand: readBrand(env.KEY_BRAND ?? DEFAULT_BRAND),
    rootKey: readRootKey(env.ROOT_KEY ?? ''),
    ledgerLocationHint: readLocationHint(env.LEDGER_LOCATION_HINT ?? ''),
    issuer: readIssuer(env.ISSUER ?? ''),
    consoleHost: readConsoleHost(env.CONSOLE_HOST ?? ''),
    accessTokenLifetimeSeconds: readLifetime(env.ACCESS_TOKEN_LIFETIME_SECONDS ?? ''),
    accessTokenAlgorithm: readAlgorithm(env.ACCESS_TOKEN_ALGORITHM ?? ''),
    rerank: readRerankPolicy(env),
  }
}

function readRootKey(rootKey: string): string {
  if (rootKey.length < ROOT_KEY_MIN_LENGTH) {
    throw new ConfigError(`ROOT_KEY must be set, to at least ${ROOT_KEY_MIN_LENGTH} random characters`)
  }
  if (!SENDABLE.test(rootKey)) throw new ConfigError('ROOT_KEY must be visible ASCII, without commas or spaces')
  return rootKey
}

function readBrand(brand: string): string {
  if (BRAND_PATTERN.test(brand)) return brand
  throw new ConfigError('KEY_BRAND must be 2 to 10 lower-case letters and digits, and begin with a letter')
}

function readLocationHint(text: string): DurableObjectLocationHint | null {
  if (text === '') return null
  const hint = LOCATION_HINTS.find((known) => known === text)
  if (hint === undefined)
    throw new ConfigError(`LEDGER_LOCATION_HINT must be empty or one of ${LOCATION_HINTS.join(', ')}`)
  return hint
}

function readRerankPolicy(env: Variables): RerankPolicy {
  return {
    stage: readStage(env.RERANK_CONTROLS_STAGE ?? 'general'),
    killSwitch: readKillSwitch(env.RERANK_KILL_SWITCH ?? ''),
    maxDepth: readMaxDepth(env.RERANK_MAX_DEPTH ?? '100'),
    internalEnvironmentIds: readEnvironmentIds(env.RERANK_INTERNAL_ENVIRONMENT_IDS ?? ''),
    canaryPercent: readCanaryPercent(env.RERANK_CANARY_PERCENT ?? '0'),
  }
}

function readStage(text: string): RerankPolicy['stage'] {
  const stage = RERANK_STAGES.find((known) => known === text)
  if (stage === undefined) throw new ConfigError(`RERANK_CONTROLS_STAGE must be one of ${RERANK_STAGES.join(', ')}`)
  return stage
}

/** A misspelled value is an error: read as off, it would leave reranking on when the operator meant to stop it. */
function readKillSwitch(text: string): boolean {
  if (text === 'true' || text === 'on') return true
  if (text === 'false' || text === 'off' || text === '') return false
  throw new ConfigError('RERANK_KILL_SWITCH must be true, false, on, off or empty')
}

function readMaxDepth(text: string): number {
  const depth = /^[0-9]{1,4}$/.test(text) ? Number(text) : -1
  if (depth < 0 || depth > MAX_RERANK_DEPTH) {
    throw new ConfigError(`RERANK_MAX_DEPTH must be a whole number from 0 to ${MAX_RERANK_DEPTH}`)
  }
  return depth
}

function readEnvironmentIds(text: string): string[] {
  const ids = text.trim() === '' ? [] : text.split(',').map((id) => id.trim())
  if (ids.every((id) => isId('environment', id))) return ids
  throw new ConfigError('RERANK_INTERNAL_ENVIRONMENT_IDS must be empty or a comma-separated list of environment ids')
}

function readCanaryPercent(text: string): number {
  const percent = /^[0-9]{1,3}(\.[0-9]{1,2})?$/.test(text) ? Number(text) : -1
  if (percent < 0 || percent > 100) {
    throw new ConfigError('RERANK_CANARY_PERCENT must be a number from 0 to 100 with at most two decimals')
  }
  return percent
}

/**
 * RFC 8414 §2: https, without query or fragment. Here also without a path, where its metadata would not be found. Null for an
 * empty one. @throws {ConfigError}
 */
export function readIssuer(text: string): string | null {
  if (text === '') return null
  const url = URL.canParse(text) ? new URL(text) : null
  const isLocal = url?.protocol === 'http:' && (url.hostname === 'localhost' || url.hostname === '127.0.0.1')
  if (url?.origin !== text || (url.protocol !== 'https:' && !isLocal)) {
    throw new ConfigError('ISSUER must be empty or an origin such as https://keys.example.com')
  }
  return text
}

/** As browsers write it: in lower case, without a port, an internationalised name in Punycode. */
function readConsoleHost(text: string): string | null {
  if (text === '') return null
  if (!HOST_NAME.test(text) || URL.parse(`https://${text}`)?.hostname !== text) {
    throw new ConfigError('CONSOLE_HOST must be empty or a host name such as console.example.com')
  }
  return text
}

function readLifetime(text: string): number {
  if (text === '') return DEFAULT_TOKEN_LIFETIME_SECONDS
  const seconds = /^[0-9]{1,6}$/.test(text) ? Number(text) : 0
  if (seconds < MIN_TOKEN_LIFETIME_SECONDS || seconds > MAX_TOKEN_LIFETIME_SECONDS) {
    throw new ConfigError(
      `ACCESS_TOKEN_LIFETIME_SECONDS must be a whole number from ${MIN_TOKEN_LIFETIME_SECONDS} to ${MAX_TOKEN_LIFETIME_SECONDS}`,
    )
  }
  return seconds
}

function readAlgorithm(text: string): TokenAlgorithm {
  if (text === '') return 'EdDSA'
  const algorithm = TOKEN_ALGORITHMS.find((known) => known === text)
  if (algorithm === undefined) {
    throw new ConfigError(`ACCESS_TOKEN_ALGORITHM must be empty or one of ${TOKEN_ALGORITHMS.join(', ')}`)
  }
  return algorithm
}

const HOST_NAME = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/

const DEFAULT_BRAND = 'nsl'

/** What can be sent as one token in an Authorization header. */
const SENDABLE = /^[!-+\--~]+$/
