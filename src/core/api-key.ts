// The key: the record behind one live secret, or two while a rotation overlaps. An SDK credential is a key of another
// kind: its secret obtains access tokens and opens nothing itself.
import { type IdKind, isId } from './ids.ts'

/** One hash of a key. `expiresAt` is set when a rotation gave it an end; the key's own expiry stands beside it. */
export type Secret = { prefix: string; createdAt: number; expiresAt: number | null }

/** What a key is, by its id. */
export type KeyKind = Extract<IdKind, 'key' | 'credential'>

export const kindOf = (id: string): KeyKind => (isId('credential', id) ? 'credential' : 'key')

export type ApiKey = {
  id: string
  environmentId: string
  projectId: string
  name: string
  /** The prefix of the newest secret. */
  prefix: string
  scopes: string[]
  enabled: boolean
  ownerId: string | null
  metadata: Metadata
  createdAt: number
  createdBy: string
  expiresAt: number | null
  lastUsedAt: number | null
  revokedAt: number | null
  revokedReason: RevocationReason | null
  /** When the revocation is effective everywhere, as its receipt said; null where nobody was told. */
  revokedEffectiveBy: number | null
  /** Of a credential: access tokens issued before this moment are dead. */
  tokensNotBefore: number | null
  /** Counts the changes of the record; every change states the revision it was made from. */
  revision: number
  /** Newest first: the live secret, then the one an overlap keeps alive. */
  secrets: Secret[]
}

export type Metadata = Record<string, unknown>

export const KEY_STATUSES = ['active', 'disabled', 'expired', 'revoked'] as const
export type KeyStatus = (typeof KEY_STATUSES)[number]

export const REVOCATION_REASONS = ['unspecified', 'compromised', 'superseded', 'no_longer_used', 'owner_left'] as const
export type RevocationReason = (typeof REVOCATION_REASONS)[number]

type Life = Pick<ApiKey, 'revokedAt' | 'expiresAt' | 'enabled'>

/** Most final first: a revoked key is revoked, whatever else is true of it. */
export function statusOf(key: Life, now: number): KeyStatus {
  if (key.revokedAt !== null) return 'revoked'
  if (isExpired(key, now)) return 'expired'
  return key.enabled ? 'active' : 'disabled'
}

/** Expiry is the first millisecond at which the key no longer works. */
export const isExpired = ({ expiresAt }: { expiresAt: number | null }, now: number) =>
  expiresAt !== null && now >= expiresAt

/** The earlier of two ends, where null is no end. */
export function earlierOf(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right
  return Math.min(left, right)
}

export const MAX_OVERLAP_SECONDS = 604_800
export const MAX_METADATA_BYTES = 4096
export const MAX_METADATA_DEPTH = 32
