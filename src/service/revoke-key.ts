// Revoking: the ledger first, and with its answer the key is dead. Then D1's record with its audit event and the outbox
// of tombstones in one transaction, then KV. What fails after the ledger is pending; its alarm and the sweep go on.
import type { Caller } from '../core/actor.ts'
import { type ApiKey, kindOf, type RevocationReason } from '../core/api-key.ts'
import { createAuditEvent } from '../core/audit.ts'
import { MAX_STALENESS_MS } from '../core/environment.ts'
import { isId, newId } from '../core/ids.ts'
import { idSubject, keySubject } from '../core/ledger-messages.ts'
import { notFound } from '../core/problem.ts'
import { dateEvent, type Projection, serializeProjection } from '../core/projection.ts'
import { createReceipt, type Receipt } from '../core/receipt.ts'
import type { Deps } from '../deps.ts'
import { flushTombstones, writeTombstonesDirectly } from '../edge/tombstone-writer.ts'
import { findApiKey, findPrefixes } from '../store/api-keys.ts'
import { runBatch } from '../store/database.ts'
import { revokeKeys } from '../store/revocations.ts'
import { authorize } from './authorize.ts'
import { findBoundMs } from './environments.ts'
import { subjectOf } from './keys.ts'
import { recordChanges } from './record-changes.ts'
import { catchUnavailable } from './unless-unavailable.ts'

export type Revocation = { reason?: RevocationReason | undefined; note?: string | undefined }

/** What is known of the key before it is revoked; `key` is null while D1 cannot be asked. */
type RevocationTarget = { key: ApiKey | null; prefixes: string[]; boundMs: number }

/**
 * Revokes for good. Again: the same receipt, and another try at what is still pending. `key` is null when D1 could not
 * be asked. @throws {Problem} not_found, or unavailable when nothing has happened
 */
export async function revokeKey(
  deps: Deps,
  caller: Caller,
  id: string,
  revocation: Revocation,
): Promise<{ key: ApiKey | null; receipt: Receipt }> {
  authorize(caller.actor, 'keys')
  const known = await findTarget(deps, id)
  const projection = draftProjection(caller, id, known, revocation)
  const subjects = known.key === null ? [idSubject(id)] : known.prefixes.map(keySubject)
  const change = { kind: 'revoke' as const, subjects, keyId: id, projection: serializeProjection(projection) }
  const { committedAt, widerUntil } = await recordChanges(deps, [change], known.key?.environmentId ?? null)

  // It is committed: from here on a store that fails leaves something pending, and takes nothing back.
  const { reason, boundMs, event } = projection
  const { effectiveBy } = createReceipt({ committedAt, boundMs, widerUntil }, { pending: true })
  const statements = revokeKeys([{ keyId: id, reason, effectiveBy, event: dateEvent(event, committedAt) }])
  const written = await catchUnavailable(runBatch(deps.db, statements), null)
  if (written === null && known.key !== null)
    await writeTombstonesDirectly(deps, known.key, known.prefixes, committedAt)
  return readReceipt(deps, known.key, { id, reason, committedAt, effectiveBy })
}

type Committed = { id: string; reason: RevocationReason; committedAt: number; effectiveBy: number }

/**
 * The receipt as D1 keeps it, so that it is the same for whoever asks again; as it was just made where D1 is silent. It is
 * told to the ledger each time: a shard that missed it before hears it now, and then the receipt says so.
 */
async function readReceipt(
  deps: Deps,
  known: ApiKey | null,
  { id, reason, committedAt, effectiveBy }: Committed,
): Promise<{ key: ApiKey | null; receipt: Receipt }> {
  const stored = await catchUnavailable(findApiKey(deps.db, id, deps.clock()), null)
  if (stored?.revokedAt == null) {
    const key = known && { ...known, revokedAt: committedAt, revokedReason: reason, revokedEffectiveBy: effectiveBy }
    return { key, receipt: { committedAt, effectiveBy, recorded: 'pending' } }
  }
  const recorded = (await catchUnavailable(flushTombstones(deps, { keyId: id }), false)) ? 'recorded' : 'pending'
  const promised = stored.revokedEffectiveBy ?? effectiveBy
  const isLate = committedAt > stored.revokedAt
  const kept = isLate ? Math.max(promised, effectiveBy) : promised
  return { key: stored, receipt: { committedAt: stored.revokedAt, effectiveBy: kept, recorded } }
}

async function findTarget({ db, clock }: Deps, id: string): Promise<RevocationTarget> {
  const found = await catchUnavailable(
    (async () => ({ key: await findApiKey(db, id, clock()), prefixes: await findPrefixes(db, id) }))(),
    undefined,
  )
  if (found === undefined && isId(kindOf(id), id)) return { key: null, prefixes: [], boundMs: MAX_STALENESS_MS }
  if (!found?.key) throw notFound(kindOf(id))
  return { ...found, boundMs: await catchUnavailable(findBoundMs(db, found.key.environmentId), MAX_STALENESS_MS) }
}

function draftProjection(
  caller: Caller,
  id: string,
  known: RevocationTarget,
  { reason = 'unspecified', note }: Revocation,
) {
  const { key, boundMs } = known
  const { at: _, ...event } = createAuditEvent({ id: newId('event'), at: 0 }, caller, {
    action: `${kindOf(id)}.revoked`,
    ...(key === null ? { keyId: id } : subjectOf(key)),
    before: { revokedAt: null },
    after: { revokedReason: reason, ...(note === undefined ? {} : { note }) },
  })
  return { kind: 'key', keyId: id, reason, boundMs, event } satisfies Projection
}
