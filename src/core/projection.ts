// What D1 needs to know of a revocation. The ledger keeps it as JSON text, so that D1 can be written again at any time.
import type { RevocationReason } from './api-key.ts'
import type { AuditEvent, EventDraft } from './audit.ts'

/** `event` is a draft where it happens at the moment that the ledger commits the revocation. */
export type Projection =
  | { kind: 'key'; keyId: string; reason: RevocationReason; boundMs: number; event: EventDraft }
  | { kind: 'management_key'; managementKeyId: string; event: EventDraft }
  | {
      kind: 'environment'
      environmentId: string
      reason: RevocationReason
      deleted: boolean
      issuedBefore: number | null
      /** Where it covers all that was issued so far: the revision that the ledger reserved. The ledger fills it in. */
      revokedBelow?: number | null
      /** When the ledger committed it. The ledger fills it in. */
      committedAt?: number
      event: EventDraft
    }

export const serializeProjection = (projection: Projection): string => JSON.stringify(projection)

/** The revocations of an entry, oldest first; an environment may have several. Kinds of a later version are skipped. */
export function parseProjections(text: string | null): Projection[] {
  const list: (Projection | { kind: 'of a later version' })[] = JSON.parse(text ?? '[]')
  return list.filter((one) => one.kind === 'key' || one.kind === 'management_key' || one.kind === 'environment')
}

/** The event of a revocation that the ledger committed at `at`. */
export const dateEvent = (event: EventDraft, at: number): AuditEvent => ({
  ...event,
  at,
  after: { ...event.after, revokedAt: at },
})
