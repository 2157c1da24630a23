// What isolates and the ledger say to each other. Worker and ledger may differ by one version for some minutes,
// so both sides read leniently: unknown fields are ignored, fields of a later version have a default.

/** What a standing is about: a secret by its prefix, a management key by its prefix, an environment, a key by its id. */
export type Subject =
  | `key:${string}`
  | `management:${string}`
  | `environment:${string}`
  | `id:${string}`
  | `filed:${string}`

export const keySubject = (prefix: string): Subject => `key:${prefix}`
export const managementSubject = (prefix: string): Subject => `management:${prefix}`
export const environmentSubject = (id: string): Subject => `environment:${id}`
/** For a key that was revoked while its prefixes could not be looked up. */
export const idSubject = (keyId: string): Subject => `id:${keyId}`

/** On a shard that knows no secret of a revoked key: a secret that is filed there later is told of the revocation. */
export const filedSubject = (keyId: string): Subject => `filed:${keyId}`

/** Where a subject stands: a record below `revision` may be out of date, a revocation is final. */
export type Standing = {
  subject: string
  seq: number
  revision: number
  revokedAt: number | null
  /** The key the secret belongs to. */
  keyId: string | null
  /** Of an environment: secrets issued before this moment are revoked. */
  issuedBefore: number | null
}

/** `since` is the last answer that was applied, null when nothing is remembered; `ask` is what is to be decided now. */
export type SyncQuestion = { since: { epoch: string; seq: number } | null; ask: string[] }

/**
 * `changes` since `since`, oldest first. With `reset` they could not be told one by one: what is remembered must be
 * forgotten, and `changes` holds all that is not filed under a prefix. `standings` are those of the asked subjects.
 */
export type SyncAnswer = { epoch: string; seq: number; reset: boolean; changes: Standing[]; standings: Standing[] }

/** Reads an answer of this version, the one before or the one after; null for anything else. */
export function readSyncAnswer(value: unknown): SyncAnswer | null {
  if (!isObject(value)) return null
  const { epoch, seq, reset = false } = value
  const changes = readStandings(value['changes'])
  const standings = readStandings(value['standings'])
  if (typeof epoch !== 'string' || !isCount(seq) || typeof reset !== 'boolean' || !changes || !standings) return null
  return { epoch, seq, reset, changes, standings }
}

/** A change to be recorded. */
export type ChangeRequest =
  /**
   * The record behind the subjects, and behind every other secret filed under the same key, is about to get this revision,
   * or a higher one if this was given away before. `isGiven`: the number was given by another shard, and is to be kept.
   */
  | { kind: 'edit'; subjects: Subject[]; revision: number; isGiven: boolean; keyId: string; disabled: boolean }
  /** Revokes the subjects, and every other secret that is filed under the same key. */
  | { kind: 'revoke'; subjects: Subject[]; keyId: string; projection: string }
  /** The environment is about to get this revision and bound; until they hear of it, leases may follow `widerBoundMs`. */
  | { kind: 'environment-edit'; subject: Subject; revision: number; boundMs: number; widerBoundMs: number }
  /** Revokes every secret of the environment that was issued before a moment. */
  | { kind: 'environment-revoke'; subject: Subject; issuedBefore: number; projection: string }

export type RecordAnswer = {
  /** When the changes became durable; of a revocation, when it was first recorded. */
  committedAt: number
  /** Whether an edited key turned out to be revoked. */
  revoked: boolean
  /** The last moment at which a lease may still follow a wider bound of the environment than the caller knows of. */
  widerUntil: number
  /** The revision given to the edit: no other edit ever had it, also before D1 was restored. 0 where nothing is filed. */
  revision: number
}

/** A standing with what D1 must be told of it. */
export type LedgerEntry = Standing & { disabled: boolean; projection: string | null }

/** Entries in order, from after a sequence number; `seq` is how far they reach, `head` how far the ledger does. */
export type LedgerPage = { epoch: string; seq: number; head: number; entries: LedgerEntry[] }

function readStandings(value: unknown): Standing[] | null {
  if (!Array.isArray(value)) return null
  const standings = Array.from(value, readStanding)
  return standings.every((standing) => standing !== null) ? standings : null
}

function readStanding(value: unknown): Standing | null {
  if (!isObject(value)) return null
  const { subject, seq, revision, revokedAt = null, keyId = null, issuedBefore = null } = value
  if (typeof subject !== 'string' || !isCount(seq) || !isCount(revision)) return null
  if (!isMoment(revokedAt) || !isMoment(issuedBefore)) return null
  if (keyId !== null && typeof keyId !== 'string') return null
  return { subject, seq, revision, revokedAt, keyId, issuedBefore }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const isMoment = (value: unknown): value is number | null => value === null || Number.isSafeInteger(value)
