// What D1 has to be told of a revocation: kept in the ledger as text, so that it can be told again at any time.
import type { RevocationReason } from './api-key.ts'
import type { AuditEvent, EventDraft } from './audit.ts'

/** The event is a draft where the ledger says when it happened. */
export type Projection =
  | { kind: 'key'; keyId: string; reason: RevocationReason; boundMs: number; event: EventDraft }
  | { kind: 'management_key'; managementKeyId: string; event: EventDraft }
  | {
      kind: 'environment'
      environmentId: string
      reason: RevocationReason
      deleted: boolean
      issuedBefore: number
      event: AuditEvent
    }

export const serializeProjection = (projection: Projection): string => JSON.stringify(projection)

/** The revocations of an entry, oldest first: an environment may have several. What a later version added is left out. */
export function parseProjections(text: string | null): Projection[] {
  const list: (Projection | { kind: 'of a later version' })[] = JSON.parse(text ?? '[]')
  return list.filter((one) => one.kind === 'key' || one.kind === 'management_key' || one.kind === 'environment')
}

/** The event as it is recorded: the moment the ledger committed it is the moment it happened. */
export const dateEvent = (event: EventDraft, at: number): AuditEvent => ({
  ...event,
  at,
  after: { ...event.after, revokedAt: at },
})
