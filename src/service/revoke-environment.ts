// Revoking everything of an environment at once: one entry in the ledger, however many keys there are.
import { authorize, type Caller } from '../core/actor.ts'
import type { RevocationReason } from '../core/api-key.ts'
import { draftAuditEvent } from '../core/audit.ts'
import type { Environment } from '../core/environment.ts'
import { newId } from '../core/ids.ts'
import { countedMoment, FOREVER } from '../core/ledger-messages.ts'
import { catchUnavailable, invalidField } from '../core/problem.ts'
import { type Projection, serializeProjection } from '../core/projection.ts'
import { createReceipt, effectiveByOf, type Receipt } from '../core/receipt.ts'
import { writePendingTombstones } from '../edge/tombstone-writer.ts'
import { runBatch } from '../store/database.ts'
import { buildEnvironmentRevisionRaise, buildEnvironmentRevocations, KEYS_STATEMENT } from '../store/revocations.ts'
import { existingEnvironment } from './change-environment.ts'
import type { Deps } from './deps.ts'
import { type Precondition, requireAccepted } from './precondition.ts'
import { recordChange } from './record-change.ts'

export type EnvironmentRevocation = {
  issuedBefore?: number | undefined
  reason?: RevocationReason | undefined
  note?: string | undefined
}

/** `revokedKeys` is null when D1 could not be asked yet. */
export type RevokedKeys = { revokedKeys: number | null; receipt: Receipt }

/** A moment that the manager's clock has not reached may have passed by the ledger's, which dates what is issued. */
const CLOCK_LEEWAY_MS = 60_000

/**
 * Revokes every secret of the environment, or those that were issued before a moment. Keys issued after it go on working,
 * and so do keys that were rotated after it. Without a moment no clock decides what that is: the ledger puts the revocation into
 * an order with whatever is issued. @throws {Problem} not_found, or invalid_request for a moment in the future
 */
export async function revokeEnvironmentKeys(
  deps: Deps,
  caller: Caller,
  id: string,
  { issuedBefore, reason = 'unspecified', note }: EnvironmentRevocation,
  precondition: Precondition<Environment> = {},
): Promise<RevokedKeys> {
  authorize(caller.actor, 'keys')
  const environment = await existingEnvironment(deps, id)
  requireAccepted(precondition, environment)
  if (issuedBefore !== undefined && issuedBefore > deps.clock() + CLOCK_LEEWAY_MS)
    throw invalidField('issuedBefore', 'must not be in the future')
  const event = draftAuditEvent(newId('event'), caller, {
    action: 'environment.keys_revoked',
    projectId: environment.projectId,
    environmentId: id,
    after: {
      ...(issuedBefore === undefined ? {} : { issuedBefore }),
      revokedReason: reason,
      ...(note === undefined ? {} : { note }),
    },
  })
  const old = { environmentId: id, reason, deleted: false, issuedBefore: issuedBefore ?? null, event }
  return revokeAll(deps, environment, { kind: 'environment', ...old })
}

/**
 * Revokes every key of the environment and removes it. `confirm` must be its name.
 * @throws {Problem} not_found, or invalid_request for another name
 */
export async function deleteEnvironment(
  deps: Deps,
  caller: Caller,
  id: string,
  { confirm }: { confirm: string },
  precondition: Precondition<Environment> = {},
): Promise<RevokedKeys> {
  authorize(caller.actor, 'environments.write')
  const environment = await existingEnvironment(deps, id)
  requireAccepted(precondition, environment)
  const { name, tag, projectId } = environment
  if (confirm !== name) throw invalidField('confirm', "must be the environment's name")
  const event = draftAuditEvent(newId('event'), caller, {
    action: 'environment.deleted',
    projectId,
    environmentId: id,
    before: { name, tag },
  })
  const reason = 'no_longer_used'
  const all = { environmentId: id, reason, deleted: true, issuedBefore: FOREVER, event } as const
  return revokeAll(deps, environment, { kind: 'environment', ...all })
}

async function revokeAll(
  deps: Deps,
  { id, bounds, revision }: Environment,
  projection: Extract<Projection, { kind: 'environment' }>,
): Promise<RevokedKeys> {
  const { issuedBefore } = projection
  const change = {
    kind: 'environment-revoke' as const,
    environmentId: id,
    revision: revision + 1,
    issuedBefore,
    projection: serializeProjection(projection),
  }
  const { committedAt, widerUntil, ...reserved } = await recordChange(deps, change, id)

  // It is committed: from here on a store that fails leaves something pending, and takes nothing back.
  const commit = { committedAt, boundMs: bounds.maxStalenessMs, widerUntil }
  const revokedBelow = issuedBefore === null ? reserved.revision : null
  const statements = [
    ...buildEnvironmentRevocations([
      {
        ...projection,
        issuedBefore: countedMoment(issuedBefore, committedAt),
        revokedBelow,
        effectiveBy: effectiveByOf(commit),
        event: { ...projection.event, at: committedAt },
      },
    ]),
    buildEnvironmentRevisionRaise([{ environmentId: id, revision: reserved.revision }]),
  ]
  const changed = await catchUnavailable(runBatch(deps.db, statements), null)
  const pending =
    changed === null || !(await catchUnavailable(writePendingTombstones(deps, { environmentId: id }), false))
  return { revokedKeys: changed?.[KEYS_STATEMENT] ?? null, receipt: createReceipt(commit, { pending }) }
}
