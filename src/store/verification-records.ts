// The one read a verification makes of D1: everything it needs to know, by the hash of the token, in one statement.
import { and, eq, sql } from 'drizzle-orm'
import type { Bounds } from '../core/environment.ts'
import type { VerificationRecord } from '../core/policy.ts'
import { type Database, query } from './database.ts'
import { apiKeySecrets, apiKeys, environments } from './schema.ts'

/** A record, and what tells whether a later change concerns it. */
export type StoredRecord = {
  record: VerificationRecord
  revision: number
  environmentRevision: number
  issuedAt: number
  bounds: Bounds
}

/** The record behind a token's SHA-256, in whatever state it is; null when there is none. */
export async function readVerificationRecord(db: Database, hash: string): Promise<StoredRecord | null> {
  const [row] = await query(
    selectRecords(db).where(and(eq(apiKeySecrets.hash, hash), sql`"api_keys"."id" GLOB 'key_*'`)),
  )
  return row ? toStoredRecord(row).stored : null
}

/** The record behind the prefix of a client secret, with the hash that the secret must have. */
export async function readClientRecord(
  db: Database,
  prefix: string,
): Promise<{ stored: StoredRecord; secret: ClientSecret } | null> {
  const [row] = await query(
    selectRecords(db).where(and(eq(apiKeySecrets.prefix, prefix), sql`"api_keys"."id" GLOB 'cred_*'`)),
  )
  return row ? toStoredRecord(row) : null
}

/** What is known of a client secret besides the record of its credential. */
export type ClientSecret = { hash: string; tokensNotBefore: number | null }

/** What a client secret of an SDK credential stands for. */
export type ClientRecord = VerificationRecord & { secret: ClientSecret }

const selectRecords = (db: Database) =>
  db
    .select(COLUMNS)
    .from(apiKeySecrets)
    .innerJoin(apiKeys, eq(apiKeys.id, apiKeySecrets.keyId))
    .innerJoin(environments, eq(environments.id, apiKeys.environmentId))
    .$dynamic()

type Row = Omit<VerificationRecord, 'environment'> &
  Omit<StoredRecord, 'record'> &
  ClientSecret & { environmentId: string; environmentName: string; environmentTag: string }

function toStoredRecord(whole: Row): { stored: StoredRecord; secret: ClientSecret } {
  const { revision, environmentRevision, issuedAt, bounds, hash, tokensNotBefore, ...row } = whole
  const { environmentId: id, environmentName: name, environmentTag: tag, ...record } = row
  const stored = {
    record: { ...record, environment: { id, name, tag } },
    revision,
    environmentRevision,
    issuedAt,
    bounds,
  }
  return { stored, secret: { hash, tokensNotBefore } }
}

const COLUMNS = {
  keyId: apiKeys.id,
  name: apiKeys.name,
  prefix: apiKeySecrets.prefix,
  projectId: environments.projectId,
  environmentId: environments.id,
  environmentName: environments.name,
  environmentTag: environments.tag,
  scopes: apiKeys.scopes,
  enabled: apiKeys.enabled,
  ownerId: apiKeys.ownerId,
  metadata: apiKeys.metadata,
  expiresAt: apiKeys.expiresAt,
  secretExpiresAt: apiKeySecrets.expiresAt,
  revokedAt: apiKeys.revokedAt,
  lastUsedAt: apiKeys.lastUsedAt,
  revision: apiKeys.revision,
  environmentRevision: environments.revision,
  issuedAt: apiKeySecrets.createdAt,
  bounds: environments.bounds,
  hash: apiKeySecrets.hash,
  tokensNotBefore: apiKeys.tokensNotBefore,
}
