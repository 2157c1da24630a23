// Sessions of the console, and which of their forms were sent. Of a session's token only a hash is stored.
import { and, eq, lt, or, sql } from 'drizzle-orm'
import { type Database, query } from './database.ts'
import { consoleSentForms, consoleSessions, managementKeys } from './schema.ts'

export type ConsoleSession = {
  hash: string
  createdAt: number
  lastSeenAt: number
  /** The management key that was used to sign in; null for the root key. */
  managementKey: { hash: string; prefix: string; revokedAt: number | null } | null
}

type NewSession = { hash: string; managementKeyId: string | null; at: number }

export async function insertSession(db: Database, { hash, managementKeyId, at }: NewSession): Promise<void> {
  await query(db.insert(consoleSessions).values({ hash, managementKeyId, createdAt: at, lastSeenAt: at }).run())
}

/** The session and whether its management key is revoked, in one statement; null when there is none. */
export async function findSession(db: Database, hash: string): Promise<ConsoleSession | null> {
  const [row] = await query(
    db
      .select({ session: consoleSessions, key: managementKeys })
      .from(consoleSessions)
      .leftJoin(managementKeys, eq(managementKeys.id, consoleSessions.managementKeyId))
      .where(eq(consoleSessions.hash, hash)),
  )
  if (!row) return null
  const { createdAt, lastSeenAt } = row.session
  const managementKey = row.key && { hash: row.key.hash, prefix: row.key.prefix, revokedAt: row.key.revokedAt }
  return { hash, createdAt, lastSeenAt, managementKey }
}

/** Records when the session was last used, unless a use at or after `unlessSince` is already recorded. */
export async function touchSession(db: Database, hash: string, at: number, unlessSince: number): Promise<void> {
  await query(
    db
      .update(consoleSessions)
      .set({ lastSeenAt: at })
      .where(and(eq(consoleSessions.hash, hash), lt(consoleSessions.lastSeenAt, unlessSince)))
      .run(),
  )
}

export async function deleteSession(db: Database, hash: string): Promise<void> {
  await query(db.delete(consoleSessions).where(eq(consoleSessions.hash, hash)).run())
}

/** Deletes the sessions that were last used before `seenBefore` or begun before `begunBefore`. */
export async function deleteEndedSessions(db: Database, seenBefore: number, begunBefore: number): Promise<void> {
  const ended = or(lt(consoleSessions.lastSeenAt, seenBefore), lt(consoleSessions.createdAt, begunBefore))
  await query(db.delete(consoleSessions).where(ended).run())
}

/** Whether the session sends this form for the first time. Of several requests at once, exactly one gets true. */
export async function claimForm(db: Database, sessionHash: string, formId: string): Promise<boolean> {
  const { meta } = await query(
    db.insert(consoleSentForms).values({ sessionHash, formId, outcome: null }).onConflictDoNothing().run(),
  )
  return meta.changes > 0
}

export async function noteOutcome(db: Database, sessionHash: string, formId: string, outcome: string): Promise<void> {
  await query(db.update(consoleSentForms).set({ outcome }).where(isForm(sessionHash, formId)).run())
}

/** The path of the page that shows what the form created; null while it is not known. */
export async function findOutcome(db: Database, sessionHash: string, formId: string): Promise<string | null> {
  const [row] = await query(
    db.select({ outcome: consoleSentForms.outcome }).from(consoleSentForms).where(isForm(sessionHash, formId)),
  )
  return row?.outcome ?? null
}

const isForm = (sessionHash: string, formId: string) =>
  sql`${consoleSentForms.sessionHash} = ${sessionHash} AND ${consoleSentForms.formId} = ${formId}`
