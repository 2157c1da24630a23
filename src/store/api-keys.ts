// API keys and their secrets: single reads and guarded changes. Lists are in api-key-lists.ts.
// A change and its audit event are one transaction, made only if the key still has the revision it was read at.
import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { ApiKey, Secret } from '../core/api-key.ts'
import type { AuditEvent } from '../core/audit.ts'
import type { Bounds, Environment } from '../core/environment.ts'
import { extractSearchTerms, foldText } from '../core/search-terms.ts'
import { buildEventInsert } from './audit-events.ts'
import { buildInsertIf, type Database, query, runBatch } from './database.ts'
import { unchangedEnvironment } from './environments.ts'
import { buildResponseInsert, type EventAndResponse } from './idempotent-responses.ts'
import { apiKeySecrets, apiKeys, environments } from './schema.ts'

/** Whether the key was inserted: false when the environment was changed or deleted since it was read. */
export async function insertApiKey(
  db: Database,
  { key, hash, environment }: { key: ApiKey; hash: string; environment: Environment },
  { event, response }: EventAndResponse,
): Promise<boolean> {
  const guard = unchangedEnvironment(environment)
  const secret = { prefix: key.prefix, keyId: key.id, hash, createdAt: key.createdAt, expiresAt: null }
  const [, , inserted] = await runBatch(db, [
    buildEventInsert(event, guard),
    buildResponseInsert(response, guard),
    buildInsertIf(apiKeys, key, guard),
    buildInsertIf(apiKeySecrets, secret, guard),
    insertTerms(key, 'name', extractSearchTerms(key.name), guard),
    insertTerms(key, 'prefix', [foldText(key.prefix)], guard),
  ])
  return inserted > 0
}

/** The key with the secrets that are live at `now`; null when there is none. */
export async function findApiKey(db: Database, id: string, now: number): Promise<ApiKey | null> {
  const [row] = await query(selectApiKeys(db, now).where(eq(apiKeys.id, id)))
  return row ? toApiKey(row) : null
}

export type ApiKeyEdit = Partial<
  Pick<ApiKey, 'name' | 'scopes' | 'expiresAt' | 'ownerId' | 'metadata' | 'enabled' | 'tokensNotBefore'>
>

/** Whether the edit was made: false when the key, or the environment whose catalogue was checked, changed since. */
export async function updateApiKey(
  db: Database,
  { key, revision, environment, edit }: { key: ApiKey; revision: number; environment: Environment; edit: ApiKeyEdit },
  event: AuditEvent,
): Promise<boolean> {
  const guard = sql`${unchangedApiKey(key)} AND ${unchangedEnvironment(environment)}`
  const [, , , updated] = await runBatch(db, [
    buildEventInsert(event, guard),
    edit.name === undefined
      ? sql`SELECT 1`
      : sql`DELETE FROM api_key_terms WHERE key_id = ${key.id} AND kind = 'name' AND ${guard}`,
    insertTerms(key, 'name', edit.name === undefined ? [] : extractSearchTerms(edit.name), guard),
    db
      .update(apiKeys)
      .set({ ...edit, revision })
      .where(and(eq(apiKeys.id, key.id), guard)),
  ])
  return updated > 0
}

export type Rotated = {
  key: ApiKey
  revision: number
  secret: { prefix: string; hash: string }
  ends: Pick<Secret, 'prefix' | 'expiresAt'>[]
}

/** Whether the secret was added and the others got their `ends`: false when the key was changed since it was read. */
export async function rotateSecrets(
  db: Database,
  { key, revision, secret, ends }: Rotated,
  { event, response }: EventAndResponse,
): Promise<boolean> {
  const guard = unchangedApiKey(key)
  const row = { ...secret, keyId: key.id, createdAt: event.at, expiresAt: null }
  const [, , , , , updated] = await runBatch(db, [
    buildEventInsert(event, guard),
    buildResponseInsert(response, guard),
    sql`
      UPDATE api_key_secrets SET expires_at = ends.expires_at
      FROM (SELECT value ->> 'prefix' AS prefix, value ->> 'expiresAt' AS expires_at FROM json_each(${JSON.stringify(ends)})) AS ends
      WHERE api_key_secrets.prefix = ends.prefix AND key_id = ${key.id} AND ${guard}`,
    buildInsertIf(apiKeySecrets, row, guard),
    insertTerms(key, 'prefix', [foldText(secret.prefix)], guard),
    db
      .update(apiKeys)
      .set({ revision })
      .where(and(eq(apiKeys.id, key.id), guard)),
  ])
  return updated > 0
}

