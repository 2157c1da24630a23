// Access tokens: their claims (RFC 9068) and limits. Signatures are checked in src/service/access-tokens.ts.

export type AccessTokenClaims = {
  iss: string
  /** The id of the SDK credential: RFC 9068 §2.2 puts the client here when no person is involved in the grant. */
  sub: string
  client_id: string
  aud: string[]
  /** Seconds since the Unix epoch. */
  iat: number
  exp: number
  jti: string
  scope: string
  environment_id: string
  project_id: string
  /** The prefix of the client secret that obtained the token: the token stops working when that secret does. */
  secret_prefix: string
  /** Counts the changes of the credential: tokens that were issued before all of its tokens were ended are told by it. */
  credential_revision: number
}

/** RFC 9068 §2.1. */
export const ACCESS_TOKEN_TYPE = 'at+jwt'

export const DEFAULT_TOKEN_LIFETIME_SECONDS = 3600
export const MIN_TOKEN_LIFETIME_SECONDS = 60
export const MAX_TOKEN_LIFETIME_SECONDS = 86_400
/**
 * No token that we issue is longer, not even one with every scope and audience there may be. A longer text is refused before
 * it is hashed or parsed.
 */
export const MAX_TOKEN_LENGTH = 16_384
/** How far in the future `iat` may be: the clock that issued the token may be ahead. `exp` has no such leeway. */
export const CLOCK_SKEW_SECONDS = 60

/** The audience that every token of this issuer has. It may have others as well. */
export const coreAudienceOf = (issuer: string) => `${issuer}/core`

export const scopesOf = ({ scope }: Pick<AccessTokenClaims, 'scope'>): string[] =>
  scope.split(' ').filter((name) => name !== '')

/** The claims of a payload; null unless it has all claims of our access tokens, each of the right type. */
export function readClaims(payload: Record<string, unknown>): AccessTokenClaims | null {
  const { iss, sub, client_id, aud, iat, exp, jti, scope, environment_id, project_id, secret_prefix } = payload
  const { credential_revision = 0 } = payload
  const texts = { iss, sub, client_id, jti, scope, environment_id, project_id, secret_prefix }
  if (!areTexts(texts) || !isSeconds(iat) || !isSeconds(exp) || !areStrings(aud)) return null
  if (!isRevision(credential_revision)) return null
  if (texts.sub !== texts.client_id || !aud.includes(coreAudienceOf(texts.iss))) return null
  return { ...texts, aud, iat, exp, credential_revision }
}

/** Whether `iat` is further in the future than CLOCK_SKEW_SECONDS allows: such a token is refused. */
export const isFromTheFuture = ({ iat }: Pick<AccessTokenClaims, 'iat'>, now: number) =>
  iat * 1000 > now + CLOCK_SKEW_SECONDS * 1000

const areTexts = <T extends Record<string, unknown>>(values: T): values is T & { [K in keyof T]: string } =>
  Object.values(values).every((value) => typeof value === 'string')

const areStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

const isRevision = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const isSeconds = (value: unknown): value is number => Number.isSafeInteger(value)
