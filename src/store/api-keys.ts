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
import { buildMintKeyInsert, type StoredMintKey } from './mint-keys.ts'
import {
  buildEnvironmentRevisionRaise,
  buildRevisionRaise,
  buildTokenEndings,
  IS_OPEN,
  SECRETS_OF_A_REVOCATION,
} from './revocations.ts'
import { apiKeySecrets, apiKeys, environments } from './schema.ts'

/** Whether the key was inserted: false when the environment was changed or deleted since it was read. */
export async function insertApiKey(
  db: Database,
  { key, hash, environment, mintKey }: { key: ApiKey; hash: string; environment: Environment; mintKey: StoredMintKey },
  { event, response }: EventAndResponse,
): Promise<boolean> {
  const guard = unchangedEnvironment(environment)
  const { prefix, id: keyId, createdAt } = key
  const secret = {
    prefix,
    keyId,
    hash,
    createdAt,
    expiresAt: null,
    environmentRevision: environment.revision,
    tagged: true,
  }
  const [, , inserted] = await runBatch(db, [
    buildEventInsert(event, guard),
    buildResponseInsert(response, guard),
    buildInsertIf(apiKeys, key, guard),
    buildMintKeyInsert(mintKey),
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

export type ApiKeyEdit = Partial<Pick<ApiKey, 'name' | 'scopes' | 'expiresAt' | 'ownerId' | 'metadata' | 'enabled'>>

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
  mintKey: StoredMintKey
  /** When the newest secret so far ends: 0 for at once. Any older one ends at once. */
  previous: { prefix: string; expiresAt: number }
  /** Secrets issued while the environment had a lower revision are revoked: D1 may not have heard of that yet. */
  revokedBelow: number
}

/** Whether the secret was added and the others were ended: false when the key was changed since it was read. */
export async function rotateSecrets(
  db: Database,
  { key, revision, secret, mintKey, previous, revokedBelow }: Rotated,
  { event, response }: EventAndResponse,
): Promise<boolean> {
  const guard = unchangedApiKey(key)
  const [, , , , , , updated] = await runBatch(db, [
    buildEnvironmentRevisionRaise([{ environmentId: key.environmentId, revision: revokedBelow }]),
    buildEventInsert(event, guard),
    buildResponseInsert(response, guard),
    // 0 and not now: an isolate whose clock is behind would go on accepting a secret that has ended.
    sql`
      UPDATE api_key_secrets AS s SET expires_at = iif(s.prefix = ${previous.prefix}, ${previous.expiresAt}, 0)
      WHERE s.key_id = ${key.id} AND ${IS_OPEN} AND ${guard}`,
    sql`
      INSERT INTO api_key_secrets (prefix, key_id, hash, created_at, expires_at, environment_revision, tagged)
      SELECT ${secret.prefix}, ${key.id}, ${secret.hash}, ${event.at}, NULL, revision, 1 FROM environments
      WHERE id = ${key.environmentId} AND ${guard}`,
    insertTerms(key, 'prefix', [foldText(secret.prefix)], guard),
    db
      .update(apiKeys)
      .set({ revision })
      .where(and(eq(apiKeys.id, key.id), guard)),
    buildMintKeyInsert(mintKey),
  ])
  return updated > 0
}

/** What is needed to revoke a key. `prefixes`: those of its newest secrets, newest first. */
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
            SELECT prefix FROM api_key_secrets WHERE key_id = "api_keys"."id" ORDER BY rowid DESC
            LIMIT ${SECRETS_OF_A_REVOCATION}))`.mapWith((json: string): string[] => JSON.parse(json)),
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

/** The prefixes of every secret of the keys, in one statement; a key that is not here is left out. */
export async function findSecretsOfKeys(
  db: Database,
  keyIds: string[],
): Promise<{ keyId: string; prefixes: string[] }[]> {
  return query(
    db
      .select({
        keyId: apiKeySecrets.keyId,
        prefixes: sql`json_group_array(prefix)`.mapWith((json: string): string[] => JSON.parse(json)),
      })
      .from(apiKeySecrets)
      .where(sql`key_id IN (SELECT value FROM json_each(${JSON.stringify(keyIds)}))`)
      .groupBy(apiKeySecrets.keyId),
  )
}

/** Notes that access tokens of a credential were ended, with the event, unless that is recorded already. */
export async function endTokensInDatabase(
  db: Database,
  ending: { keyId: string; revokedBelow: number | null; tokensEndedUntil: number | null },
  event: AuditEvent,
): Promise<void> {
  const revision = ending.revokedBelow ?? 0
  await runBatch(db, [
    buildEventInsert(event, sql`NOT EXISTS (SELECT 1 FROM audit_events WHERE id = ${event.id})`),
    buildTokenEndings([ending]),
    buildRevisionRaise([{ keyId: ending.keyId, revision, disabled: false }]),
  ])
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
    tokensFromRevision: apiKeys.tokensFromRevision,
    tokensEndedUntil: apiKeys.tokensEndedUntil,
    revision: apiKeys.revision,
    secrets: sql`(
        SELECT json_group_array(json_object('prefix', prefix, 'createdAt', created_at, 'expiresAt', expires_at))
        FROM (
          SELECT prefix, created_at, expires_at FROM api_key_secrets AS s
          WHERE key_id = "api_keys"."id" AND ${IS_OPEN} AND (expires_at IS NULL OR expires_at > ${now})
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
