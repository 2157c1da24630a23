// The ledger: one Durable Object, the single current copy of which keys and environments were revoked or changed, in
// order. Every method reads or writes storage, so that an instance that was replaced cannot go on answering. Expected
// outcomes are plain answers; a method that throws has, to its caller, not answered.
import { DurableObject } from 'cloudflare:workers'
import {
  type ChangeRequest,
  countedMoment,
  environmentSubjectOf,
  isChangeRequest,
  keySubjectOf,
  type LedgerEntry,
  type LedgerPage,
  type RecordAnswer,
  type Standing,
  type Subject,
  type SyncAnswer,
  type SyncQuestion,
  secretSubjectOf,
  tokenSubjectOf,
} from '../core/ledger-messages.ts'
import { findSecretsOfKeys } from '../store/api-keys.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { withDeadline } from '../store/deadline.ts'
import { projectLedger } from './projection.ts'
import { sweepTombstones } from './tombstone-writer.ts'

/** An isolate that missed more changes than this forgets what it remembers instead of being told each of them. */
const MAX_CHANGES = 1000
/** Time for the request that made a change to write it into D1 itself. */
const PROJECT_AFTER_MS = 5000
/** By then a tombstone that failed is due again. */
const PROJECT_AGAIN_MS = 65_000

/** Revocations that asking by secret does not find: every isolate is told of them. */
const FOR_EVERYONE = 'has_unknown_secrets = 1'
/** Revocations of one environment that are kept until D1 has them; a later one covers what an older one revoked. */
const MAX_PROJECTIONS = 20
/** Keys whose secrets are filed in one run of the alarm. */
const KEYS_AT_ONCE = 100
/** What the projections of one page may take together, so that D1 takes it as one parameter; a page has one entry at least. */
const PAGE_BYTES = 400_000

/** An ended token is kept for so long after it expired by itself: nobody's clock is off by more. */
const TOKEN_LEEWAY_MS = 24 * 3_600_000
/** Ended tokens that are dropped when another is added, so that the table keeps no more than can still be presented. */
const TOKENS_DROPPED_AT_ONCE = 10

export class RevocationLedger extends DurableObject<Env> {
  /** The clock that dates changes; tests set it. */
  static clock: () => number = Date.now

