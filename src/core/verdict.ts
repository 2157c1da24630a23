// The answer of a verification. "No" is a success of verify: only an answer that could not be had is `unavailable`.
import type { Metadata } from './api-key.ts'

/**
 * How current the answer is. `asOf` is when the ledger was asked, on the verifier's own clock; `ageMs` how long ago
 * that was when the answer came; `boundMs` how old an answer from memory might have been.
 * `source`: the `ledger` was asked for this very verdict; or a `lease` from an earlier question still holds; or the ledger
 * is silent and the environment's `grace` is used. `degraded` names a store that was not heard.
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
  /** An access token speaks for its SDK credential, which is then what `keyId` names. */
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

/** Nobody could be asked: neither yes nor no, and never shown as either. */
export type Unavailable = { valid: false; code: 'unavailable'; retryAfterSeconds: number }

export type Verdict = ValidKey | Denial
