// The filter of the audit log as an address has it. Moments are UTC: without script nobody knows the viewer's zone.
import { z } from '@hono/zod-openapi'
import { AUDIT_ACTIONS } from '../../core/audit.ts'
import type { Form } from '../form.ts'

export const FILTER_FIELDS = ['from', 'to', 'actor', 'projectId', 'environmentId', 'keyId', 'action'] as const

/** As `<input type="datetime-local">` sends it, and takes it. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/

export const isMoment = (text: string): boolean => MOMENT.test(text)

const moment = z
  .string()
  .regex(MOMENT, 'must be a date and time such as 2026-11-21T12:00')
  .transform((text) => Date.parse(`${text}Z`))
  .pipe(z.number('must be a date and time that exists'))
  .optional()

const id = z.string().max(100, 'must be at most 100 characters').optional()

export const filterSchema = z.object({
  from: moment,
  to: moment,
  actor: id,
  projectId: id,
  environmentId: id,
  keyId: id,
  action: z.enum(AUDIT_ACTIONS).optional(),
})

/** What was filled in, for the schema. */
export const filterIn = (form: Form) => Object.fromEntries(FILTER_FIELDS.map((name) => [name, form.optional(name)]))

/** The address with what was filled in and nothing else. */
export function withFilter(path: string, form: Form, changed: Record<string, string> = {}): string {
  const query = new URLSearchParams()
  for (const name of FILTER_FIELDS) {
    const value = changed[name] ?? form.text(name)
    if (value !== '') query.set(name, value)
  }
  return query.size === 0 ? path : `${path}?${query}`
}
