// The ledger: one Durable Object for each shard of prefixes, the single current copy of what was revoked or changed,
// in order. Every method reads or writes storage, so that a replaced instance cannot go on answering. Expected
// outcomes are plain answers; what is thrown is a fault, and to the caller the same as no answer.
import { DurableObject } from 'cloudflare:workers'
import {
  type ChangeRequest,
  environmentSubject,
  filedSubject,
  type LedgerEntry,
  type LedgerPage,
  type RecordAnswer,
  type Standing,
  type SyncAnswer,
  type SyncQuestion,
} from '../core/ledger-messages.ts'
import type { Clock } from '../core/ports.ts'
import { openDatabase } from '../store/database.ts'
import { withDeadline } from '../store/deadline.ts'
import { projectLedger } from './projection.ts'
import { sweepTombstones } from './tombstone-writer.ts'

/** More changes than this are not told one by one: the isolate forgets what it knows. */
const MAX_CHANGES = 1000
/** Time for the request that made a change to write it into D1 itself. */
const PROJECT_AFTER_MS = 5000
/** By then a tombstone that failed is due again. */
const PROJECT_AGAIN_MS = 65_000

export class RevocationLedger extends DurableObject<Env> {
  /** The clock that dates changes; tests set it. */
  static clock: Clock = Date.now

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
    const standings = this.#standings('subject IN (SELECT value FROM json_each(?))', JSON.stringify(ask))
    if (since?.epoch === epoch && since.seq <= seq) {
      const changes = this.#standings('seq > ? ORDER BY seq LIMIT ?', since.seq, MAX_CHANGES + 1)
      if (changes.length <= MAX_CHANGES) return { epoch, seq, reset: false, changes, standings }
    }
    return { epoch, seq, reset: true, changes: this.#standings(NOT_BY_PREFIX), standings }
  }

  /** Records the changes, all or none. What was revoked before keeps its moment, and is never taken back. */
  record(changes: ChangeRequest[], environment: string | null): RecordAnswer {
    const now = RevocationLedger.clock()
    const answer = this.ctx.storage.transactionSync(() => {
      for (const change of changes) this.#apply(change, now)
      return this.#answer(changes, environment, now)
    })
    if (changes.some(({ kind }) => kind === 'revoke' || kind === 'environment-revoke'))
      this.ctx.waitUntil(this.#projectSoon())
    return answer
  }

  /** What D1 has to know, from after `after` on: only what is old enough for its own request to have written it. */
  entriesAfter(after: { epoch: string; seq: number } | null, limit: number): LedgerPage {
    const { epoch, seq: head } = this.#head()
    const from = after?.epoch === epoch ? after.seq : 0
    const found = this.#sql.exec<Row>('SELECT * FROM entries WHERE seq > ? ORDER BY seq LIMIT ?', from, limit).toArray()
    const youngest = RevocationLedger.clock() - PROJECT_AFTER_MS
    const tooNew = found.findIndex(({ at }) => at > youngest)
    const entries = found.filter(({ at }) => at <= youngest).map(toEntry)
    // What is left out is not passed over, though a clock that went backwards dated what came after it earlier.
    const passed = tooNew < 0 ? found : found.slice(0, tooNew)
    return { epoch, seq: passed.at(-1)?.seq ?? from, head, entries }
  }

  /** Writes into D1 and KV what a request could not; tries again until it can. */
  override async alarm(): Promise<void> {
    try {
      const db = openDatabase(this.env.DB)
      const name = this.ctx.id.name ?? this.ctx.id.toString()
      const done = await projectLedger(db, name, async (after, limit) => this.entriesAfter(after, limit))
      const { failed } = await sweepTombstones({
        db,
        revocations: this.env.REVOCATIONS,
        clock: Date.now,
        deadline: withDeadline,
      })
      if (done && failed === 0) return
    } catch (error) {
      console.warn('the ledger could not be written into D1 yet', error)
    }
    await this.ctx.storage.setAlarm(Date.now() + PROJECT_AGAIN_MS)
  }

  #head(): { epoch: string; seq: number } {
    return this.#sql.exec<{ epoch: string; seq: number }>('SELECT epoch, seq FROM ledger').one()
  }

