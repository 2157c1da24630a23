// The D1 tables as drizzle sees them. The migrations define the tables; a test compares the two.
// Every time is integer milliseconds since the Unix epoch, UTC.
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Role } from '../core/actor.ts'
import type { Metadata, RevocationReason } from '../core/api-key.ts'
import type { AuditAction, Snapshot } from '../core/audit.ts'
import type { Bounds } from '../core/environment.ts'
import type { RerankControls } from '../core/rerank.ts'
import type { Route } from '../core/route-table.ts'
import type { ScopeCatalogue } from '../core/scope.ts'
import type { PublicJwk } from '../core/signing-key.ts'

const id = () => text('id').notNull().primaryKey()
const revision = () => integer('revision').notNull()
const createdAt = () => integer('created_at').notNull()
const createdBy = () => text('created_by').notNull()

export const projects = sqliteTable('projects', {
  id: id(),
  name: text('name').notNull(),
  revision: revision(),
  createdAt: createdAt(),
  createdBy: createdBy(),
  deletedAt: integer('deleted_at'),
})

export const environments = sqliteTable('environments', {
  id: id(),
  projectId: text('project_id').notNull(),
  name: text('name').notNull(),
  tag: text('tag').notNull(),
  scopes: text('scopes', { mode: 'json' }).$type<ScopeCatalogue>().notNull(),
  bounds: text('bounds', { mode: 'json' }).$type<Bounds>().notNull(),
  revision: revision(),
  createdAt: createdAt(),
  createdBy: createdBy(),
  deletedAt: integer('deleted_at'),
  browserOrigins: text('browser_origins', { mode: 'json' }).$type<string[]>().notNull(),
  routes: text('routes', { mode: 'json' }).$type<readonly Route[]>().notNull(),
  audiences: text('audiences', { mode: 'json' }).$type<string[]>().notNull(),
})

export const browserOrigins = sqliteTable(
  'browser_origins',
  {
    origin: text('origin').notNull(),
    environmentId: text('environment_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.origin, table.environmentId] })],
)

export const apiKeys = sqliteTable('api_keys', {
  id: id(),
  environmentId: text('environment_id').notNull(),
  name: text('name').notNull(),
  scopes: text('scopes', { mode: 'json' }).$type<string[]>().notNull(),
  enabled: integer('enabled', { mode: 'boolean' }).notNull(),
  ownerId: text('owner_id'),
  metadata: text('metadata', { mode: 'json' }).$type<Metadata>().notNull(),
  expiresAt: integer('expires_at'),
  revision: revision(),
  createdAt: createdAt(),
  createdBy: createdBy(),
  lastUsedAt: integer('last_used_at'),
  revokedAt: integer('revoked_at'),
  revokedReason: text('revoked_reason').$type<RevocationReason>(),
  revokedEffectiveBy: integer('revoked_effective_by'),
  tokensFromRevision: integer('tokens_from_revision'),
  tokensEndedUntil: integer('tokens_ended_until'),
})

export const apiKeySecrets = sqliteTable('api_key_secrets', {
  prefix: text('prefix').notNull().primaryKey(),
  keyId: text('key_id').notNull(),
  hash: text('hash').notNull().unique(),
  createdAt: createdAt(),
  expiresAt: integer('expires_at'),
  environmentRevision: integer('environment_revision').notNull(),
  tagged: integer('tagged', { mode: 'boolean' }).notNull(),
})

export const apiKeyScopes = sqliteTable(
  'api_key_scopes',
  {
    environmentId: text('environment_id').notNull(),
    scope: text('scope').notNull(),
    keyId: text('key_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.environmentId, table.scope, table.keyId] })],
)

export const apiKeyTerms = sqliteTable(
  'api_key_terms',
  {
    environmentId: text('environment_id').notNull(),
    term: text('term').notNull(),
    keyId: text('key_id').notNull(),
    kind: text('kind').$type<'name' | 'prefix'>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.environmentId, table.term, table.keyId, table.kind] })],
)

export const oldSearchTerms = sqliteTable('old_search_terms', {
  keyId: text('key_id').notNull().primaryKey(),
})

export const auditEvents = sqliteTable('audit_events', {
  id: id(),
  at: integer('at').notNull(),
  actorType: text('actor_type').notNull(),
  actorId: text('actor_id').notNull(),
  actorName: text('actor_name').notNull(),
  action: text('action').$type<AuditAction>().notNull(),
  projectId: text('project_id'),
  environmentId: text('environment_id'),
  keyId: text('key_id'),
  managementKeyId: text('management_key_id'),
  before: text('before', { mode: 'json' }).$type<Snapshot>(),
  after: text('after', { mode: 'json' }).$type<Snapshot>(),
  requestId: text('request_id').notNull(),
  address: text('address'),
})

export const managementKeys = sqliteTable('management_keys', {
  id: id(),
  name: text('name').notNull(),
  prefix: text('prefix').notNull().unique(),
  hash: text('hash').notNull().unique(),
  role: text('role').$type<Role>().notNull(),
  environmentId: text('environment_id'),
  createdAt: createdAt(),
  createdBy: createdBy(),
  lastUsedAt: integer('last_used_at'),
  revokedAt: integer('revoked_at'),
  tagged: integer('tagged', { mode: 'boolean' }).notNull(),
})

export const mintKeys = sqliteTable('mint_keys', {
  id: id(),
  secret: text('secret').notNull(),
  createdAt: createdAt(),
})

export const pendingTombstones = sqliteTable('pending_tombstones', {
  prefix: text('prefix').notNull().primaryKey(),
  keyId: text('key_id').notNull(),
  environmentId: text('environment_id').notNull(),
  revokedAt: integer('revoked_at').notNull(),
  attempts: integer('attempts').notNull(),
  nextAttemptAt: integer('next_attempt_at').notNull(),
})

export const ledgerMark = sqliteTable('ledger_mark', {
  id: integer('id').notNull().primaryKey(),
  epoch: text('epoch').notNull(),
  seq: integer('seq').notNull(),
})

export const rerankControls = sqliteTable(
  'rerank_controls',
  {
    environmentId: text('environment_id').notNull(),
    contextId: text('context_id').notNull(),
    controls: text('controls', { mode: 'json' }).$type<RerankControls>().notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.environmentId, table.contextId] })],
)

export const consoleSessions = sqliteTable('console_sessions', {
  hash: text('hash').notNull().primaryKey(),
  managementKeyId: text('management_key_id'),
  createdAt: createdAt(),
  lastSeenAt: integer('last_seen_at').notNull(),
})

export const consoleSentForms = sqliteTable(
  'console_sent_forms',
  {
    sessionHash: text('session_hash').notNull(),
    formId: text('form_id').notNull(),
    outcome: text('outcome'),
  },
  (table) => [primaryKey({ columns: [table.sessionHash, table.formId] })],
)

export const idempotentResponses = sqliteTable('idempotent_responses', {
  id: id(),
  sealed: text('sealed').notNull(),
  expiresAt: integer('expires_at').notNull(),
})

export const signingKeys = sqliteTable('signing_keys', {
  kid: text('kid').notNull().primaryKey(),
  publicKey: text('public_key', { mode: 'json' }).$type<PublicJwk>().notNull(),
  privateKey: text('private_key').notNull(),
  sealedBy: text('sealed_by').notNull(),
  createdAt: createdAt(),
  signsFrom: integer('signs_from').notNull(),
  signsUntil: integer('signs_until').notNull(),
  publishedUntil: integer('published_until').notNull(),
})