/** What is needed to revoke a key. `prefixes`: those of every secret it ever had, newest first. */
export type RevocationTarget = { key: ApiKey; prefixes: string[]; bounds: Bounds }

/** The key, also of a deleted environment: its keys are revoked, but their receipts can still be requested. */
export async function findRevocationTarget(db: Database, id: string, now: number): Promise<RevocationTarget | null> {
  const [row] = await query(
    db
      .select({
        ...keyColumns(now),
        bounds: environments.bounds,
        prefixes: sql`(
          SELECT json_group_array(prefix) FROM (
            SELECT prefix FROM api_key_secrets WHERE key_id = "api_keys"."id" ORDER BY rowid DESC))`.mapWith(
          (json: string): string[] => JSON.parse(json),
        ),
      })
      .from(apiKeys)
      .innerJoin(environments, eq(environments.id, apiKeys.environmentId))
      .where(eq(apiKeys.id, id)),
  )
  if (!row) return null
  const { bounds, prefixes, ...key } = row
  return { key: toApiKey(key), prefixes, bounds }
}

/** The id of the key that has, or ever had, a secret with this prefix; null when there is none. */
export async function findKeyIdByPrefix(db: Database, prefix: string): Promise<string | null> {
  const [row] = await query(
    db.select({ keyId: apiKeySecrets.keyId }).from(apiKeySecrets).where(eq(apiKeySecrets.prefix, prefix)),
  )
  return row?.keyId ?? null
}

/** Records when the key was last used, unless a use at or after `unlessSince` is already recorded. */
export async function touchApiKey(db: Database, id: string, at: number, unlessSince: number): Promise<void> {
  await query(
    db
      .update(apiKeys)
      .set({ lastUsedAt: at })
      .where(sql`id = ${id} AND (last_used_at IS NULL OR last_used_at < ${unlessSince})`)
      .run(),
  )
}

/**
 * Keys with the secrets that are live at `now`, newest first, in one statement. The newest secret is the only one
 * without an `expires_at` and sorts first; the others sort by row id, which grows with each insertion.
 */
export const selectApiKeys = (db: Database, now: number) =>
  db
    .select(keyColumns(now))
    .from(apiKeys)
    .innerJoin(environments, eq(environments.id, apiKeys.environmentId))
    .$dynamic()

function keyColumns(now: number) {
  return {
    id: apiKeys.id,
    environmentId: apiKeys.environmentId,
    projectId: environments.projectId,
    name: apiKeys.name,
    scopes: apiKeys.scopes,
    enabled: apiKeys.enabled,
    ownerId: apiKeys.ownerId,
    metadata: apiKeys.metadata,
    createdAt: apiKeys.createdAt,
    createdBy: apiKeys.createdBy,
    expiresAt: apiKeys.expiresAt,
    lastUsedAt: apiKeys.lastUsedAt,
    revokedAt: apiKeys.revokedAt,
    revokedReason: apiKeys.revokedReason,
    revokedEffectiveBy: apiKeys.revokedEffectiveBy,
    tokensNotBefore: apiKeys.tokensNotBefore,
    revision: apiKeys.revision,
    secrets: sql`(
        SELECT json_group_array(json_object('prefix', prefix, 'createdAt', created_at, 'expiresAt', expires_at))
        FROM (
          SELECT prefix, created_at, expires_at FROM api_key_secrets
          WHERE key_id = "api_keys"."id" AND (expires_at IS NULL OR expires_at > ${now})
          ORDER BY (expires_at IS NULL) DESC, rowid DESC))`.mapWith((json: string): Secret[] => JSON.parse(json)),
  }
}

export type ApiKeyRow = Omit<ApiKey, 'prefix'>

/** The newest secret of a key has no expiry of its own, so it is always among the live ones. */
export function toApiKey(row: ApiKeyRow): ApiKey {
  const [newest] = row.secrets
  if (newest === undefined) throw new Error(`key ${row.id} has no secret`)
  return { ...row, prefix: newest.prefix }
}

const unchangedApiKey = ({ id, revision }: ApiKey): SQL =>
  sql`EXISTS (SELECT 1 FROM api_keys AS k WHERE k.id = ${id} AND k.revision = ${revision} AND k.revoked_at IS NULL)`

function insertTerms(key: ApiKey, kind: 'name' | 'prefix', terms: string[], guard: SQL) {
  return sql`
    INSERT OR IGNORE INTO api_key_terms (environment_id, term, key_id, kind)
    SELECT ${key.environmentId}, value, ${key.id}, ${kind} FROM json_each(${JSON.stringify(terms)}) WHERE ${guard}`
}
