// Writes revocations into D1. The request, the ledger's alarm and the sweep may all run the same statements; they take
// effect once. A list is passed as one JSON parameter, so that a long one needs no more statements.
import { type SQL, sql } from 'drizzle-orm'
import type { RevocationReason } from '../core/api-key.ts'
import type { AuditEvent } from '../core/audit.ts'
import { buildEventInsert } from './audit-events.ts'

export type KeyRevocation = { keyId: string; reason: RevocationReason; effectiveBy: number; event: AuditEvent }
export type ManagementKeyRevocation = { managementKeyId: string; event: AuditEvent }
export type EnvironmentRevocation = {
  environmentId: string
  reason: RevocationReason
  deleted: boolean
  /** Secrets issued before this moment are revoked. */
  issuedBefore: number
  /** The `effectiveBy` of the receipt; null where none was given. */
  effectiveBy: number | null
  event: AuditEvent
}

/**
 * The statements that revoke keys, for one batch: audit events and the outbox of tombstones before the keys, because both
 * look for keys that are not revoked yet.
 */
export function buildKeyRevocations(revocations: KeyRevocation[]): SQL[] {
  const list = listOf(
    revocations.map(({ keyId, reason, effectiveBy, event }) => ({ targetId: keyId, reason, effectiveBy, ...event })),
  )
  const live = sql`${list} AS r JOIN api_keys AS k ON k.id = r.target_id AND k.revoked_at IS NULL`
  return [
    sql`INSERT INTO audit_events (${EVENT_COLUMNS})
        SELECT r.id, r.at, r.actor_type, r.actor_id, r.actor_name, r.action, e.project_id, k.environment_id, k.id, NULL,
          r.before, r.after, r.request_id, r.address
        FROM ${live} JOIN environments AS e ON e.id = k.environment_id`,
    sql`INSERT OR IGNORE INTO pending_tombstones (${TOMBSTONE_COLUMNS})
        SELECT s.prefix, k.id, k.environment_id, r.at, 0, r.at FROM ${live} JOIN api_key_secrets AS s ON s.key_id = k.id`,
    sql`UPDATE api_keys SET revoked_at = r.at, revoked_reason = r.reason, revoked_effective_by = r.effective_by, revision = revision + 1
        FROM ${list} AS r WHERE api_keys.id = r.target_id AND revoked_at IS NULL`,
  ]
}

export function buildManagementKeyRevocations(revocations: ManagementKeyRevocation[]): SQL[] {
  const list = listOf(
    revocations.map(({ managementKeyId, event }) => ({
      targetId: managementKeyId,
      reason: null,
      effectiveBy: null,
      ...event,
    })),
  )
  return [
    sql`INSERT INTO audit_events (${EVENT_COLUMNS}) 
        SELECT r.id, r.at, r.actor_type, r.actor_id, r.actor_name, r.action, NULL, m.environment_id, NULL, m.id,
          r.before, r.after, r.request_id, r.address
        FROM ${list} AS r JOIN management_keys AS m ON m.id = r.target_id AND m.revoked_at IS NULL`,
    sql`UPDATE management_keys SET revoked_at = r.at FROM ${list} AS r WHERE management_keys.id = r.target_id AND revoked_at IS NULL`,
  ]
}

/** The index of the statement of buildEnvironmentRevocation whose row count is the number of revoked keys. */
export const KEYS_STATEMENT = 3

/**
 * The statements that end every secret issued before `issuedBefore`. A key whose live secrets are all that old is revoked, with
 * an audit event of its own. A key that was rotated since keeps its newer secret.
 */
