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
  /** The revision its environment had when the secret was issued. */
  issueRevision: number
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
export async function readClientRecord(db: Database, prefix: string): Promise<StoredClient | null> {
  const [row] = await query(
    selectRecords(db).where(and(eq(apiKeySecrets.prefix, prefix), sql`"api_keys"."id" GLOB 'cred_*'`)),
  )
  return row ? toStoredRecord(row) : null
}

type StoredClient = { stored: StoredRecord } & Pick<ClientRecord, 'secret' | 'audiences' | 'aliasedScopes'>

/** What is stored of a client secret, and of the access tokens it obtained, besides the record of its credential. */
export type ClientSecret = {
  hash: string
  credentialRevision: number
  /** Access tokens that were issued at a lower revision of the credential are dead. */
  tokensFromRevision: number | null
  /** Single access tokens were ended, none that lasts longer than this. */
  tokensEndedUntil: number | null
}

/**
 * The record of an SDK credential, with the client secret that it was found by, for whom its tokens may be meant, and the
 * scopes of its environment that may be requested by other names.
 */
export type ClientRecord = VerificationRecord & {
  secret: ClientSecret
  audiences: string[]
  aliasedScopes: readonly AliasedScope[]
}

const selectRecords = (db: Database) =>
  db
    .select(COLUMNS)
    .from(apiKeySecrets)
    .innerJoin(apiKeys, eq(apiKeys.id, apiKeySecrets.keyId))
    .innerJoin(environments, eq(environments.id, apiKeys.environmentId))
    .$dynamic()

type Row = Omit<VerificationRecord, 'environment'> &
  Omit<StoredRecord, 'record'> &
  Omit<ClientSecret, 'credentialRevision'> &
  Pick<ClientRecord, 'audiences'> & {
    environmentId: string
    environmentName: string
    environmentTag: string
    catalogue: ScopeCatalogue | null
  }

function toStoredRecord(whole: Row): StoredClient {
  const { revision, environmentRevision, issuedAt, issueRevision, bounds, ...rest } = whole
  const { hash, tokensFromRevision, tokensEndedUntil, audiences, catalogue, ...row } = rest
  const { environmentId: id, environmentName: name, environmentTag: tag, ...record } = row
  const stored = {
    record: { ...record, environment: { id, name, tag } },
    revision,
    environmentRevision,
    issuedAt,
    issueRevision,
    bounds,
  }
  const secret = { hash, credentialRevision: revision, tokensFromRevision, tokensEndedUntil }
  return { stored, secret, audiences, aliasedScopes: findAliasedScopes(catalogue ?? []) }
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
  issueRevision: apiKeySecrets.environmentRevision,
  bounds: environments.bounds,
  hash: apiKeySecrets.hash,
  tokensFromRevision: apiKeys.tokensFromRevision,
  tokensEndedUntil: apiKeys.tokensEndedUntil,
  audiences: environments.audiences,
  /** Only OAuth clients have a use for it; an API key is spared the bytes. */
  catalogue: sql<ScopeCatalogue | null>`CASE WHEN ${apiKeys.id} GLOB 'cred_*' THEN ${environments.scopes} END`.mapWith(
    environments.scopes,
  ),
}
