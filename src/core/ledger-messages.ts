// The messages between isolates and the ledger. For some minutes of a deployment the two may differ by one version, so
// both read leniently what is told: unknown fields are ignored, and fields that an older version does not send have a
// default. What is to be recorded is read strictly.

/**
 * What a standing is about. The ledger keeps one entry for each key and each environment. An isolate that verifies a
 * token knows only the prefix of its secret, so it asks by secret: the ledger knows which key each secret belongs to.
 */
export type Subject =
  /** An API key, an SDK credential or a management key, by its id. */
  | `key:${string}`
  | `environment:${string}`
  /** A secret of an API key or an SDK credential, by its prefix. */
  | `secret:${string}`
  /** The secret of a management key, by its prefix. */
  | `management:${string}`
  /** An access token, by its `jti`. It has a standing only once it was ended. */
  | `token:${string}`

export const keySubjectOf = (keyId: string): Subject => `key:${keyId}`
export const environmentSubjectOf = (id: string): Subject => `environment:${id}`
export const secretSubjectOf = (prefix: string): Subject => `secret:${prefix}`
export const managementSubjectOf = (prefix: string): Subject => `management:${prefix}`
export const tokenSubjectOf = (jti: string): Subject => `token:${jti}`

/** The state of a subject: a record below `revision` may be out of date, and a revocation is final. */
export type Standing = {
  /** In `changes` the entry that changed; in `standings` the subject that was asked about. */
  subject: string
  seq: number
  revision: number
  revokedAt: number | null
  /** The id of the entry's key; null for an environment. */
  keyId: string | null
  /** Of an environment: secrets issued before this moment, which an operator named, are revoked. */
  issuedBefore: number | null
  /** Secrets issued while the environment, access tokens issued while the credential had a lower revision are revoked. */
  revokedBelow: number | null
  /** Of a credential: no access token of it that was ended on its own lasts longer than this; asking by token tells which. */
  tokensEndedUntil: number | null
  /** Of a key revoked while its secrets were unknown: asking by secret does not find it, so all isolates receive it. */
  hasUnknownSecrets: boolean
}

/** `since`: the last answer that was applied, null when nothing is remembered. `ask`: the subjects to decide on now. */
export type SyncQuestion = { since: { epoch: string; seq: number } | null; ask: readonly string[] }

/**
 * `changes`: what changed after `since`, oldest first. `reset`: the changes could not be listed one by one, so the
 * isolate must forget what it remembers, and `changes` holds only what asking by secret does not find: entries with
 * `hasUnknownSecrets`. Of environments an isolate asks when it meets them. `standings`: those of the subjects asked about that have an entry.
 * `now`: the ledger's clock, by which everything is dated that is issued; null from a version that does not tell it.
 */
export type SyncAnswer = {
  epoch: string
  seq: number
  reset: boolean
  changes: Standing[]
  standings: Standing[]
  now: number | null
}

/** The answer in `value`, also from a ledger one version older or newer; null for anything else. */
export function readSyncAnswer(value: unknown): SyncAnswer | null {
  if (!isObject(value)) return null
  const { epoch, seq, reset = false, now = null } = value
  const changes = readStandings(value['changes'])
  const standings = readStandings(value['standings'])
  if (typeof epoch !== 'string' || !isCount(seq) || typeof reset !== 'boolean' || !changes || !standings) return null
  return isMoment(now) ? { epoch, seq, reset, changes, standings, now } : null
}

/** Later than any moment a secret can be issued at: the last that a Date can tell. */
export const FOREVER = 8_640_000_000_000_000

/** The moment before which a revocation counts that was committed at `committedAt`: never one that is yet to come. */
export const countedMoment = (issuedBefore: number | null, committedAt: number): number | null =>
  issuedBefore === null || issuedBefore === FOREVER ? issuedBefore : Math.min(issuedBefore, committedAt)

/** A change to be recorded. `secrets` are those of the key that the caller knows, as subjects. */
export type ChangeRequest =
  /** Reserves a revision for an edit of the key: this one, or a higher one if this is taken. */
  | { kind: 'edit'; keyId: string; secrets: Subject[]; revision: number; disabled: boolean }
  /** The edit that reserved this revision has disabled the key. */
  | { kind: 'disabled'; keyId: string; revision: number }
  | { kind: 'revoke'; keyId: string; secrets: Subject[]; projection: string }
  /** Reserves a revision for an edit that sets this bound. Leases that miss it may still last `widerBoundMs`. */
  | { kind: 'environment-edit'; environmentId: string; revision: number; boundMs: number; widerBoundMs: number }
  /**
   * Revokes every secret of the environment that was issued before `issuedBefore`, but none that is issued later than this;
   * with FOREVER every one there will ever be. With null, every one that exists: then a revision is reserved, and what is
   * issued from that revision on is not covered.
   */
  | {
      kind: 'environment-revoke'
      environmentId: string
      revision: number
      issuedBefore: number | null
      projection: string
    }
  /** Ends one access token of the credential, which expires at `expiresAt` by itself. */
  | { kind: 'end-token'; keyId: string; secrets: Subject[]; jti: string; expiresAt: number }
  /** Ends every access token of the credential: those that are issued from the reserved revision on are not covered. */
  | { kind: 'end-tokens'; keyId: string; secrets: Subject[]; revision: number }

