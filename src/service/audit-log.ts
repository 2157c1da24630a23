// Reading the audit log.
import type { Caller } from '../core/actor.ts'
import type { AuditEvent } from '../core/audit.ts'
import type { Deps } from '../deps.ts'
import { type AuditFilter, findEvents } from '../store/audit-events.ts'
import type { Page, PageRequest } from '../store/page.ts'
import { authorize } from './authorize.ts'

/** Events newest first. */
export async function readAuditLog(
  deps: Deps,
  caller: Caller,
  filter: AuditFilter,
  page: PageRequest,
): Promise<Page<AuditEvent>> {
  authorize(caller.actor, 'audit')
  return findEvents(deps.db, filter, page)
}
