// The ledger: one Durable Object, the single current copy of which keys and environments were revoked or changed, in
// order. Every method reads or writes storage, so that an instance that was replaced cannot go on answering. Expected
// outcomes are plain answers; a method that throws has, to its caller, not answered.
import { DurableObject } from 'cloudflare:workers'
import {
  type ChangeRequest,
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
} from '../core/ledger-messages.ts'
import { openDatabase } from '../store/database.ts'
import { withDeadline } from '../store/deadline.ts'
import { projectLedger } from './projection.ts'
import { sweepTombstones } from './tombstone-writer.ts'

/** An isolate that missed more changes than this forgets what it remembers instead of being told each of them. */
const MAX_CHANGES = 1000
/** Time for the request that made a change to write it into D1 itself. */
const PROJECT_AFTER_MS = 5000
/** By then a tombstone that failed is due again. */
const PROJECT_AGAIN_MS = 65_000

/** Revocations that an isolate must know before it asks about the key or the environment. */
const FOR_EVERYONE = 'has_unknown_secrets = 1 OR issued_before IS NOT NULL'

export class RevocationLedger extends DurableObject<Env> {
  /** The clock that dates changes; tests set it. */
  static clock: () => number = Date.now

  readonly #sql: SqlStorage

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    this.#sql.exec(SCHEMA)
    this.#sql.exec('INSERT OR IGNORE INTO ledger (id, epoch, seq) VALUES (1, ?, 0)', crypto.randomUUID())
  }

  /** What changed since the caller last asked, and where each subject it asks about stands. */
  sync({ since, ask }: SyncQuestion): SyncAnswer {
    const { epoch, seq } = this.#head()
    const standings = this.#standings(ask)
    // A caller of this epoch that is ahead has heard of changes that are lost here: it has to start over.
    if (since?.epoch === epoch && since.seq <= seq) {
      const changes = this.#entries('seq > ? ORDER BY seq LIMIT ?', since.seq, MAX_CHANGES + 1).map(toStanding)
      if (changes.length <= MAX_CHANGES) return { epoch, seq, reset: false, changes, standings }
    }
    return { epoch, seq, reset: true, changes: this.#entries(FOR_EVERYONE).map(toStanding), standings }
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
        widerUntil: this.#widerUntil(environmentId, now),
        revision: entry?.revision ?? 0,
      }
    })
    if (change.kind === 'revoke' || change.kind === 'environment-revoke') this.ctx.waitUntil(this.#projectSoon())
    return answer
  }

  /** What D1 has to know, from after `after` on: only what is old enough for its own request to have written it. */
  entriesAfter(after: { epoch: string; seq: number } | null, limit: number): LedgerPage {
    const { epoch, seq: head } = this.#head()
    const from = after?.epoch === epoch ? after.seq : 0
    const found = this.#entries('seq > ? ORDER BY seq LIMIT ?', from, limit)
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

  #nextSeq(): number {
    return this.#sql.exec<{ seq: number }>('UPDATE ledger SET seq = seq + 1 RETURNING seq').one().seq
  }

  #entries(condition: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.#sql.exec<Row>(`SELECT * FROM entries WHERE ${condition}`, ...bindings).toArray()
  }

  /** The entries behind the subjects, each under the subject it was asked by. */
  #standings(ask: readonly string[]): Standing[] {
    const rows = this.#sql.exec<Row & { asked: string }>(
      `SELECT asked.value AS asked, entries.*
       FROM json_each(?) AS asked LEFT JOIN secrets ON secrets.subject = asked.value
       JOIN entries ON entries.subject = coalesce(secrets.entry, asked.value)`,
      JSON.stringify(ask),
    )
    return rows.toArray().map(({ asked, ...row }) => ({ ...toStanding(row), subject: asked }))
  }

  #widerUntil(environmentId: string | null, now: number): number {
    if (environmentId === null) return 0
    const rows = this.#sql.exec<{ at: number }>(
      'SELECT max(wider_until, coalesce(bound_ms + ?, 0)) AS at FROM entries WHERE subject = ?',
      now,
      environmentSubjectOf(environmentId),
    )
    return rows.toArray()[0]?.at ?? 0
  }

  #apply(change: ChangeRequest, now: number): void {
    const subject = subjectOf(change)
    switch (change.kind) {
      case 'edit': {
        this.#fileSecrets(change.secrets, subject)
        const { keyId, disabled } = change
        this.#raise(
          subject,
          { keyId, disabled, revision: Math.max(change.revision, this.#revisionOf(subject) + 1) },
          now,
        )
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
        return
      case 'environment-edit':
        this.#raise(subject, { revision: Math.max(change.revision, this.#revisionOf(subject) + 1) }, now)
        this.#sql.exec(
          'UPDATE entries SET wider_until = max(wider_until, ?), bound_ms = ? WHERE subject = ?',
          now + change.widerBoundMs,
          change.boundMs,
          subject,
        )
        return
      case 'environment-revoke':
        this.#raise(subject, {}, now)
        this.#sql.exec(
          `UPDATE entries SET issued_before = max(coalesce(issued_before, 0), ?),
             projection = json_insert(coalesce(projection, '[]'), '$[#]', json(?)) WHERE subject = ?`,
          change.issuedBefore,
          change.projection,
          subject,
        )
        return
    }
  }

  #revisionOf(subject: string): number {
    return this.#entries('subject = ?', subject)[0]?.revision ?? 0
  }

  /** Remembers which key the secrets belong to, for those who ask by a secret. */
  #fileSecrets(secrets: readonly Subject[], entry: string): void {
    if (secrets.length === 0) return
    this.#sql.exec('UPDATE entries SET has_unknown_secrets = 0 WHERE subject = ? AND has_unknown_secrets = 1', entry)
    this.#sql.exec(
      'INSERT OR IGNORE INTO secrets (subject, entry) SELECT value, ? FROM json_each(?)',
      entry,
      JSON.stringify(secrets),
    )
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
  has_unknown_secrets,
}: Row): Standing => ({
  subject,
  seq,
  revision,
  revokedAt: revoked_at,
  keyId: key_id,
  issuedBefore: issued_before,
  hasUnknownSecrets: has_unknown_secrets === 1,
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
  seq INTEGER NOT NULL
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
  -- Of a key that was revoked while D1 could not say which secrets it has: every isolate is told of it.
  has_unknown_secrets INTEGER NOT NULL CHECK (has_unknown_secrets IN (0, 1))
) STRICT;
CREATE INDEX IF NOT EXISTS entries_with_unknown_secrets ON entries (seq) WHERE has_unknown_secrets = 1;
CREATE INDEX IF NOT EXISTS entries_of_revoked_environments ON entries (seq) WHERE issued_before IS NOT NULL;
-- Which entry a secret is filed under: written once, when a change first names the secret.
CREATE TABLE IF NOT EXISTS secrets (
  subject TEXT NOT NULL PRIMARY KEY,
  entry TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS secrets_by_entry ON secrets (entry);
`
