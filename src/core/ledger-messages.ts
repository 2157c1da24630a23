// What isolates and the ledger say to each other. Worker and ledger may differ by one version for some minutes,
// so both sides read leniently: unknown fields are ignored, fields of a later version have a default.

/**
 * What a standing is about. The ledger files one entry for a key and one for an environment. A key is asked about by a
 * secret, because who asks has only a token: the ledger knows which key each secret belongs to.
 */
export type Subject =
  /** An API key, an SDK credential or a management key, by its id. */
  | `key:${string}`
  | `environment:${string}`
  /** A secret of an API key or an SDK credential, by its prefix. */
  | `secret:${string}`
  /** The secret of a management key, by its prefix. */
  | `management:${string}`

export const keySubjectOf = (keyId: string): Subject => `key:${keyId}`
export const environmentSubjectOf = (id: string): Subject => `environment:${id}`
export const secretSubjectOf = (prefix: string): Subject => `secret:${prefix}`
export const managementSubjectOf = (prefix: string): Subject => `management:${prefix}`

/** Where a subject stands: a record below `revision` may be out of date, a revocation is final. */
export type Standing = {
  /** In `changes` the entry that changed, in `standings` the subject that was asked about. */
  subject: string
  seq: number
  revision: number
  revokedAt: number | null
  /** The key that the entry is of; null for an environment. */
  keyId: string | null
  /** Of an environment: secrets issued before this moment are revoked. */
  issuedBefore: number | null
  /** Of a key that was revoked while nobody could say which secrets it has: who asks by a secret would not be told. */
  isUnnamed: boolean
}

/** `since` is the last answer that was applied, null when nothing is remembered; `ask` is what is to be decided now. */
export type SyncQuestion = { since: { epoch: string; seq: number } | null; ask: readonly string[] }

/**
 * `changes` since `since`, oldest first. With `reset` they could not be told one by one: what is remembered must be
 * forgotten, and `changes` holds the unnamed alone. `standings` are those of the asked subjects that have an entry.
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

/** A change to be recorded. `secrets` are subjects: those of the key that the caller knows of. */
export type ChangeRequest =
  /** The key's record is about to get this revision, or a higher one if this was given away before. */
  | { kind: 'edit'; keyId: string; secrets: Subject[]; revision: number; disabled: boolean }
  /** The edit that got this revision has disabled the key. */
  | { kind: 'disabled'; keyId: string; revision: number }
  | { kind: 'revoke'; keyId: string; secrets: Subject[]; projection: string }
  /** The environment is about to get this revision and bound; until they hear of it, leases may follow `widerBoundMs`. */
  | { kind: 'environment-edit'; environmentId: string; revision: number; boundMs: number; widerBoundMs: number }
  /** Revokes every secret of the environment that was issued before a moment. */
  | { kind: 'environment-revoke'; environmentId: string; issuedBefore: number; projection: string }

export type RecordAnswer = {
  /** When the change became durable; of a revocation, when it was first recorded. */
  committedAt: number
  /** Whether the key is revoked, by this change or before it. */
  revoked: boolean
  /** The last moment at which a lease may still follow a wider bound of the environment than the caller knows of. */
  widerUntil: number
  /** The revision given to the edit: no other edit ever had it, also before D1 was restored. */
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
  const { subject, seq, revision, revokedAt = null, keyId = null, issuedBefore = null, isUnnamed = false } = value
  if (typeof subject !== 'string' || !isCount(seq) || !isCount(revision)) return null
  if (!isMoment(revokedAt) || !isMoment(issuedBefore)) return null
  if ((keyId !== null && typeof keyId !== 'string') || typeof isUnnamed !== 'boolean') return null
  return { subject, seq, revision, revokedAt, keyId, issuedBefore, isUnnamed }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const isMoment = (value: unknown): value is number | null => value === null || Number.isSafeInteger(value)
