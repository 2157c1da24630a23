// The stored responses of requests that had an Idempotency-Key. What they say is sealed; nothing here can open it.
import { eq, lte, type SQL, sql } from 'drizzle-orm'
import type { AuditEvent } from '../core/audit.ts'
import { buildInsertIf, type Database, query } from './database.ts'
import { idempotentResponses } from './schema.ts'

export type IdempotentResponse = { id: string; sealed: string; expiresAt: number }

/** What is written in the transaction of a change. `response` is null for a request without an Idempotency-Key. */
export type EventAndResponse = { event: AuditEvent; response: IdempotentResponse | null }

/**
 * The statement that stores the response if `guard` holds. Where one is stored under its id already, it fails and takes the
 * whole transaction with it: what the request asks for has been made.
 */
export const buildResponseInsert = (response: IdempotentResponse | null, guard: SQL = sql`TRUE`): SQL =>
  response === null ? sql`SELECT 1` : buildInsertIf(idempotentResponses, response, guard)

/** Whether the response was stored: false when there is one under its id. */
export async function insertResponse(db: Database, response: IdempotentResponse): Promise<boolean> {
  const { meta } = await query(db.insert(idempotentResponses).values(response).onConflictDoNothing().run())
  return meta.changes > 0
}

export async function findResponse(db: Database, id: string): Promise<IdempotentResponse | null> {
  const [row] = await query(db.select().from(idempotentResponses).where(eq(idempotentResponses.id, id)))
  return row ?? null
}

/** Deletes the response if it has expired at `now`. */
export async function deleteExpiredResponse(db: Database, id: string, now: number): Promise<void> {
  const isExpired = sql`${idempotentResponses.id} = ${id} AND ${idempotentResponses.expiresAt} <= ${now}`
  await query(db.delete(idempotentResponses).where(isExpired).run())
}

/** Deletes what has expired at `now`, the oldest first and at most `limit`. */
export async function deleteExpiredResponses(db: Database, now: number, limit: number): Promise<void> {
  const { id, expiresAt } = idempotentResponses
  const expired = db.select({ id }).from(idempotentResponses).where(lte(expiresAt, now)).orderBy(expiresAt).limit(limit)
  await query(db.delete(idempotentResponses).where(sql`${id} IN ${expired}`).run())
}
