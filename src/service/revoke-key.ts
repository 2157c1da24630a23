// Revoking a key: the ledger first, and with its answer the key is revoked. Then, in one transaction, D1's record with its
// audit event and the outbox of tombstones; then KV. What fails after the ledger is pending: the ledger's alarm and the
// cron sweep write it later.
import { authorize, type Caller } from '../core/actor.ts'
import { type ApiKey, kindOf, type RevocationReason } from '../core/api-key.ts'
import { draftAuditEvent } from '../core/audit.ts'
import { MAX_STALENESS_MS } from '../core/environment.ts'
import { isId, newId } from '../core/ids.ts'
import { secretSubjectOf } from '../core/ledger-messages.ts'
import { catchUnavailable, notFound, Problem } from '../core/problem.ts'
import { dateEvent, type Projection, serializeProjection } from '../core/projection.ts'
import { createReceipt, effectiveByOf, type Receipt } from '../core/receipt.ts'
import { writePendingTombstones, writeTombstones, writeTombstonesWithoutOutbox } from '../edge/tombstone-writer.ts'
import { findApiKey, findRevocationTarget, type RevocationTarget } from '../store/api-keys.ts'
import { runBatch } from '../store/database.ts'
import { buildKeyRevocations } from '../store/revocations.ts'
import type { Deps } from './deps.ts'
import { subjectOf } from './keys.ts'
import { type Precondition, requireAccepted } from './precondition.ts'
import { recordChange } from './record-change.ts'

export type Revocation = { reason?: RevocationReason | undefined; note?: string | undefined }
export type RevokedKey = { key: ApiKey | null; receipt: Receipt }

/**
 * Revokes for good. Again: the same receipt, and another try at what is still pending. `key` is null when D1 could not
 * be asked. The precondition is checked before: what changes in between is revoked all the same, as it would be a moment later.
 * @throws {Problem} not_found, precondition_failed, or unavailable when nothing has happened
 */
export async function revokeKey(
  deps: Deps,
  caller: Caller,
  id: string,
  revocation: Revocation,
  precondition: Precondition<ApiKey> = {},
): Promise<RevokedKey> {
  authorize(caller.actor, 'keys')
  const target = await findTarget(deps, id)
  if (target !== null) requireAccepted(precondition, target.key)
  else if (precondition.accepts) throw new Problem('unavailable', 'The version of the key could not be read.')
  const projection = draftProjection(caller, id, target, revocation)
  const { committedAt, widerUntil } = await recordChange(
    deps,
    {
      kind: 'revoke',
      keyId: id,
      secrets: (target?.prefixes ?? []).map(secretSubjectOf),
      projection: serializeProjection(projection),
    },
    target?.key.environmentId ?? null,
  )

  // It is committed: from here on a store that fails leaves something pending, and takes nothing back.
  const { reason, boundMs, event } = projection
  const commit = { committedAt, boundMs, widerUntil }
  const effectiveBy = effectiveByOf(commit)
  const statements = buildKeyRevocations([{ keyId: id, reason, effectiveBy, event: dateEvent(event, committedAt) }])
  const written = await catchUnavailable(runBatch(deps.db, statements), null)
  const made: RevokedKey = {
    key: target && {
      ...target.key,
      revokedAt: committedAt,
      revokedReason: reason,
      revokedEffectiveBy: effectiveBy,
      revision: target.key.revision + 1,
    },
    receipt: createReceipt(commit, { pending: true }),
  }
  if (written === null) {
    if (target !== null) await writeTombstonesWithoutOutbox(deps, target.key, target.prefixes, committedAt)
    return made
  }
  const [, tombstones = 0, revoked = 0] = written
  const isMadeNow = revoked > 0 && tombstones === target?.prefixes.length
  if (!isMadeNow) return readRevokedKey(deps, id, made)
  const pending = !(await writeAllTombstones(deps, target, committedAt))
  return { ...made, receipt: createReceipt(commit, { pending }) }
}

/** Writes the tombstones of every secret that was just revoked. Whether all of them are in KV. */
async function writeAllTombstones(
  deps: Deps,
  { key, prefixes }: RevocationTarget,
  revokedAt: number,
): Promise<boolean> {
  const { id: keyId, environmentId } = key
  const tombstones = prefixes.map((prefix) => ({ prefix, keyId, environmentId, revokedAt }))
  const written = await catchUnavailable(writeTombstones(deps, tombstones), 0)
  return written === tombstones.length
}

/**
 * The key and the receipt as D1 keeps them, so that a second revocation gets the same, with another try at the tombstones
 * that are pending. If D1 cannot be asked, as they were just made.
 */
async function readRevokedKey(deps: Deps, id: string, made: RevokedKey): Promise<RevokedKey> {
  const stored = await catchUnavailable(findApiKey(deps.db, id, deps.clock()), null)
  if (stored === null || stored.revokedAt === null) return made
  const isFlushed = await catchUnavailable(writePendingTombstones(deps, { keyId: id }), false)
  return {
    key: stored,
    receipt: {
      committedAt: stored.revokedAt,
      effectiveBy: stored.revokedEffectiveBy ?? made.receipt.effectiveBy,
      recorded: isFlushed ? 'recorded' : 'pending',
    },
  }
}

/** Null while D1 cannot be asked: a key can be revoked all the same. @throws {Problem} not_found */
async function findTarget({ db, clock }: Deps, id: string): Promise<RevocationTarget | null> {
  const found = await catchUnavailable(findRevocationTarget(db, id, clock()), undefined)
  if (found === undefined && isId(kindOf(id), id)) return null
  if (!found) throw notFound(kindOf(id))
  return found
}

function draftProjection(
  caller: Caller,
  id: string,
  target: RevocationTarget | null,
  { reason = 'unspecified', note }: Revocation,
) {
  const event = draftAuditEvent(newId('event'), caller, {
    action: `${kindOf(id)}.revoked`,
    ...(target === null ? { keyId: id } : subjectOf(target.key)),
    before: { revokedAt: null },
    after: { revokedReason: reason, ...(note === undefined ? {} : { note }) },
  })
  const boundMs = target?.bounds.maxStalenessMs ?? MAX_STALENESS_MS
  return { kind: 'key', keyId: id, reason, boundMs, event } satisfies Projection
}