  readonly #sql: SqlStorage

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    this.#sql.exec(SCHEMA)
    this.#addMissingColumns()
    this.#sql.exec('INSERT OR IGNORE INTO ledger (id, epoch, seq) VALUES (1, ?, 0)', crypto.randomUUID())
  }

  /** What changed since the caller last asked, and where each subject it asks about stands. */
  sync({ since, ask }: SyncQuestion): SyncAnswer {
    const { epoch, seq } = this.#headFor(since)
    const standings = this.#standings(ask)
    const now = RevocationLedger.clock()
    if (since?.epoch === epoch) {
      const changes = this.#entries('seq > ? ORDER BY seq LIMIT ?', since.seq, MAX_CHANGES + 1).map(toStanding)
      if (changes.length <= MAX_CHANGES) return { epoch, seq, reset: false, changes, standings, now }
    }
    return { epoch, seq, reset: true, changes: this.#entries(FOR_EVERYONE).map(toStanding), standings, now }
  }

  /**
   * Records the change. What was revoked before keeps its moment, and is never taken back.
   * @throws {TypeError} for a change that this version does not know: it is not recorded
   */
  record(change: ChangeRequest, environmentId: string | null): RecordAnswer {
    if (!isChangeRequest(change)) throw new TypeError('This version of the ledger does not know the change.')
    const now = RevocationLedger.clock()
    const answer = this.ctx.storage.transactionSync(() => {
      this.#apply(change, now)
      const entry = this.#entries('subject = ?', subjectOf(change))[0]
      return {
        committedAt: change.kind === 'revoke' ? (entry?.revoked_at ?? now) : now,
        revoked: entry !== undefined && entry.revoked_at !== null,
        ...this.#environmentAnswer(environmentId, now),
        revision: entry?.revision ?? 0,
      }
    })
    if (change.kind === 'revoke' || change.kind === 'environment-revoke') this.ctx.waitUntil(this.#projectSoon())
    return answer
  }

  /** What D1 has to know, from after `after` on: only what is old enough for its own request to have written it. */
  entriesAfter(after: { epoch: string; seq: number } | null, limit: number): LedgerPage {
    const { epoch, seq: head } = this.#headFor(after)
    const from = after?.epoch === epoch ? after.seq : 0
    this.#noteWritten(from)
    const found = this.#pageAfter(from, limit)
    const youngest = RevocationLedger.clock() - PROJECT_AFTER_MS
    const tooNew = found.findIndex(({ at }) => at > youngest)
    const entries = found.filter(({ at }) => at <= youngest).map(toEntry)
    // The page ends before the first entry that is left out, even if a clock that went backwards dated later ones earlier.
    const passed = tooNew < 0 ? found : found.slice(0, tooNew)
    return { epoch, seq: passed.at(-1)?.seq ?? from, head, entries }
  }

  /** Writes into D1 and KV what a request could not; tries again until it can. */
  override async alarm(): Promise<void> {
    try {
      const db = openDatabase(this.env.DB)
      const isCaughtUp = await projectLedger(db, async (after, limit) => this.entriesAfter(after, limit))
      await this.#fileUnknownSecrets(db)
      const { failed } = await sweepTombstones({
        db,
        revocations: this.env.REVOCATIONS,
        clock: Date.now,
        deadline: withDeadline,
      })
      if (isCaughtUp && failed === 0) return
    } catch (error) {
      console.warn('the ledger could not be written into D1 yet', error)
    }
    await this.ctx.storage.setAlarm(Date.now() + PROJECT_AGAIN_MS)
  }

  async #projectSoon(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + PROJECT_AFTER_MS + 1)
  }

  #head(): { epoch: string; seq: number } {
    return this.#sql.exec<{ epoch: string; seq: number }>('SELECT epoch, seq FROM ledger').one()
  }

  /**
   * The epoch and the last number of the order, for a caller that has heard this far. One of this epoch that is ahead has
   * heard of changes that are lost here, so it begins a new epoch, in which everyone starts over.
   */
  #headFor(heard: SyncQuestion['since']): { epoch: string; seq: number } {
    const head = this.#head()
    if (heard?.epoch !== head.epoch || heard.seq <= head.seq) return head
    console.error('the ledger has lost changes that were made: it begins a new epoch')
    const epoch = crypto.randomUUID()
    this.#sql.exec('UPDATE ledger SET epoch = ?, written_seq = 0', epoch)
    return { epoch, seq: head.seq }
  }

  #pageAfter(from: number, limit: number): Row[] {
    const rows: Row[] = []
    let bytes = 0
    for (const row of this.#sql.exec<Row>('SELECT * FROM entries WHERE seq > ? ORDER BY seq LIMIT ?', from, limit)) {
      bytes += row.projection?.length ?? 0
      if (rows.length > 0 && bytes > PAGE_BYTES) break
      rows.push(row)
    }
    return rows
  }

  /** Remembers how far D1 has been written: what it has need not be kept for it. A restored D1 is less far. */
  #noteWritten(seq: number): void {
    this.#sql.exec('UPDATE ledger SET written_seq = ?1 WHERE written_seq <> ?1', seq)
  }

  #nextSeq(): number {
    return this.#sql.exec<{ seq: number }>('UPDATE ledger SET seq = seq + 1 RETURNING seq').one().seq
  }

  #entries(condition: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.#sql.exec<Row>(`SELECT * FROM entries WHERE ${condition}`, ...bindings).toArray()
  }

  /** The entries behind the subjects, each under the subject it was asked by, and the tokens among them that were ended. */
  #standings(ask: readonly string[]): Standing[] {
    return [...this.#entryStandings(ask), ...this.#tokenStandings(ask)]
  }

  #tokenStandings(ask: readonly string[]): Standing[] {
    const jtis = ask.filter((subject) => subject.startsWith(TOKEN)).map((subject) => subject.slice(TOKEN.length))
    if (jtis.length === 0) return []
    const rows = this.#sql.exec<TokenRow>(
      'SELECT jti, key_id, seq, ended_at FROM ended_tokens WHERE jti IN (SELECT value FROM json_each(?))',
      JSON.stringify(jtis),
    )
    return rows.toArray().map(toTokenStanding)
  }

  #entryStandings(ask: readonly string[]): Standing[] {
    const rows = this.#sql.exec<Row & { asked: string }>(
      `SELECT asked.value AS asked, entries.*
       FROM json_each(?) AS asked LEFT JOIN secrets ON secrets.subject = asked.value
       JOIN entries ON entries.subject = coalesce(secrets.entry, asked.value)`,
      JSON.stringify(ask),
    )
    return rows.toArray().map(({ asked, ...row }) => ({ ...toStanding(row), subject: asked }))
  }

  /** What the answer to a change says of the environment it belongs to. */
  #environmentAnswer(environmentId: string | null, now: number): Pick<RecordAnswer, 'widerUntil' | 'revokedBelow'> {
    const rows = this.#sql.exec<{ widerUntil: number; revokedBelow: number }>(
      `SELECT max(wider_until, coalesce(bound_ms + ?, 0)) AS widerUntil, coalesce(revoked_below, 0) AS revokedBelow
       FROM entries WHERE subject = ?`,
      now,
      environmentSubjectOf(environmentId ?? ''),
    )
    return rows.toArray()[0] ?? { widerUntil: 0, revokedBelow: 0 }
  }

  #apply(change: ChangeRequest, now: number): void {
    const subject = subjectOf(change)
    switch (change.kind) {
      case 'edit': {
        this.#fileSecrets(change.secrets, subject)
        const { keyId, disabled } = change
        this.#raise(subject, { keyId, disabled, revision: this.#freeRevision(subject, change.revision) }, now)
        return
      }
      case 'disabled':
        this.#raise(subject, { ...change, disabled: true }, now)
        return
      case 'revoke':
        this.#fileSecrets(change.secrets, subject)
        this.#raise(subject, { keyId: change.keyId }, now)
        this.#sql.exec(
          `UPDATE entries SET revoked_at = ?1, projection = json_array(json(?2)),
             has_unknown_secrets = NOT EXISTS (SELECT 1 FROM secrets WHERE entry = ?3)
           WHERE subject = ?3 AND revoked_at IS NULL`,
          now,
          change.projection,
          subject,
        )
        // Again, with the secrets that D1 could not name the first time.
        if (change.secrets.length > 0) this.#forgetUnknownSecrets([subject])
        return
      case 'environment-edit':
        this.#raise(subject, { revision: this.#freeRevision(subject, change.revision) }, now)
        this.#sql.exec(
          'UPDATE entries SET wider_until = max(wider_until, ?), bound_ms = ? WHERE subject = ?',
          now + change.widerBoundMs,
          change.boundMs,
          subject,
        )
        return
      case 'environment-revoke':
        this.#revokeEnvironment(change, now)
        return
      case 'end-token':
        this.#endToken(change, now)
        return
      case 'end-tokens': {
        this.#fileSecrets(change.secrets, subject)
        const revision = this.#freeRevision(subject, change.revision)
        this.#raise(subject, { keyId: change.keyId, revision }, now)
        this.#sql.exec(
          'UPDATE entries SET revoked_below = ? WHERE subject = ? AND revoked_at IS NULL',
          revision,
          subject,
        )
        return
      }
    }
  }

  #revokeEnvironment(change: Extract<ChangeRequest, { kind: 'environment-revoke' }>, now: number): void {
    const subject = subjectOf(change)
    const kept = this.#projectionsToKeep(subject)
    const issuedBefore = countedMoment(change.issuedBefore, now)
    const revision = issuedBefore === null ? this.#freeRevision(subject, change.revision) : 0
    this.#raise(subject, { revision }, now)
    const projection = {
      ...JSON.parse(change.projection),
      issuedBefore,
      revokedBelow: issuedBefore === null ? revision : null,
      committedAt: now,
    }
    this.#sql.exec(
      `UPDATE entries SET issued_before = nullif(max(coalesce(issued_before, -1), ?), -1),
         revoked_below = nullif(max(coalesce(revoked_below, 0), ?), 0), projection = ? WHERE subject = ?`,
      issuedBefore ?? -1,
      revision,
      JSON.stringify([...kept, projection]),
      subject,
    )
  }

  /** The revocations of the environment that D1 may not have yet, the latest of them; none once it has been written. */
  #projectionsToKeep(subject: Subject): unknown[] {
    const [waiting] = this.#entries('subject = ? AND seq > (SELECT written_seq FROM ledger)', subject)
    return JSON.parse(waiting?.projection ?? '[]').slice(1 - MAX_PROJECTIONS)
  }

  #endToken({ keyId, secrets, jti, expiresAt }: Extract<ChangeRequest, { kind: 'end-token' }>, now: number): void {
    if (this.#sql.exec('SELECT 1 FROM ended_tokens WHERE jti = ?', jti).toArray().length > 0) return
    const subject = keySubjectOf(keyId)
    this.#sql.exec(
      'DELETE FROM ended_tokens WHERE jti IN (SELECT jti FROM ended_tokens WHERE expires_at < ? LIMIT ?)',
      now - TOKEN_LEEWAY_MS,
      TOKENS_DROPPED_AT_ONCE,
    )
    this.#fileSecrets(secrets, subject)
    this.#raise(subject, { keyId }, now)
    this.#sql.exec(
      'UPDATE entries SET tokens_ended_until = max(coalesce(tokens_ended_until, 0), ?) WHERE subject = ?',
      expiresAt + TOKEN_LEEWAY_MS,
      subject,
    )
    const { seq } = this.#head()
    this.#sql.exec(
      'INSERT INTO ended_tokens (jti, key_id, seq, ended_at, expires_at) VALUES (?, ?, ?, ?, ?)',
      jti,
      keyId,
      seq,
      now,
      expiresAt,
    )
  }

  /** The revision that an edit gets: the one it asks for, or a higher one if this is taken. */
  #freeRevision(subject: string, asked: number): number {
    return Math.max(asked, this.#revisionOf(subject) + 1)
  }

  #revisionOf(subject: string): number {
    return this.#entries('subject = ?', subject)[0]?.revision ?? 0
  }

  /** Remembers which key the secrets belong to, for those who ask by a secret. */
  #fileSecrets(secrets: readonly Subject[], entry: string): void {
    if (secrets.length === 0) return
    this.#sql.exec(
      'INSERT OR IGNORE INTO secrets (subject, entry) SELECT value, ? FROM json_each(?)',
      entry,
      JSON.stringify(secrets),
    )
  }

  /** Files the secrets of keys that were revoked while D1 could not say which they have, so that nobody need be told of them. */
  async #fileUnknownSecrets(db: Database): Promise<void> {
    const unknown = this.#entries(`${FOR_EVERYONE} ORDER BY seq LIMIT ?`, KEYS_AT_ONCE)
    const keyIds = unknown.flatMap(({ key_id }) => key_id ?? [])
    if (keyIds.length === 0) return
    const found = await findSecretsOfKeys(db, keyIds)
    this.ctx.storage.transactionSync(() => {
      for (const { keyId, prefixes } of found) this.#fileSecrets(prefixes.map(secretSubjectOf), keySubjectOf(keyId))
      this.#forgetUnknownSecrets(found.map(({ keyId }) => keySubjectOf(keyId)))
    })
  }

  #forgetUnknownSecrets(subjects: Subject[]): void {
    this.#sql.exec(
      'UPDATE entries SET has_unknown_secrets = 0 WHERE has_unknown_secrets = 1 AND subject IN (SELECT value FROM json_each(?))',
      JSON.stringify(subjects),
    )
  }

  #addMissingColumns(): void {
    for (const { table, column } of ADDED_COLUMNS) {
      const { sql } = this.#sql.exec<{ sql: string }>('SELECT sql FROM sqlite_master WHERE name = ?', table).one()
      if (!sql.includes(column)) this.#sql.exec(`ALTER TABLE ${table} ADD COLUMN ${column}`)
    }
  }

  /** Makes the entry, or moves it to the end of the order; a revision only grows, and a revoked entry stays as it is. */
  #raise(
    subject: string,
    { revision = 0, keyId = null, disabled = false }: { revision?: number; keyId?: string | null; disabled?: boolean },
    now: number,
  ): void {
    // No number for what changes nothing: the order would go on past its last entry, and D1 would never be up to date.
    if (this.#entries('subject = ? AND revoked_at IS NOT NULL', subject).length > 0) return
    this.#sql.exec(
      `INSERT INTO entries (subject, seq, at, revision, key_id, disabled, wider_until, has_unknown_secrets)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0)
       ON CONFLICT (subject) DO UPDATE SET seq = ?2, at = ?3, revision = max(revision, ?4),
         disabled = iif(?4 >= revision, ?6, disabled)`,
      subject,
      this.#nextSeq(),
      now,
      revision,
      keyId,
      disabled ? 1 : 0,
    )
  }
}

