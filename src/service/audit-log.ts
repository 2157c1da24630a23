// Reading the audit log.
import { authorize, type Caller } from '../core/actor.ts'
import type { AuditEvent } from '../core/audit.ts'
import { type AuditFilter, findEvents } from '../store/audit-events.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { Deps } from './deps.ts'

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

/** How many events are read at once: one statement each. */
const EXPORT_PAGE = 1000

/**
 * All events, newest first, page by page. The next page is read when it is asked for, so memory holds one.
 * What is recorded meanwhile is newer than the first page, and not among them.
 */
export async function* walkAuditLog(
  deps: Deps,
  caller: Caller,
  filter: AuditFilter,
): AsyncGenerator<AuditEvent[], void> {
  let cursor: string | null = null
  do {
    const page: Page<AuditEvent> = await readAuditLog(deps, caller, filter, { limit: EXPORT_PAGE, cursor })
    yield page.items
    cursor = page.nextCursor
  } while (cursor !== null)
}
