// Environments and their scope catalogues. The statement that changes a catalogue checks that no live key conflicts.
import { and, desc, eq, isNull, lt, type SQL, sql } from 'drizzle-orm'
import type { AuditEvent } from '../core/audit.ts'
import type { Bounds, Environment } from '../core/environment.ts'
import { idPatternOf } from '../core/ids.ts'
import type { Route } from '../core/route-table.ts'
import { buildEventInsert } from './audit-events.ts'
import { buildInsertIf, type Database, query, runBatch } from './database.ts'
import { buildResponseInsert, type EventAndResponse } from './idempotent-responses.ts'
import { cutPage, decodeCursor, type Page, type PageRequest } from './page.ts'
import { browserOrigins, environments, projects } from './schema.ts'

/** Whether the environment was inserted: false when its project was deleted. */
export async function insertEnvironment(
  db: Database,
  environment: Environment & { routes: readonly Route[] },
  { event, response }: EventAndResponse,
): Promise<boolean> {
  const projectExists = sql`EXISTS (SELECT 1 FROM projects WHERE id = ${environment.projectId} AND deleted_at IS NULL)`
  const [, , inserted] = await runBatch(db, [
    buildEventInsert(event, projectExists),
    buildResponseInsert(response, projectExists),
    buildInsertIf(environments, environment, projectExists),
  ])
  return inserted > 0
}

export async function findEnvironment(db: Database, id: string): Promise<Environment | null> {
  const [row] = await query(
    db
      .select(COLUMNS)
      .from(environments)
      .where(and(eq(environments.id, id), isNull(environments.deletedAt))),
  )
  return row ?? null
}

/** The environment and its project's name, in one statement. */
export async function findEnvironmentWithProject(
  db: Database,
  id: string,
): Promise<{ environment: Environment; projectName: string } | null> {
  const [row] = await query(
    db
      .select({ environment: COLUMNS, projectName: projects.name })
      .from(environments)
      .innerJoin(projects, eq(projects.id, environments.projectId))
      .where(and(eq(environments.id, id), isNull(environments.deletedAt))),
  )
  return row ?? null
}

/** What the front door needs of an environment, and the revision it was read at. */
export type FrontDoorRow = { environmentRevision: number; routes: readonly Route[]; browserOrigins: string[] }

export async function findFrontDoor(db: Database, id: string): Promise<FrontDoorRow | null> {
  const { revision, routes } = environments
  const [row] = await query(
    db
      .select({ environmentRevision: revision, routes, browserOrigins: environments.browserOrigins })
      .from(environments)
      .where(eq(environments.id, id)),
  )
  return row ?? null
}

/** Whether any environment allows web pages of this origin. */
export async function isBrowserOriginAllowed(db: Database, origin: string): Promise<boolean> {
  const rows = await query(
    db.select({ origin: browserOrigins.origin }).from(browserOrigins).where(eq(browserOrigins.origin, origin)).limit(1),
  )
  return rows.length > 0
}

/** The environment's bounds, also when it is deleted: its keys are revoked, but their receipts are still requested. */
export async function findBounds(db: Database, id: string): Promise<Bounds | null> {
  const [row] = await query(
    db.select({ bounds: environments.bounds }).from(environments).where(eq(environments.id, id)),
  )
  return row?.bounds ?? null
}

/** The environments of a project, newest first. */
export async function listEnvironments(db: Database, projectId: string, page: PageRequest): Promise<Page<Environment>> {
  const after = decodeCursor(page, idPatternOf('environment'))?.[0]
  const rows = await query(
    db
      .select(COLUMNS)
      .from(environments)
      .where(
        and(
          eq(environments.projectId, projectId),
          isNull(environments.deletedAt),
          after === undefined ? undefined : lt(environments.id, after),
        ),
      )
      .orderBy(desc(environments.id))
      .limit(page.limit + 1),
  )
  return cutPage(rows, page, ({ id }) => [id])
}

export type EnvironmentEdit = Partial<
  Pick<Environment, 'name' | 'tag' | 'scopes' | 'bounds' | 'browserOrigins' | 'audiences'> & {
    routes: readonly Route[]
  }
>

/** Whether the edit was made: false when the environment was changed or deleted, or a live key conflicts with it. */
export async function updateEnvironment(
  db: Database,
  environment: Environment,
  edit: EnvironmentEdit & { revision: number },
  event: AuditEvent,
): Promise<boolean> {
  const catalogueFits = edit.scopes ? sql`NOT (${hasConflictingKey(environment.id, edit.scopes)})` : sql`TRUE`
  const guard = sql`${unchangedEnvironment(environment)} AND ${catalogueFits}`
  const [, updated] = await runBatch(db, [
    buildEventInsert(event, guard),
    db
      .update(environments)
      .set(edit)
      .where(and(eq(environments.id, environment.id), guard)),
  ])
  return updated > 0
}

