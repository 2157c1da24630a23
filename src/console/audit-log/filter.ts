// The addresses of the audit log, with the filter in the query. Times are UTC: without script the server cannot know the time
// zone of the viewer.
import { z } from '@hono/zod-openapi'
import { AUDIT_ACTIONS } from '../../core/audit.ts'
import { type Form, parseWith } from '../form.ts'
import { MOMENT_FAULT, parseMoment } from '../moments.ts'

export const AUDIT_LOG = '/console/audit-log'

export const EXPORT_FORMATS = ['csv', 'ndjson'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export const FILTER_FIELDS = ['from', 'to', 'actor', 'projectId', 'environmentId', 'keyId', 'action'] as const

const moment = z.string().transform(parseMoment).pipe(z.number(MOMENT_FAULT)).optional()

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
