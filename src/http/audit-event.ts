// An audit event in the form that the API returns and the console exports.
import type { AuditEvent } from '../core/audit.ts'
import { toTimestamp } from './timestamps.ts'

export const toWireEvent = (event: AuditEvent) => ({
  ...event,
  at: toTimestamp(event.at),
  before: event.before && withTimestamps(event.before),
  after: event.after && withTimestamps(event.after),
})

/** The fields of a snapshot with its moments, which are the numbers in `…At`, as timestamps. */
const withTimestamps = (fields: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      name.endsWith('At') && typeof value === 'number' ? toTimestamp(value) : value,
    ]),
  )
