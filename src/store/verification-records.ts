// The only read that a verification makes of D1: everything it needs, in one statement, by the hash of an API key or
// the prefix of a client secret.
import { and, eq, sql } from 'drizzle-orm'
import type { Bounds } from '../core/environment.ts'
import type { VerificationRecord } from '../core/policy.ts'
import { type AliasedScope, findAliasedScopes, type ScopeCatalogue } from '../core/scope.ts'
import { type Database, query } from './database.ts'
import { apiKeySecrets, apiKeys, environments } from './schema.ts'

/** A record, with what is needed to tell whether a later change makes it out of date. */
export type StoredRecord = {
  record: VerificationRecord
  revision: number
  environmentRevision: number
  issuedAt: number
  bounds: Bounds
}

/** The record of the API key whose token has this SHA-256, even if revoked or expired; null when there is none. */
export async function readVerificationRecord(db: Database, hash: string): Promise<StoredRecord | null> {
  const [row] = await query(
    selectRecords(db).where(and(eq(apiKeySecrets.hash, hash), sql`"api_keys"."id" GLOB 'key_*'`)),
  )
  return row ? toStoredRecord(row).stored : null
}

/** The record of the SDK credential that has a secret with this prefix, and the hash that the secret must have. */
export async function readClientRecord(
  db: Database,
  prefix: string,
): Promise<{ stored: StoredRecord; secret: ClientSecret; aliasedScopes: AliasedScope[] } | null> {
  const [row] = await query(
    selectRecords(db).where(and(eq(apiKeySecrets.prefix, prefix), sql`"api_keys"."id" GLOB 'cred_*'`)),
  )
  return row ? { ...toStoredRecord(row), aliasedScopes: findAliasedScopes(row.catalogue ?? []) } : null
}

/** What is stored of a client secret besides the record of its credential. */
export type ClientSecret = { hash: string; tokensNotBefore: number | null }

/**
 * The record of an SDK credential, with the client secret that it was found by, and the scopes of its environment that
 * may be requested by other names.
 */
export type ClientRecord = VerificationRecord & { secret: ClientSecret; aliasedScopes: readonly AliasedScope[] }

const selectRecords = (db: Database) =>
  db
    .select(COLUMNS)
    .from(apiKeySecrets)
    .innerJoin(apiKeys, eq(apiKeys.id, apiKeySecrets.keyId))
    .innerJoin(environments, eq(environments.id, apiKeys.environmentId))
    .$dynamic()

type Row = Omit<VerificationRecord, 'environment'> &
  Omit<StoredRecord, 'record'> &
  ClientSecret & {
    environmentId: string
    environmentName: string
    environmentTag: string
    catalogue: ScopeCatalogue | null
  }

function toStoredRecord(whole: Row): { stored: StoredRecord; secret: ClientSecret } {
  const { revision, environmentRevision, issuedAt, bounds, hash, tokensNotBefore, catalogue: _, ...row } = whole
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
  /** Only OAuth clients have a use for it; an API key is spared the bytes. */
  catalogue: sql<ScopeCatalogue | null>`CASE WHEN ${apiKeys.id} GLOB 'cred_*' THEN ${environments.scopes} END`.mapWith(
    environments.scopes,
  ),
}
