// Decides a verification once the record is known (`decide`). Pure: record, question and time are arguments.
import { earlierOf, isExpired, kindOf, type Metadata } from './api-key.ts'
import { findMissingScopes } from './scope.ts'
import type { Denial, Freshness, ValidKey, Verdict } from './verdict.ts'

/** Everything that a verification needs to know of a key, as found by the hash of one of its secrets. */
export type VerificationRecord = {
  keyId: string
  name: string
  prefix: string
  projectId: string
  environment: { id: string; name: string; tag: string }
  scopes: string[]
  enabled: boolean
  ownerId: string | null
  metadata: Metadata
  expiresAt: number | null
  /** When the presented secret ends, if a rotation ends it; else null. */
  secretExpiresAt: number | null
  revokedAt: number | null
  lastUsedAt: number | null
}

/** What the key must satisfy. `environmentIds`: those that caller and request are bound to; the key must match all. */
export type AccessRequest = { scopes: readonly string[]; environmentIds: readonly string[] }

/** `revoked`: by the ledger, a tombstone or a revocation of the environment, even if the record does not say so. */
export type Evidence = { record: VerificationRecord; revoked: boolean; freshness: Freshness }

/** The verdict: the denial of the first rule that refuses the key, or `valid` if none does. */
export function decide(evidence: Evidence, request: AccessRequest, now: number): Verdict {
  for (const rule of RULES) {
    const denial = rule(evidence, request, now)
    if (denial) return denial
  }
  return allow(evidence)
}

type Rule = (evidence: Evidence, request: AccessRequest, now: number) => Denial | null

const requireEnvironment: Rule = ({ record }, { environmentIds }) =>
  environmentIds.every((id) => id === record.environment.id) ? null : { valid: false, code: 'not_found' }

const refuseRevoked: Rule = ({ record, revoked, freshness }) =>
  record.revokedAt === null && !revoked ? null : deny('revoked', record, freshness)

const refuseExpired: Rule = ({ record, freshness }, _request, now) =>
  isExpired(record, now) || isExpired({ expiresAt: record.secretExpiresAt }, now)
    ? deny('expired', record, freshness)
    : null

const refuseDisabled: Rule = ({ record, freshness }) => (record.enabled ? null : deny('disabled', record, freshness))

const requireScopes: Rule = ({ record, freshness }, { scopes }) => {
  const missing = findMissingScopes(record.scopes, scopes)
  if (missing.length === 0) return null
  return {
    valid: false,
    code: 'insufficient_scope',
    keyId: record.keyId,
    requiredScopes: [...scopes],
    missingScopes: missing,
    freshness,
  }
}

/** The environment first, because a key of another one must look as if it did not exist. Then the most final first. */
const RULES: readonly Rule[] = [requireEnvironment, refuseRevoked, refuseExpired, refuseDisabled, requireScopes]

const deny = (
  code: 'revoked' | 'disabled' | 'expired',
  { keyId }: VerificationRecord,
  freshness: Freshness,
): Denial => ({ valid: false, code, keyId, freshness })

function allow({ record, freshness }: Evidence): ValidKey {
  const { keyId, name, prefix, projectId, environment, scopes, ownerId, metadata, expiresAt } = record
  return {
    valid: true,
    code: 'valid',
    kind: kindOf(keyId) === 'credential' ? 'access_token' : 'api_key',
    keyId,
    name,
    prefix,
    projectId,
    environment,
    scopes,
    ownerId,
    metadata,
    expiresAt: earlierOf(expiresAt, record.secretExpiresAt),
    freshness,
  }
}
