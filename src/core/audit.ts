// Audit events: who changed what, with the values before and after. They never contain a token, secret or hash.
import type { Caller } from './actor.ts'
import { canonicalJson } from './etag.ts'

export const AUDIT_ACTIONS = [
  'project.created',
  'project.updated',
  'project.deleted',
  'environment.created',
  'environment.updated',
  'environment.deleted',
  'environment.keys_revoked',
  'routes.updated',
  'rerank_controls.updated',
  'key.created',
  'key.updated',
  'key.rotated',
  'key.revoked',
  'credential.created',
  'credential.updated',
  'credential.rotated',
  'credential.revoked',
  'credential.token_ended',
  'credential.tokens_ended',
  'management_key.created',
  'management_key.revoked',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

/** The fields that a change affects, with their values on one side of it. */
export type Snapshot = Record<string, unknown>

export type AuditEvent = {
  id: string
  at: number
  actor: { type: string; id: string; name: string }
  action: AuditAction
  projectId: string | null
  environmentId: string | null
  keyId: string | null
  managementKeyId: string | null
  before: Snapshot | null
  after: Snapshot | null
  requestId: string
  address: string | null
}

export type AuditSubject = Partial<Pick<AuditEvent, 'projectId' | 'environmentId' | 'keyId' | 'managementKeyId'>>

type AuditedChange = { action: AuditAction; before?: Snapshot; after?: Snapshot } & AuditSubject

/** The event of a change by `caller`. Parts of its subject that the change does not name are null. */
export const createAuditEvent = (
  { id, at }: { id: string; at: number },
  caller: Caller,
  change: AuditedChange,
): AuditEvent => ({ ...draftAuditEvent(id, caller, change), at })

/** An event without its moment: a revocation happens when the ledger commits it, which is not known before. */
export type EventDraft = Omit<AuditEvent, 'at'>

export function draftAuditEvent(id: string, { actor, requestId, address }: Caller, change: AuditedChange): EventDraft {
  return {
    id,
    actor: { type: actor.type, id: actor.id, name: actor.name },
    projectId: null,
    environmentId: null,
    keyId: null,
    managementKeyId: null,
    ...change,
    before: change.before ?? null,
    after: change.after ?? null,
    requestId,
    address,
  }
}

/** The fields of `edit` that differ from `current`, with both values; null when nothing differs. */
export function findDifferences<T extends object>(
  current: T,
  edit: { [K in keyof T]?: T[K] | undefined },
): { before: Snapshot; after: Snapshot } | null {
  const before: Snapshot = {}
  const after: Snapshot = {}
  for (const [field, value] of Object.entries(edit)) {
    const old = Object.entries(current).find(([name]) => name === field)?.[1]
    if (value === undefined || canonicalJson(old) === canonicalJson(value)) continue
    before[field] = old
    after[field] = value
  }
  return Object.keys(after).length > 0 ? { before, after } : null
}
