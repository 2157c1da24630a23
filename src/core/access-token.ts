// Access tokens: what one says (RFC 9068), and whether that still holds. Signatures are checked elsewhere.

export type AccessTokenClaims = {
  iss: string
  /** The credential, as RFC 9068 §2.2 wants it for a grant without a person. */
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
  /** The prefix of the client secret that issued it: the token ends with that secret. */
  secret_prefix: string
}

/** RFC 9068 §2.1. */
export const ACCESS_TOKEN_TYPE = 'at+jwt'

export const DEFAULT_TOKEN_LIFETIME_SECONDS = 3600
export const MIN_TOKEN_LIFETIME_SECONDS = 60
export const MAX_TOKEN_LIFETIME_SECONDS = 86_400
/** No token of ours is longer; one that is costs nothing. */
export const MAX_TOKEN_LENGTH = 12_288
/** A token from a machine whose clock is ahead is not refused for it. Its end is not moved. */
export const CLOCK_SKEW_SECONDS = 60

/** The resource a token of this issuer is for, whatever else it may be for. */
export const coreAudienceOf = (issuer: string) => `${issuer}/core`

export const scopesOf = ({ scope }: Pick<AccessTokenClaims, 'scope'>): string[] =>
  scope.split(' ').filter((name) => name !== '')

/** The claims, if all that an access token of ours says is there; null for any other. */
export function readClaims(payload: Record<string, unknown>): AccessTokenClaims | null {
  const { iss, sub, client_id, aud, iat, exp, jti, scope, environment_id, project_id, secret_prefix } = payload
  const texts = { iss, sub, client_id, jti, scope, environment_id, project_id, secret_prefix }
  if (!areTexts(texts) || !isSeconds(iat) || !isSeconds(exp) || !areStrings(aud)) return null
  if (texts.sub !== texts.client_id || !aud.includes(coreAudienceOf(texts.iss))) return null
  return { ...texts, aud, iat, exp }
}

/** Whether the token is from later than any clock may be ahead. */
export const isFromTheFuture = ({ iat }: Pick<AccessTokenClaims, 'iat'>, now: number) =>
  iat * 1000 > now + CLOCK_SKEW_SECONDS * 1000

const areTexts = <T extends Record<string, unknown>>(values: T): values is T & { [K in keyof T]: string } =>
  Object.values(values).every((value) => typeof value === 'string')

const areStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

const isSeconds = (value: unknown): value is number => Number.isSafeInteger(value)
