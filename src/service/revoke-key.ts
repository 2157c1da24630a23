// Revoking: the D1 record, its audit event and the outbox of tombstones in one transaction, then KV.
// Once the transaction is through the key is dead; a tombstone that fails is retried by the sweep.
import type { Caller } from '../core/actor.ts'
import type { ApiKey, RevocationReason } from '../core/api-key.ts'
import { auditEvent } from '../core/audit.ts'
import { newId } from '../core/ids.ts'
import { type Receipt, receiptFor } from '../core/receipt.ts'
import type { Deps } from '../deps.ts'
import { markApiKeyRevoked } from '../store/api-keys.ts'
import { authorize } from './authorize.ts'
import { existingKey, subjectOf } from './keys.ts'
import { entombed } from './sweep.ts'
import { unlessUnavailable } from './unless-unavailable.ts'

export type Revocation = { reason?: RevocationReason | undefined; note?: string | undefined }

/** Revokes for good. Again: the same receipt, and another try at what is still pending. @throws {Problem} not_found */
export async function revokeKey(
  deps: Deps,
  caller: Caller,
  id: string,
  { reason = 'unspecified', note }: Revocation,
): Promise<{ key: ApiKey; receipt: Receipt }> {
  authorize(caller.actor, 'keys')
  const found = await existingKey(deps, id)
  const at = found.revokedAt ?? deps.clock()
  if (found.revokedAt === null) {
    const event = auditEvent({ id: newId('event'), at }, caller, {
      action: 'key.revoked',
      ...subjectOf(found),
      before: { revokedAt: null },
      after: { revokedAt: at, revokedReason: reason, ...(note === undefined ? {} : { note }) },
    })
    await markApiKeyRevoked(deps.db, id, reason, event)
  }
  // It is committed: from here on a store that fails leaves something pending, and takes nothing back.
  const asFarAsKnown = { ...found, revokedAt: at, revokedReason: found.revokedReason ?? reason }
  const key = await unlessUnavailable(existingKey(deps, id), asFarAsKnown)
  const recorded = await unlessUnavailable(entombed(deps, { keyId: id }), false)
  return { key, receipt: receiptFor(key.revokedAt ?? at, { pending: !recorded }) }
}
