// The addresses of the audit log, with the filter in the query. Times are UTC: without script the server cannot know the time
// zone of the viewer.
import { z } from '@hono/zod-openapi'
import { AUDIT_ACTIONS } from '../../core/audit.ts'
import { type Form, parseWith } from '../form.ts'

export const AUDIT_LOG = '/console/audit-log'

export const EXPORT_FORMATS = ['csv', 'ndjson'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export const FILTER_FIELDS = ['from', 'to', 'actor', 'projectId', 'environmentId', 'keyId', 'action'] as const

/** What `<input type="datetime-local">` sends and can show. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/

export const isMoment = (text: string): boolean => MOMENT.test(text)

const moment = z
  .string()
  .regex(MOMENT, 'must be a date and time such as 2026-11-21T12:00')
  .transform((text) => Date.parse(`${text}Z`))
  .pipe(z.number('must be a date and time that exists'))
  .optional()

const id = z.string().max(100, 'must be at most 100 characters').optional()

const filterSchema = z.object({
  from: moment,
  to: moment,
  actor: id,
  projectId: id,
  environmentId: id,
  keyId: id,
  action: z.enum(AUDIT_ACTIONS).optional(),
})

/** @throws {Problem} invalid_request */
export const readFilter = (form: Form) =>
  parseWith(filterSchema, Object.fromEntries(FILTER_FIELDS.map((name) => [name, form.optional(name)])))

export const isFiltered = (form: Form): boolean => FILTER_FIELDS.some((name) => form.text(name) !== '')

type AddressChange = { path?: string; changed?: Record<string, string> }

/** The address with the filters that are in use, some of them changed. */
export function formatLogAddress(form: Form, { path = AUDIT_LOG, changed = {} }: AddressChange = {}): string {
  const query = new URLSearchParams()
  for (const name of FILTER_FIELDS) {
    const value = changed[name] ?? form.text(name)
    if (value !== '') query.set(name, value)
  }
  return query.size === 0 ? path : `${path}?${query}`
}
