// The answer of a verification. A denial is a successful answer; `unavailable` means that there is no answer.
import type { Metadata } from './api-key.ts'

/**
 * How current the answer is. `asOf`: when the ledger was asked, by the verifier's clock. `ageMs`: how long ago that was
 * when the verdict was given. `boundMs`: how old an answer from memory was allowed to be.
 * `source`: the `ledger` was asked for this verdict; or a `lease` from an earlier question still holds; or the ledger
 * does not answer and the environment's `grace` is used. `degraded`: the stores that did not answer.
 */
export type Freshness = {
  asOf: number
  ageMs: number
  boundMs: number
  source: 'ledger' | 'lease' | 'grace'
  degraded?: ('kv' | 'd1')[]
}

export type ValidKey = {
  valid: true
  code: 'valid'
  /** Of an access token, `keyId` and the other fields describe its SDK credential. */
  kind: 'api_key' | 'access_token'
  keyId: string
  name: string
  prefix: string
  projectId: string
  environment: { id: string; name: string; tag: string }
  scopes: string[]
  ownerId: string | null
  metadata: Metadata
  expiresAt: number | null
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

/** The stores could not be reached, so the key is neither valid nor denied. Never show this as either. */
export type Unavailable = { valid: false; code: 'unavailable'; retryAfterSeconds: number }

export type Verdict = ValidKey | Denial
