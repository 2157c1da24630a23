// API keys and their secrets: single reads and guarded changes. Lists are in api-key-lists.ts.
// A change and its audit event are one transaction, made only if the key is still as it was read.
import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { ApiKey, Secret } from '../core/api-key.ts'
import type { AuditEvent } from '../core/audit.ts'
import type { Bounds, Environment } from '../core/environment.ts'
import { extractSearchTerms, foldText } from '../core/search-terms.ts'
import { recordEvent } from './audit-events.ts'
import { type Database, insertIf, query, runBatch } from './database.ts'
import { unchangedEnvironment } from './environments.ts'
import { apiKeySecrets, apiKeys, environments } from './schema.ts'

/** Whether it was inserted: false when the environment changed or went since it was read. */
export async function insertApiKey(
  db: Database,
  { key, hash, environment }: { key: ApiKey; hash: string; environment: Environment },
  event: AuditEvent,
): Promise<boolean> {
  const guard = unchangedEnvironment(environment)
  const secret = { prefix: key.prefix, keyId: key.id, hash, createdAt: key.createdAt, expiresAt: null }
  const [, inserted] = await runBatch(db, [
    recordEvent(event, guard),
    insertIf(apiKeys, key, guard),
    insertIf(apiKeySecrets, secret, guard),
    insertTerms(key, 'name', extractSearchTerms(key.name), guard),
    insertTerms(key, 'prefix', [foldText(key.prefix)], guard),
  ])
  return inserted > 0
}

/** The key with the secrets that live at `now`. */
export async function findApiKey(db: Database, id: string, now: number): Promise<ApiKey | null> {
  const [row] = await query(selectApiKeys(db, now).where(eq(apiKeys.id, id)))
  return row ? toApiKey(row) : null
}

export type ApiKeyEdit = Partial<
  Pick<ApiKey, 'name' | 'scopes' | 'expiresAt' | 'ownerId' | 'metadata' | 'enabled' | 'tokensNotBefore'>
>

/** Whether the edit was made: false when the key, or the catalogue its scopes were checked against, changed since. */
export async function updateApiKey(
  db: Database,
  { key, revision, environment, edit }: { key: ApiKey; revision: number; environment: Environment; edit: ApiKeyEdit },
  event: AuditEvent,
): Promise<boolean> {
  const guard = sql`${unchangedApiKey(key)} AND ${unchangedEnvironment(environment)}`
  const [, , , updated] = await runBatch(db, [
    recordEvent(event, guard),
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

/** Whether the secret was added and the ends set: false when the key changed since it was read. */
export async function rotateSecrets(
  db: Database,
  { key, revision, secret, ends }: Rotated,
  event: AuditEvent,
): Promise<boolean> {
  const guard = unchangedApiKey(key)
  const row = { ...secret, keyId: key.id, createdAt: event.at, expiresAt: null }
  const [, , , , updated] = await runBatch(db, [
    recordEvent(event, guard),
    sql`
      UPDATE api_key_secrets SET expires_at = ends.expires_at
      FROM (SELECT value ->> 'prefix' AS prefix, value ->> 'expiresAt' AS expires_at FROM json_each(${JSON.stringify(ends)})) AS ends
      WHERE api_key_secrets.prefix = ends.prefix AND key_id = ${key.id} AND ${guard}`,
    insertIf(apiKeySecrets, row, guard),
    insertTerms(key, 'prefix', [foldText(secret.prefix)], guard),
    db
      .update(apiKeys)
      .set({ revision })
      .where(and(eq(apiKeys.id, key.id), guard)),
  ])
  return updated > 0
}

/** All that revoking a key needs to know of it: `prefixes` are those of every secret it ever had, newest first. */
export type RevocationTarget = { key: ApiKey; prefixes: string[]; bounds: Bounds }

/** The key, also of a deleted environment, whose keys are revoked: their receipts are still asked for. */
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

/** The key that has, or ever had, a secret of this prefix; null for none. */
export async function findKeyIdByPrefix(db: Database, prefix: string): Promise<string | null> {
  const [row] = await query(
    db.select({ keyId: apiKeySecrets.keyId }).from(apiKeySecrets).where(eq(apiKeySecrets.prefix, prefix)),
  )
  return row?.keyId ?? null
}

/** Notes the use, unless one was noted after `unlessSince`. */
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
 * Keys with the secrets that live at `now`, newest secret first, in one statement. Only the newest has no end of its own;
 * the rest are in the order they were made.
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

/** The newest secret never has an end of its own, so it is always among those that live. */
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