export type CatalogueConflict = { scope: string; kind: 'held' | 'lacked' }

/** The scopes that a live key holds but the new catalogue lacks, and those it requires but a live key lacks. */
export async function findCatalogueConflicts(
  db: Database,
  environment: Environment,
  scopes: Environment['scopes'],
): Promise<CatalogueConflict[]> {
  const gone = environment.scopes.map(({ name }) => name).filter((name) => !scopes.some((scope) => scope.name === name))
  const required = scopes.filter((scope) => scope.required).map(({ name }) => name)
  const rows = await query(
    db.all<CatalogueConflict>(sql`
      SELECT value AS scope, 'held' AS kind FROM json_each(${JSON.stringify(gone)})
      WHERE ${heldByLiveKey(environment.id, sql`value`)}
      UNION ALL
      SELECT value, 'lacked' FROM json_each(${JSON.stringify(required)})
      WHERE ${lackedByLiveKey(environment.id, sql`value`)}`),
  )
  return rows
}

/** The condition that the environment was neither changed nor deleted since it was read. */
export const unchangedEnvironment = ({ id, revision }: Environment): SQL =>
  sql`EXISTS (SELECT 1 FROM environments AS e WHERE e.id = ${id} AND e.revision = ${revision} AND e.deleted_at IS NULL)`

function hasConflictingKey(environmentId: string, scopes: Environment['scopes']): SQL {
  const names = JSON.stringify(scopes.map(({ name }) => name))
  const required = JSON.stringify(scopes.filter((scope) => scope.required).map(({ name }) => name))
  return sql`EXISTS (
      SELECT 1 FROM api_key_scopes AS s JOIN api_keys AS k ON k.id = s.key_id
      WHERE s.environment_id = ${environmentId} AND k.revoked_at IS NULL
        AND s.scope NOT IN (SELECT value FROM json_each(${names})))
    OR EXISTS (SELECT 1 FROM json_each(${required}) WHERE ${lackedByLiveKey(environmentId, sql`value`)})`
}

const heldByLiveKey = (environmentId: string, scope: SQL) => sql`EXISTS (
  SELECT 1 FROM api_key_scopes AS s JOIN api_keys AS k ON k.id = s.key_id
  WHERE s.environment_id = ${environmentId} AND s.scope = ${scope} AND k.revoked_at IS NULL)`

const lackedByLiveKey = (environmentId: string, scope: SQL) => sql`EXISTS (
  SELECT 1 FROM api_keys AS k
  WHERE k.environment_id = ${environmentId} AND k.revoked_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM api_key_scopes AS s
      WHERE s.environment_id = k.environment_id AND s.scope = ${scope} AND s.key_id = k.id))`

const COLUMNS = {
  id: environments.id,
  projectId: environments.projectId,
  name: environments.name,
  tag: environments.tag,
  scopes: environments.scopes,
  bounds: environments.bounds,
  browserOrigins: environments.browserOrigins,
  audiences: environments.audiences,
  revision: environments.revision,
  createdAt: environments.createdAt,
  createdBy: environments.createdBy,
}

/** `isMore`: counting stopped at MAX_KEYS_LOOKED_AT, so there may be more live keys than `liveKeys`. */
export type EnvironmentSummary = {
  environmentId: string
  liveKeys: number
  isMore: boolean
  /** When the newest audit event about the environment happened; null when there is none. */
  lastChangedAt: number | null
}

/** How many keys of each environment are looked at: the newest that are not revoked. */
export const MAX_KEYS_LOOKED_AT = 1000

/** The summaries in the order of `ids`. A key is live when it is neither revoked nor expired at `now`. */
export async function summarizeEnvironments(
  db: Database,
  ids: readonly string[],
  now: number,
): Promise<EnvironmentSummary[]> {
  const rows = await query(
    db.all<{ environmentId: string; live: number; lookedAt: number; lastChangedAt: number | null }>(sql`
      SELECT value AS environmentId,
        (SELECT count(*) FROM ${newestKeys} WHERE expires_at IS NULL OR expires_at > ${now}) AS live,
        (SELECT count(*) FROM ${newestKeys}) AS lookedAt,
        (SELECT max(at) FROM audit_events WHERE environment_id = value) AS lastChangedAt
      FROM json_each(${JSON.stringify(ids)}) ORDER BY json_each.key`),
  )
  return rows.map(({ environmentId, live, lookedAt, lastChangedAt }) => ({
    environmentId,
    liveKeys: live,
    isMore: lookedAt >= MAX_KEYS_LOOKED_AT,
    lastChangedAt,
  }))
}

/** API keys without SDK credentials: the ids of one kind are adjacent. */
const newestKeys = sql`(SELECT expires_at FROM api_keys
  WHERE environment_id = value AND id > 'key_' AND id < 'key\`' AND revoked_at IS NULL ORDER BY id DESC LIMIT ${MAX_KEYS_LOOKED_AT})`
