// Where the record behind each kind of token is remembered and read.
import type { ManagementKey } from '../core/actor.ts'
import { type Bounds, DEFAULT_BOUNDS } from '../core/environment.ts'
import { managementSubjectOf, secretSubjectOf } from '../core/ledger-messages.ts'
import type { VerificationRecord } from '../core/policy.ts'
import type { Reading, Source } from '../edge/freshness.ts'
import { bytesOf } from '../edge/record-cache.ts'
import type { Database } from '../store/database.ts'
import { findManagementKeyByHash } from '../store/management-keys.ts'
import { readTombstone } from '../store/tombstones.ts'
import {
  type ClientRecord,
  readClientRecord,
  readVerificationRecord,
  type StoredRecord,
} from '../store/verification-records.ts'
import type { Deps } from './deps.ts'

type SourceDeps = Pick<Deps, 'db' | 'nearest' | 'revocations' | 'isolate'>

/** The record behind an API key's token. */
export function keySourceOf(deps: SourceDeps, hash: string, prefix: string): Source<VerificationRecord> {
  return {
    cache: deps.isolate.apiKeys,
    id: hash,
    subject: secretSubjectOf(prefix),
    read: (copy) => readKey(copy === 'primary' ? deps.db : deps.nearest(), hash),
    readTombstone: () => readTombstone(deps.revocations, prefix),
  }
}

/** The management key behind a token. It has no tombstone: without the ledger it opens nothing. */
export function managementSourceOf(deps: SourceDeps, hash: string, prefix: string): Source<ManagementKey> {
  return {
    cache: deps.isolate.managementKeys,
    id: hash,
    subject: managementSubjectOf(prefix),
    read: (copy) => readManagementKey(copy === 'primary' ? deps.db : deps.nearest(), hash),
    readTombstone: async () => ({ state: 'none' }),
  }
}

/**
 * The record behind a client secret, by its prefix: an access token names that and not the secret. Whoever presents the
 * secret itself must be compared with its hash.
 */
export function clientSourceOf(deps: SourceDeps, prefix: string): Source<ClientRecord> {
  return {
    cache: deps.isolate.clients,
    id: prefix,
    subject: secretSubjectOf(prefix),
    read: (copy) => readClient(copy === 'primary' ? deps.db : deps.nearest(), prefix),
    readTombstone: () => readTombstone(deps.revocations, prefix),
  }
}

async function readKey(db: Database, hash: string): Promise<Reading<VerificationRecord> | null> {
  const stored = await readVerificationRecord(db, hash)
  return stored && readingOf(stored, stored.record)
}

async function readClient(db: Database, prefix: string): Promise<Reading<ClientRecord> | null> {
  const found = await readClientRecord(db, prefix)
  if (!found) return null
  const { stored, ...client } = found
  return readingOf(stored, { ...stored.record, ...client })
}

function readingOf<R extends VerificationRecord>(stored: StoredRecord, record: R): Reading<R> {
  const { revision, environmentRevision, issuedAt, issueRevision, bounds } = stored
  return {
    record,
    keyId: record.keyId,
    revision,
    environmentId: record.environment.id,
    environmentRevision,
    issuedAt,
    issueRevision,
    revoked: record.revokedAt !== null,
    bytes: bytesOf(record),
    ...limitsOf(bounds),
  }
}

async function readManagementKey(db: Database, hash: string): Promise<Reading<ManagementKey> | null> {
  const record = await findManagementKeyByHash(db, hash)
  if (!record) return null
  return {
    record,
    keyId: record.id,
    revision: 1,
    environmentId: null,
    environmentRevision: 0,
    issuedAt: record.createdAt,
    issueRevision: 0,
    revoked: record.revokedAt !== null,
    bytes: bytesOf(record),
    ...limitsOf(DEFAULT_BOUNDS),
  }
}

const limitsOf = ({ maxStalenessMs, onUnknown }: Bounds) => ({
  maxStalenessMs,
  graceSeconds: onUnknown === 'deny' ? 0 : onUnknown.graceSeconds,
})
