// An audit event as it leaves Keyward, by the API and in what the console exports.
import type { AuditEvent } from '../core/audit.ts'
import { toTimestamp } from './timestamps.ts'

export const toWireEvent = (event: AuditEvent) => ({
  ...event,
  at: toTimestamp(event.at),
  before: event.before && withTimestamps(event.before),
  after: event.after && withTimestamps(event.after),
})

/** The moments among the fields of a snapshot, as the wire writes moments. */
const withTimestamps = (fields: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      name.endsWith('At') && typeof value === 'number' ? toTimestamp(value) : value,
    ]),
  )
