// The audit log. Events are written in the transaction of the change they describe, and triggers keep them unchanged.
import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm'
import type { AuditEvent } from '../core/audit.ts'
import { idPatternOf } from '../core/ids.ts'
import { buildInsertIf, type Database, query } from './database.ts'
import { cutPage, decodeCursor, MOMENT_SHAPE, type Page, type PageRequest } from './page.ts'
import { auditEvents } from './schema.ts'

/** The statement that records the event if `guard` holds. Put it before the change, which makes the guard false. */
export function buildEventInsert({ actor, ...event }: AuditEvent, guard: SQL = sql`TRUE`) {
  const row = { ...event, actorType: actor.type, actorId: actor.id, actorName: actor.name }
  return buildInsertIf(auditEvents, row, guard)
}

export type AuditFilter = {
  from?: number | undefined
  to?: number | undefined
  actor?: string | undefined
  projectId?: string | undefined
  environmentId?: string | undefined
  keyId?: string | undefined
  action?: AuditEvent['action'] | undefined
}

/** The events that match, newest first. `from` is inclusive, `to` exclusive. */
export async function findEvents(db: Database, filter: AuditFilter, page: PageRequest): Promise<Page<AuditEvent>> {
  const position = decodeCursor(page, MOMENT_SHAPE, idPatternOf('event'))
  const rows = await query(
    db
      .select()
      .from(auditEvents)
      .where(
        and(
          position ? sql`(${auditEvents.at}, ${auditEvents.id}) < (${Number(position[0])}, ${position[1]})` : undefined,
          filter.from === undefined ? undefined : gte(auditEvents.at, filter.from),
          filter.to === undefined ? undefined : lt(auditEvents.at, filter.to),
          filter.actor === undefined ? undefined : eq(auditEvents.actorId, filter.actor),
          filter.projectId === undefined ? undefined : eq(auditEvents.projectId, filter.projectId),
          filter.environmentId === undefined ? undefined : eq(auditEvents.environmentId, filter.environmentId),
          filter.keyId === undefined ? undefined : eq(auditEvents.keyId, filter.keyId),
          filter.action === undefined ? undefined : eq(auditEvents.action, filter.action),
        ),
      )
      .orderBy(desc(auditEvents.at), desc(auditEvents.id))
      .limit(page.limit + 1),
  )
  return cutPage(rows.map(toEvent), page, ({ at, id }) => [String(at), id])
}

function toEvent({ actorType, actorId, actorName, ...row }: typeof auditEvents.$inferSelect): AuditEvent {
  return { ...row, actor: { type: actorType, id: actorId, name: actorName } }
}
