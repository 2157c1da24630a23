// The one read a verification makes of D1: everything it needs to know, by the hash of the token, in one statement.
import { eq } from 'drizzle-orm'
import type { Bounds } from '../core/environment.ts'
import type { VerificationRecord } from '../core/policy.ts'
import { asking, type Database } from './database.ts'
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
  const [row] = await asking(
    db
      .select(COLUMNS)
      .from(apiKeySecrets)
      .innerJoin(apiKeys, eq(apiKeys.id, apiKeySecrets.keyId))
      .innerJoin(environments, eq(environments.id, apiKeys.environmentId))
      .where(eq(apiKeySecrets.hash, hash)),
  )
  return row ? toStoredRecord(row) : null
}

type Row = Omit<VerificationRecord, 'environment'> &
  Omit<StoredRecord, 'record'> & { environmentId: string; environmentName: string; environmentTag: string }

function toStoredRecord({ revision, environmentRevision, issuedAt, bounds, ...row }: Row): StoredRecord {
  const { environmentId: id, environmentName: name, environmentTag: tag, ...record } = row
  return { record: { ...record, environment: { id, name, tag } }, revision, environmentRevision, issuedAt, bounds }
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
}
