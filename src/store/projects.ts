// Projects. The row of a deleted project is kept for the audit log, but no function here returns it.
import { and, desc, eq, isNull, lt, sql } from 'drizzle-orm'
import type { AuditEvent } from '../core/audit.ts'
import type { Project } from '../core/environment.ts'
import { idPatternOf } from '../core/ids.ts'
import { buildEventInsert } from './audit-events.ts'
import { type Database, query, runBatch } from './database.ts'
import { buildResponseInsert, type EventAndResponse } from './idempotent-responses.ts'
import { cutPage, decodeCursor, type Page, type PageRequest } from './page.ts'
import { environments, projects } from './schema.ts'

export async function insertProject(
  db: Database,
  project: Project,
  { event, response }: EventAndResponse,
): Promise<void> {
  await runBatch(db, [buildEventInsert(event), buildResponseInsert(response), db.insert(projects).values(project)])
}

export async function findProject(db: Database, id: string): Promise<Project | null> {
  const [row] = await query(
    db
      .select(COLUMNS)
      .from(projects)
      .where(and(eq(projects.id, id), isNull(projects.deletedAt))),
  )
  return row ?? null
}

/** The projects that are not deleted, newest first. */
export async function listProjects(db: Database, page: PageRequest): Promise<Page<Project>> {
  const after = decodeCursor(page, idPatternOf('project'))?.[0]
  const rows = await query(
    db
      .select(COLUMNS)
      .from(projects)
      .where(and(isNull(projects.deletedAt), after === undefined ? undefined : lt(projects.id, after)))
      .orderBy(desc(projects.id))
      .limit(page.limit + 1),
  )
  return cutPage(rows, page, ({ id }) => [id])
}

/** Whether the edit was made: false when the project was changed or deleted since it was read. */
export async function updateProject(
  db: Database,
  project: Project,
  edit: { name: string },
  event: AuditEvent,
): Promise<boolean> {
  const [, updated] = await runBatch(db, [
    buildEventInsert(event, unchanged(project)),
    db
      .update(projects)
      .set({ ...edit, revision: project.revision + 1 })
      .where(and(eq(projects.id, project.id), unchanged(project))),
  ])
  return updated > 0
}

/** Whether this deleted the project: false when it was changed or deleted since it was read, or has an environment. */
export async function deleteProject(db: Database, project: Project, event: AuditEvent): Promise<boolean> {
  const empty = sql`${unchanged(project)} AND NOT EXISTS (SELECT 1 FROM ${environments} WHERE ${environments.projectId} = ${project.id} AND ${environments.deletedAt} IS NULL)`
  const [, deleted] = await runBatch(db, [
    buildEventInsert(event, empty),
    db
      .update(projects)
      .set({ deletedAt: event.at, revision: project.revision + 1 })
      .where(and(eq(projects.id, project.id), empty)),
  ])
  return deleted > 0
}

const unchanged = ({ id, revision }: Project) =>
  sql`EXISTS (SELECT 1 FROM projects AS p WHERE p.id = ${id} AND p.revision = ${revision} AND p.deleted_at IS NULL)`

const COLUMNS = {
  id: projects.id,
  name: projects.name,
  revision: projects.revision,
  createdAt: projects.createdAt,
  createdBy: projects.createdBy,
}
