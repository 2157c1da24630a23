// The answers of a verification as a caller sees them, the same by service binding and by URL.

/** A question about a token. The key must hold all of `scopes`; a key of another environment is `not_found`. */
export type KeyQuestion = {
  token: string
  scopes?: readonly string[] | undefined
  environmentId?: string | undefined
  /** How old an answer from memory may be: 0 to 60,000. It can only tighten the environment's own bound. */
  maxStalenessMs?: number | undefined
}

/** How current the answer is. `source: 'grace'`: the ledger did not answer, and the environment's grace applies. */
export type Freshness = {
  asOf: string
  ageMs: number
  boundMs: number
  source: 'ledger' | 'lease' | 'grace'
  degraded?: ('kv' | 'd1')[]
}

/** The only verdict that allows a key. Moments are RFC 3339. */
export type ValidKey = {
  valid: true
  code: 'valid'
  keyId: string
  name: string
  prefix: string
  projectId: string
  environment: { id: string; name: string; tag: string }
  scopes: string[]
  ownerId: string | null
  metadata: Record<string, unknown>
  expiresAt: string | null
  freshness: Freshness
}

export type Denial =
  | { valid: false; code: 'malformed' | 'not_found' }
  | { valid: false; code: 'revoked' | 'disabled' | 'expired'; keyId: string; freshness: Freshness }
  | {
      valid: false
      code: 'insufficient_scope'
      keyId: string
      requiredScopes: string[]
      missingScopes: string[]
      freshness: Freshness
    }
  /** A denial with a code that is newer than this client: `unknownCode` is that code. */
  | { valid: false; code: 'unknown_code'; unknownCode: string }

export type Verdict = ValidKey | Denial

/**
 * There is no verdict: the key is neither valid nor denied. Refuse the request with "try again", not with "bad key".
 * `reason` is for programs, `detail` for people; neither holds a token, a key or text from the network.
 */
export type Unavailable = {
  valid: false
  code: 'unavailable'
  retryAfterSeconds: number
  reason: UnavailableReason
  detail: string
}

export type UnavailableReason =
  /** Keyward answered that it cannot give a verdict now. */
  | 'keyward_unavailable'
  | 'timed_out'
  /** The connection broke, also on the second attempt. */
  | 'unreachable'
  | 'management_key_refused'
  /** Keyward refused the question: an invalid scope name, or a field that it does not know. */
  | 'question_refused'
  | 'not_a_verdict'
  /** The call threw an error other than a broken connection. */
  | 'failed'

export const DEFAULT_RETRY_AFTER_SECONDS = 2

export const unavailableBecause = (
  reason: UnavailableReason,
  detail: string,
  retryAfterSeconds = DEFAULT_RETRY_AFTER_SECONDS,
): Unavailable => ({ valid: false, code: 'unavailable', retryAfterSeconds, reason, detail })