/**
 * Whether this version knows the change and all that it says. Here nothing is read leniently: a change that is only half
 * understood must not be acknowledged.
 */
export function isChangeRequest(value: unknown): value is ChangeRequest {
  if (!isObject(value)) return false
  const kind = Object.entries(CHANGE_FIELDS).find(([known]) => known === value['kind'])
  return kind !== undefined && Object.entries(kind[1]).every(([field, isGood]) => isGood(value[field]))
}

export type RecordAnswer = {
  /** When the change became durable; of a revocation, when it was first recorded. */
  committedAt: number
  /** Whether the key is revoked, by this change or before it. */
  revoked: boolean
  /** Until when a lease may still follow an earlier, wider bound of the environment. */
  widerUntil: number
  /** The revision reserved for the edit. No other edit ever had it, not even one that a restore of D1 has undone. */
  revision: number
  /** Of the environment that was asked about: secrets issued while it had a lower revision are revoked. */
  revokedBelow: number
}

/** The answer in `value`; null for anything else, which acknowledges nothing. */
export function readRecordAnswer(value: unknown): RecordAnswer | null {
  if (!isObject(value)) return null
  const { committedAt, revoked, widerUntil, revision, revokedBelow = 0 } = value
  if (!isCount(committedAt) || typeof revoked !== 'boolean' || !isCount(widerUntil) || !isCount(revision)) return null
  return isCount(revokedBelow) ? { committedAt, revoked, widerUntil, revision, revokedBelow } : null
}

/** A standing with what is needed to write it into D1. */
export type LedgerEntry = Standing & { disabled: boolean; projection: string | null }

/** Entries in order, after a given `seq`. `seq`: the last one that the page covers; `head`: the ledger's last one. */
export type LedgerPage = { epoch: string; seq: number; head: number; entries: LedgerEntry[] }

function readStandings(value: unknown): Standing[] | null {
  if (!Array.isArray(value)) return null
  const standings = Array.from(value, readStanding)
  return standings.every((standing) => standing !== null) ? standings : null
}

function readStanding(value: unknown): Standing | null {
  if (!isObject(value)) return null
  const {
    subject,
    seq,
    revision,
    revokedAt = null,
    keyId = null,
    issuedBefore = null,
    revokedBelow = null,
    tokensEndedUntil = null,
    hasUnknownSecrets = false,
  } = value
  if (typeof subject !== 'string' || !isCount(seq) || !isCount(revision)) return null
  if (!isMoment(revokedAt) || !isMoment(issuedBefore) || !isMoment(revokedBelow) || !isMoment(tokensEndedUntil))
    return null
  if ((keyId !== null && typeof keyId !== 'string') || typeof hasUnknownSecrets !== 'boolean') return null
  return { subject, seq, revision, revokedAt, keyId, issuedBefore, revokedBelow, tokensEndedUntil, hasUnknownSecrets }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const isMoment = (value: unknown): value is number | null => value === null || Number.isSafeInteger(value)
const isText = (value: unknown): value is string => typeof value === 'string'
const isListOfTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText)
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean'

type Fields<Change> = { [Field in Exclude<keyof Change, 'kind'>]: (value: unknown) => boolean }

const CHANGE_FIELDS: { [Kind in ChangeRequest['kind']]: Fields<Extract<ChangeRequest, { kind: Kind }>> } = {
  edit: { keyId: isText, secrets: isListOfTexts, revision: isCount, disabled: isBoolean },
  disabled: { keyId: isText, revision: isCount },
  revoke: { keyId: isText, secrets: isListOfTexts, projection: isText },
  'environment-edit': { environmentId: isText, revision: isCount, boundMs: isCount, widerBoundMs: isCount },
  'environment-revoke': { environmentId: isText, revision: isCount, issuedBefore: isMoment, projection: isText },
  'end-tokens': { keyId: isText, secrets: isListOfTexts, revision: isCount },
  'end-token': { keyId: isText, secrets: isListOfTexts, jti: isText, expiresAt: isCount },
}