const subjectOf = (change: ChangeRequest): Subject =>
  'keyId' in change ? keySubjectOf(change.keyId) : environmentSubjectOf(change.environmentId)

type Row = {
  subject: string
  seq: number
  at: number
  revision: number
  revoked_at: number | null
  key_id: string | null
  issued_before: number | null
  revoked_below: number | null
  tokens_ended_until: number | null
  disabled: number
  projection: string | null
  has_unknown_secrets: number
}

const toStanding = ({
  subject,
  seq,
  revision,
  revoked_at,
  key_id,
  issued_before,
  revoked_below,
  tokens_ended_until,
  has_unknown_secrets,
}: Row): Standing => ({
  subject,
  seq,
  revision,
  revokedAt: revoked_at,
  keyId: key_id,
  issuedBefore: issued_before,
  revokedBelow: revoked_below,
  tokensEndedUntil: tokens_ended_until,
  hasUnknownSecrets: has_unknown_secrets === 1,
})

type TokenRow = { jti: string; key_id: string; seq: number; ended_at: number }

/** `keyId` is the credential's, which lives on: what is revoked is the subject. */
const toTokenStanding = ({ jti, key_id, seq, ended_at }: TokenRow): Standing => ({
  subject: tokenSubjectOf(jti),
  seq,
  revision: 0,
  revokedAt: ended_at,
  keyId: key_id,
  issuedBefore: null,
  revokedBelow: null,
  tokensEndedUntil: null,
  hasUnknownSecrets: false,
})

