// The one read a verification makes of D1: everything it needs to know, by the hash of the token, in one statement.
import { eq } from 'drizzle-orm'
import type { VerificationRecord } from '../core/policy.ts'
import { asking, type Database } from './database.ts'
import { apiKeySecrets, apiKeys, environments } from './schema.ts'

/** The record behind a token's SHA-256, in whatever state it is; null when there is none. */
export async function readVerificationRecord(db: Database, hash: string): Promise<VerificationRecord | null> {
  const [row] = await asking(
    db
      .select(COLUMNS)
      .from(apiKeySecrets)
      .innerJoin(apiKeys, eq(apiKeys.id, apiKeySecrets.keyId))
      .innerJoin(environments, eq(environments.id, apiKeys.environmentId))
      .where(eq(apiKeySecrets.hash, hash)),
  )
  if (!row) return null
  const { bounds, ...record } = row
  return { ...record, maxStalenessMs: bounds.maxStalenessMs }
}

const COLUMNS = {
  keyId: apiKeys.id,
  name: apiKeys.name,
  prefix: apiKeySecrets.prefix,
  projectId: environments.projectId,
  environment: { id: environments.id, name: environments.name, tag: environments.tag },
  scopes: apiKeys.scopes,
  enabled: apiKeys.enabled,
  ownerId: apiKeys.ownerId,
  metadata: apiKeys.metadata,
  expiresAt: apiKeys.expiresAt,
  secretExpiresAt: apiKeySecrets.expiresAt,
  revokedAt: apiKeys.revokedAt,
  lastUsedAt: apiKeys.lastUsedAt,
  bounds: environments.bounds,
}
