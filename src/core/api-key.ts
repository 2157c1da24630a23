// The key: the record behind one live secret, or two while a rotation overlaps. An SDK credential is a key of another
// kind: its secret obtains access tokens and is not accepted as an API key.
import { type IdKind, isId } from './ids.ts'

/** One secret of a key, without its hash. A rotation sets its `expiresAt`; the key's own expiry applies as well. */
export type Secret = { prefix: string; createdAt: number; expiresAt: number | null }

/** The kind of a key, which its id shows. */
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
  /** The `effectiveBy` of the revocation's receipt; null when the key is not revoked or no receipt was given. */
  revokedEffectiveBy: number | null
  /** Of an SDK credential: access tokens issued at a lower revision of it are dead. */
  tokensFromRevision: number | null
  /** Of an SDK credential: single access tokens were ended, none that lasts longer than this. */
  tokensEndedUntil: number | null
  /** Counts the changes. A change is made only if the record still has the revision that it was read at. */
  revision: number
  /** The live secrets, newest first: one, or two while a rotation overlaps. */
  secrets: Secret[]
}

export type Metadata = Record<string, unknown>

export const KEY_STATUSES = ['active', 'disabled', 'expired', 'revoked'] as const
export type KeyStatus = (typeof KEY_STATUSES)[number]

export const REVOCATION_REASONS = ['unspecified', 'compromised', 'superseded', 'no_longer_used', 'owner_left'] as const
export type RevocationReason = (typeof REVOCATION_REASONS)[number]

type Life = Pick<ApiKey, 'revokedAt' | 'expiresAt' | 'enabled'>

/** The status of a key, most final first: a revoked key is `revoked` even if it is also expired or disabled. */
export function statusOf(key: Life, now: number): KeyStatus {
  if (key.revokedAt !== null) return 'revoked'
  if (isExpired(key, now)) return 'expired'
  return key.enabled ? 'active' : 'disabled'
}

/** Whether it has expired. `expiresAt` is the first millisecond at which it no longer works. */
export const isExpired = ({ expiresAt }: { expiresAt: number | null }, now: number) =>
  expiresAt !== null && now >= expiresAt

/** The earlier of two expiry times, where null means never. */
export function earlierOf(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right
  return Math.min(left, right)
}

export const MAX_OVERLAP_SECONDS = 604_800
export const MAX_METADATA_BYTES = 4096
export const MAX_METADATA_DEPTH = 32
