// Rerank controls, one row for each context of an environment. Setting them raises the revision of the environment, so
// that isolates that remember them learn that they are out of date.
import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm'
import type { AuditEvent } from '../core/audit.ts'
import type { Environment } from '../core/environment.ts'
import { CONTEXT_ID_PATTERN, type ContextControls, type RerankControls } from '../core/rerank.ts'
import { buildEventInsert } from './audit-events.ts'
import { buildInsertIf, type Database, query, runBatch } from './database.ts'
import { unchangedEnvironment } from './environments.ts'
import { cutPage, decodeCursor, type Page, type PageRequest } from './page.ts'
import { environments, rerankControls } from './schema.ts'

/** The controls of a context and the environment's revision, read together; null if there is no such environment. */
export async function readRerankControls(
  db: Database,
  environmentId: string,
  contextId: string,
): Promise<{ environmentRevision: number; controls: RerankControls | null } | null> {
  const ofContext = and(eq(rerankControls.environmentId, environments.id), eq(rerankControls.contextId, contextId))
  const [row] = await query(
    db
      .select({ environmentRevision: environments.revision, controls: rerankControls.controls })
      .from(environments)
      .leftJoin(rerankControls, ofContext)
      .where(and(eq(environments.id, environmentId), isNull(environments.deletedAt))),
  )
  return row ?? null
}

/** The controls of an environment, in the order of their context ids. */
export async function listRerankControls(
  db: Database,
  environmentId: string,
  page: PageRequest,
): Promise<Page<ContextControls>> {
  const after = decodeCursor(page, LIST_NAME, CONTEXT_ID_PATTERN)?.[1]
  const rows = await query(
    db
      .select(COLUMNS)
      .from(rerankControls)
      .where(
        and(
          eq(rerankControls.environmentId, environmentId),
          after === undefined ? undefined : gt(rerankControls.contextId, after),
        ),
      )
      .orderBy(asc(rerankControls.contextId))
      .limit(page.limit + 1),
  )
  return cutPage(rows, page, ({ contextId }) => ['context', contextId])
}

/** Whether they were stored: false when the environment was changed or deleted since it was read. */
export async function putRerankControls(
  db: Database,
  environment: Environment,
  { contextId, controls, revision }: { contextId: string; controls: RerankControls; revision: number },
  event: AuditEvent,
): Promise<boolean> {
  const guard = unchangedEnvironment(environment)
  const row = { environmentId: environment.id, contextId, controls, updatedAt: event.at }
  const [, , updated] = await runBatch(db, [
    buildEventInsert(event, guard),
    sql`${buildInsertIf(rerankControls, row, guard)}
      ON CONFLICT (environment_id, context_id) DO UPDATE SET controls = excluded.controls, updated_at = excluded.updated_at`,
    // Last, because it changes the revision that the guards of the other statements check.
    db
      .update(environments)
      .set({ revision })
      .where(and(eq(environments.id, environment.id), guard)),
  ])
  return updated > 0
}

/** Cursors of this list start with its name: a context id may look like any id, so other lists' cursors would pass. */
const LIST_NAME = /^context$/

const COLUMNS = {
  contextId: rerankControls.contextId,
  controls: rerankControls.controls,
  updatedAt: rerankControls.updatedAt,
}