export function buildEnvironmentRevocation(revocation: EnvironmentRevocation): SQL[] {
  const { environmentId, reason, deleted, issuedBefore, effectiveBy, event } = revocation
  const isOld = sql`s.created_at < ${issuedBefore}`
  const isLive = sql`(s.expires_at IS NULL OR s.expires_at > ${event.at})`
  const inEnvironment = sql`k.environment_id = ${environmentId} AND k.revoked_at IS NULL`
  const isToRevoke = sql`${inEnvironment} AND NOT EXISTS (
    SELECT 1 FROM api_key_secrets AS s WHERE s.key_id = k.id AND NOT (${isOld}) AND ${isLive})`
  const after = JSON.stringify({ revokedAt: event.at, revokedReason: reason, cause: event.action })
  const isFirstRun = deleted
    ? sql`EXISTS (SELECT 1 FROM environments WHERE id = ${environmentId} AND deleted_at IS NULL)`
    : sql`NOT EXISTS (SELECT 1 FROM audit_events WHERE id = ${event.id})`
  return [
    buildEventInsert(event, isFirstRun),
    // The event's id is the key's id with another prefix. It is unique, because a key is revoked only once.
    sql`INSERT OR IGNORE INTO audit_events (${EVENT_COLUMNS})
        SELECT 'evt_' || substr(k.id, instr(k.id, '_') + 1), ${event.at}, ${event.actor.type}, ${event.actor.id}, ${event.actor.name},
          iif(k.id GLOB 'cred_*', 'credential.revoked', 'key.revoked'), ${event.projectId}, k.environment_id, k.id, NULL, '{"revokedAt":null}', ${after},
          ${event.requestId}, ${event.address}
        FROM api_keys AS k WHERE ${isToRevoke}`,
    sql`INSERT OR IGNORE INTO pending_tombstones (${TOMBSTONE_COLUMNS})
        SELECT s.prefix, k.id, k.environment_id, ${event.at}, 0, ${event.at}
        FROM api_keys AS k JOIN api_key_secrets AS s ON s.key_id = k.id WHERE ${inEnvironment} AND ${isOld}`,
    sql`UPDATE api_keys AS k SET revoked_at = ${event.at}, revoked_reason = ${reason}, revoked_effective_by = ${effectiveBy},
        revision = revision + 1 WHERE ${isToRevoke}`,
    sql`UPDATE api_key_secrets AS s SET expires_at = 0
        WHERE ${isOld} AND ${isLive} AND s.key_id IN (SELECT k.id FROM api_keys AS k WHERE ${inEnvironment})`,
    ...(deleted
      ? [
          sql`UPDATE environments SET deleted_at = ${event.at}, revision = revision + 1 WHERE id = ${environmentId} AND deleted_at IS NULL`,
        ]
      : []),
  ]
}

/**
 * The statement that raises the revision of keys that are behind the ledger, as after a restore of D1, so that isolates may remember them
 * again. A key that was disabled stays disabled; all else that the lost edits had changed is not recovered.
 */
export function buildRevisionRaise(edits: { keyId: string; revision: number; disabled: boolean }[]): SQL {
  return sql`UPDATE api_keys SET revision = e.revision, enabled = min(api_keys.enabled, e.may_be_enabled)
    FROM (SELECT value ->> 'keyId' AS key_id, max(value ->> 'revision') AS revision, NOT (value ->> 'disabled') AS may_be_enabled
      FROM json_each(${JSON.stringify(edits)}) GROUP BY 1) AS e
    WHERE api_keys.id = e.key_id AND api_keys.revision < e.revision AND revoked_at IS NULL`
}

export function buildEnvironmentRevisionRaise(edits: { environmentId: string; revision: number }[]): SQL {
  return sql`UPDATE environments SET revision = e.revision
    FROM (SELECT value ->> 'environmentId' AS id, value ->> 'revision' AS revision FROM json_each(${JSON.stringify(edits)})) AS e
    WHERE environments.id = e.id AND environments.revision < e.revision`
}

type Listed = AuditEvent & { targetId: string; reason: RevocationReason | null; effectiveBy: number | null }

/** The rows as a table that SQL can join; `before` and `after` stay JSON. */
const listOf = (rows: Listed[]) => sql`(
  SELECT value ->> 'targetId' AS target_id, value ->> 'reason' AS reason, value ->> 'effectiveBy' AS effective_by, value ->> 'id' AS id, value ->> 'at' AS at,
    value -> 'actor' ->> 'type' AS actor_type, value -> 'actor' ->> 'id' AS actor_id, value -> 'actor' ->> 'name' AS actor_name,
    value ->> 'action' AS action,
    value -> 'before' AS before, value -> 'after' AS after, value ->> 'requestId' AS request_id, value ->> 'address' AS address
  FROM json_each(${JSON.stringify(rows)}))`

const EVENT_COLUMNS = sql.raw(
  'id, at, actor_type, actor_id, actor_name, action, project_id, environment_id, key_id, management_key_id, before, after, request_id, address',
)
const TOMBSTONE_COLUMNS = sql.raw('prefix, key_id, environment_id, revoked_at, attempts, next_attempt_at')
