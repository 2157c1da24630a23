// Writes revocations into D1. The request, the ledger's alarm and the sweep may all run the same statements; they take
// effect once. A list is passed as one JSON parameter, so that a long one needs no more statements.
import { type SQL, sql } from 'drizzle-orm'
import type { RevocationReason } from '../core/api-key.ts'
import type { AuditEvent } from '../core/audit.ts'

export type KeyRevocation = { keyId: string; reason: RevocationReason; effectiveBy: number; event: AuditEvent }
export type ManagementKeyRevocation = { managementKeyId: string; event: AuditEvent }
export type EnvironmentRevocation = {
  environmentId: string
  reason: RevocationReason
  deleted: boolean
  /** Secrets issued before this moment are revoked. */
  issuedBefore: number | null
  /** Secrets issued while the environment had a lower revision are revoked. */
  revokedBelow: number | null
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
        SELECT s.prefix, k.id, k.environment_id, r.at, 0, r.at FROM ${live} JOIN api_key_secrets AS s ON s.rowid IN (
          SELECT rowid FROM api_key_secrets WHERE key_id = k.id ORDER BY rowid DESC LIMIT ${SECRETS_OF_A_REVOCATION})`,
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

/** The index of the statement of buildEnvironmentRevocations whose row count is the number of revoked keys. */
export const KEYS_STATEMENT = 3

/**
 * The statements that end every secret that the revocations cover, however many there are. A key whose newest secret is covered
 * is revoked, with an audit event of its own. A key that was rotated since keeps its newer secret.
 */
export function buildEnvironmentRevocations(revocations: EnvironmentRevocation[]): SQL[] {
  const list = environmentListOf(revocations)
  const inEnvironment = sql`k.environment_id = r.environment_id AND k.revoked_at IS NULL`
  // The newest secret is the only one that nothing has ended. Of several revocations that cover it the first is taken: beside a
  // minimum, SQLite gives the other columns of the same row.
  const toRevoke = sql`(SELECT k.id AS key_id, r.*, min(r.position) FROM ${list} AS r JOIN api_keys AS k ON ${inEnvironment}
    JOIN api_key_secrets AS s ON s.key_id = k.id AND s.expires_at IS NULL AND ${IS_COVERED} GROUP BY k.id)`
  return [
    sql`INSERT OR IGNORE INTO audit_events (${EVENT_COLUMNS})
        SELECT r.id, r.at, r.actor_type, r.actor_id, r.actor_name, r.action, r.project_id, r.environment_id, NULL, NULL,
          r.before, r.after, r.request_id, r.address
        FROM ${list} AS r JOIN environments AS e ON e.id = r.environment_id
        WHERE NOT EXISTS (SELECT 1 FROM audit_events AS a WHERE a.id = r.id) AND NOT (r.deleted AND e.deleted_at IS NOT NULL)`,
    // The event's id is the key's id with another prefix. It is unique, because a key is revoked only once.
    sql`INSERT OR IGNORE INTO audit_events (${EVENT_COLUMNS})
        SELECT 'evt_' || substr(v.key_id, instr(v.key_id, '_') + 1), v.at, v.actor_type, v.actor_id, v.actor_name,
          iif(v.key_id GLOB 'cred_*', 'credential.revoked', 'key.revoked'), v.project_id, v.environment_id, v.key_id, NULL,
          '{"revokedAt":null}', json_object('revokedAt', v.at, 'revokedReason', v.reason, 'cause', v.action),
          v.request_id, v.address
        FROM ${toRevoke} AS v
        WHERE NOT EXISTS (SELECT 1 FROM audit_events AS a WHERE a.id = 'evt_' || substr(v.key_id, instr(v.key_id, '_') + 1))`,
    sql`INSERT OR IGNORE INTO pending_tombstones (${TOMBSTONE_COLUMNS})
        SELECT s.prefix, k.id, k.environment_id, r.at, 0, r.at
        FROM ${list} AS r JOIN api_keys AS k ON ${inEnvironment}
          JOIN api_key_secrets AS s ON s.key_id = k.id AND ${IS_OPEN} AND ${IS_COVERED}`,
    sql`UPDATE api_keys SET revoked_at = v.at, revoked_reason = v.reason, revoked_effective_by = v.effective_by, revision = revision + 1
        FROM ${toRevoke} AS v
        WHERE api_keys.id = v.key_id AND revoked_at IS NULL`,
    sql`UPDATE api_key_secrets SET expires_at = 0 WHERE prefix IN (
          SELECT s.prefix FROM ${list} AS r JOIN api_keys AS k ON ${inEnvironment}
            JOIN api_key_secrets AS s ON s.key_id = k.id AND ${IS_OPEN} AND ${IS_COVERED})`,
    sql`UPDATE environments SET deleted_at = r.at, revision = revision + 1
        FROM ${list} AS r WHERE r.deleted AND environments.id = r.environment_id AND deleted_at IS NULL`,
  ]
}

/** A secret that a rotation has not ended for good. A key has two of them at most. */
export const IS_OPEN = sql.raw('(s.expires_at IS NULL OR s.expires_at > 0)')
const IS_COVERED = sql.raw(
  '(coalesce(s.created_at < r.issued_before, FALSE) OR coalesce(s.environment_revision < r.revoked_below, FALSE))',
)

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

/** The statement that notes which access tokens of credentials were ended: all from before a revision, or single ones. */
export function buildTokenEndings(
  endings: { keyId: string; revokedBelow: number | null; tokensEndedUntil: number | null }[],
): SQL {
  const relevant = endings.filter(({ revokedBelow, tokensEndedUntil }) => revokedBelow ?? tokensEndedUntil)
  return sql`UPDATE api_keys SET
      tokens_from_revision = nullif(max(coalesce(tokens_from_revision, 0), coalesce(e.from_revision, 0)), 0),
      tokens_ended_until = nullif(max(coalesce(tokens_ended_until, 0), coalesce(e.ended_until, 0)), 0)
    FROM (SELECT value ->> 'keyId' AS key_id, value ->> 'revokedBelow' AS from_revision, value ->> 'tokensEndedUntil' AS ended_until
      FROM json_each(${JSON.stringify(relevant)})) AS e
    WHERE api_keys.id = e.key_id`
}

export function buildEnvironmentRevisionRaise(edits: { environmentId: string; revision: number }[]): SQL {
  return sql`UPDATE environments SET revision = e.revision
    FROM (SELECT value ->> 'environmentId' AS id, value ->> 'revision' AS revision FROM json_each(${JSON.stringify(edits)})) AS e
    WHERE environments.id = e.id AND environments.revision < e.revision`
}

const environmentListOf = (revocations: EnvironmentRevocation[]) => sql`(
  SELECT key AS position, value ->> 'environmentId' AS environment_id, value ->> 'reason' AS reason, value ->> 'deleted' AS deleted,
    value ->> 'issuedBefore' AS issued_before, value ->> 'revokedBelow' AS revoked_below, value ->> 'effectiveBy' AS effective_by,
    value -> 'event' ->> 'id' AS id, value -> 'event' ->> 'at' AS at, value -> 'event' -> 'actor' ->> 'type' AS actor_type,
    value -> 'event' -> 'actor' ->> 'id' AS actor_id, value -> 'event' -> 'actor' ->> 'name' AS actor_name,
    value -> 'event' ->> 'action' AS action, value -> 'event' ->> 'projectId' AS project_id,
    value -> 'event' -> 'before' AS before, value -> 'event' -> 'after' AS after,
    value -> 'event' ->> 'requestId' AS request_id, value -> 'event' ->> 'address' AS address
  FROM json_each(${JSON.stringify(revocations)}))`

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
/** A tombstone is written for each of the newest secrets of a revoked key: older ones ended long ago, whatever copy of D1 is asked. */
export const SECRETS_OF_A_REVOCATION = 10
const TOMBSTONE_COLUMNS = sql.raw('prefix, key_id, environment_id, revoked_at, attempts, next_attempt_at')