const toEntry = (row: Row): LedgerEntry => ({
  ...toStanding(row),
  disabled: row.disabled === 1,
  projection: row.projection,
})

const SCHEMA = `
CREATE TABLE IF NOT EXISTS ledger (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  -- A new one means that the ledger lost its memory.
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL,
  -- How far D1 has been written, as it last said.
  written_seq INTEGER NOT NULL DEFAULT 0
) STRICT;
-- One row for each key and each environment that was ever revoked or changed.
CREATE TABLE IF NOT EXISTS entries (
  subject TEXT NOT NULL PRIMARY KEY,
  -- Where the latest change of the subject stands in the order of all changes.
  seq INTEGER NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  revoked_at INTEGER,
  key_id TEXT,
  issued_before INTEGER,
  disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
  wider_until INTEGER NOT NULL,
  bound_ms INTEGER,
  projection TEXT,
  revoked_below INTEGER,
  tokens_ended_until INTEGER,
  -- Of a key that was revoked while D1 could not say which secrets it has: every isolate is told of it.
  has_unknown_secrets INTEGER NOT NULL CHECK (has_unknown_secrets IN (0, 1))
) STRICT;
CREATE INDEX IF NOT EXISTS entries_with_unknown_secrets ON entries (seq) WHERE has_unknown_secrets = 1;
DROP INDEX IF EXISTS entries_of_revoked_environments;
-- Which entry a secret is filed under: written once, when a change first names the secret.
CREATE TABLE IF NOT EXISTS secrets (
  subject TEXT NOT NULL PRIMARY KEY,
  entry TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS secrets_by_entry ON secrets (entry);
-- Access tokens that were ended on their own, for as long as anybody's clock may take them for live.
CREATE TABLE IF NOT EXISTS ended_tokens (
  jti TEXT NOT NULL PRIMARY KEY,
  key_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ended_tokens_by_end ON ended_tokens (expires_at);
`

/** Columns that a ledger made by an earlier version does not have. */
const ADDED_COLUMNS = [
  { table: 'ledger', column: 'written_seq INTEGER NOT NULL DEFAULT 0' },
  { table: 'entries', column: 'revoked_below INTEGER' },
  { table: 'entries', column: 'tokens_ended_until INTEGER' },
]

const TOKEN = 'token:'