  #nextSeq(): number {
    return this.#sql.exec<{ seq: number }>('UPDATE ledger SET seq = seq + 1 RETURNING seq').one().seq
  }

  #standings(condition: string, ...bindings: SqlStorageValue[]): Standing[] {
    return this.#sql
      .exec<Row>(`SELECT * FROM entries WHERE ${condition}`, ...bindings)
      .toArray()
      .map(toStanding)
  }

  #answer(changes: ChangeRequest[], environment: string | null, now: number): RecordAnswer {
    const keyIds = changes.flatMap((change) => ('keyId' in change ? [change.keyId] : []))
    const revoked = this.#standings(
      'key_id IN (SELECT value FROM json_each(?)) AND revoked_at IS NOT NULL',
      JSON.stringify(keyIds),
    )
    const revoking = changes.some(({ kind }) => kind === 'revoke')
    return {
      committedAt: revoking ? Math.min(now, ...revoked.map(({ revokedAt }) => revokedAt ?? now)) : now,
      revoked: revoked.length > 0,
      widerUntil: this.#widerUntil(environment, now),
      revision: this.#revisionOf(changes.flatMap((change) => this.#editedBy(change))),
    }
  }

  /** The highest revision demanded of any of the subjects. */
  #revisionOf(subjects: string[]): number {
    const standings = this.#standings('subject IN (SELECT value FROM json_each(?))', JSON.stringify(subjects))
    return Math.max(0, ...standings.map(({ revision }) => revision))
  }

  #widerUntil(environment: string | null, now: number): number {
    if (environment === null) return 0
    const rows = this.#sql.exec<{ at: number }>(
      'SELECT max(wider_until, coalesce(bound_ms + ?, 0)) AS at FROM entries WHERE subject = ?',
      now,
      environmentSubject(environment),
    )
    return rows.toArray()[0]?.at ?? 0
  }

  async #projectSoon(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + PROJECT_AFTER_MS + 1)
  }

  /** The secrets known to belong to a key that are not revoked. */
  #filedUnder(keyId: string): string[] {
    return this.#standings('key_id = ? AND revoked_at IS NULL', keyId).map(({ subject }) => subject)
  }

  /** What an edit touches: what it names, and what else is filed under its key. */
  #editedBy(change: ChangeRequest): string[] {
    if (change.kind === 'edit') return [...new Set([...change.subjects, ...this.#filedUnder(change.keyId)])]
    return change.kind === 'environment-edit' ? [change.subject] : []
  }

  #apply(change: ChangeRequest, now: number): void {
    switch (change.kind) {
      case 'edit': {
        const subjects = this.#editedBy(change)
        const highest = this.#revisionOf(subjects)
        const revision = Math.max(change.revision, change.isGiven ? highest : highest + 1)
        for (const subject of subjects) this.#raise(subject, { ...change, revision }, now)
        return
      }
      case 'revoke':
        for (const subject of change.subjects) this.#raise(subject, { keyId: change.keyId }, now)
        if (change.subjects.length === 0) this.#raise(filedSubject(change.keyId), { keyId: change.keyId }, now)
        for (const subject of this.#filedUnder(change.keyId)) {
          this.#sql.exec(
            'UPDATE entries SET revoked_at = ?, projection = json_array(json(?)), seq = ?, at = ? WHERE subject = ?',
            now,
            change.projection,
            this.#nextSeq(),
            now,
            subject,
          )
        }
        return
      case 'environment-edit':
        this.#raise(
          change.subject,
          { revision: Math.max(change.revision, this.#revisionOf([change.subject]) + 1) },
          now,
        )
        this.#sql.exec(
          'UPDATE entries SET wider_until = max(wider_until, ?), bound_ms = ? WHERE subject = ?',
          now + change.widerBoundMs,
          change.boundMs,
          change.subject,
        )
        return
      case 'environment-revoke':
        this.#raise(change.subject, {}, now)
        this.#sql.exec(
          `UPDATE entries SET issued_before = max(coalesce(issued_before, 0), ?),
             projection = json_insert(coalesce(projection, '[]'), '$[#]', json(?)) WHERE subject = ?`,
          change.issuedBefore,
          change.projection,
          change.subject,
        )
        return
    }
  }

  /** Files the subject, or moves it to the end of the order; a revision only grows. */
  #raise(
    subject: string,
    { revision = 0, keyId = null, disabled = false }: { revision?: number; keyId?: string | null; disabled?: boolean },
    now: number,
  ): void {
    this.#sql.exec(
      `INSERT INTO entries (subject, seq, at, revision, key_id, disabled, wider_until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)
       ON CONFLICT (subject) DO UPDATE SET seq = ?2, at = ?3, revision = max(revision, ?4),
         key_id = coalesce(key_id, ?5), disabled = iif(?4 >= revision, ?6, disabled)
       WHERE revoked_at IS NULL`,
      subject,
      this.#nextSeq(),
      now,
      revision,
      keyId,
      disabled ? 1 : 0,
    )
  }
}

type Row = {
  subject: string
  seq: number
  at: number
  revision: number
  revoked_at: number | null
  key_id: string | null
  issued_before: number | null
  disabled: number
  wider_until: number
  projection: string | null
}

const toStanding = ({ subject, seq, revision, revoked_at, key_id, issued_before }: Row): Standing => ({
  subject,
  seq,
  revision,
  revokedAt: revoked_at,
  keyId: key_id,
  issuedBefore: issued_before,
})

const toEntry = (row: Row): LedgerEntry => ({
  ...toStanding(row),
  disabled: row.disabled === 1,
  projection: row.projection,
})

/** What no isolate would ask about by prefix, and every isolate has to know. */
const NOT_BY_PREFIX = "subject >= 'environment:' AND subject < 'environment;' OR subject >= 'id:' AND subject < 'id;'"

const SCHEMA = `
CREATE TABLE IF NOT EXISTS ledger (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  -- A new one means that the ledger lost its memory.
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL
) STRICT;
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
  projection TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS entries_by_key ON entries (key_id) WHERE key_id IS NOT NULL;
`
