// The fields of requests and responses, with the rule for each in one place.
import { z } from '@hono/zod-openapi'
import { MAX_METADATA_BYTES, MAX_METADATA_DEPTH, type Metadata } from '../core/api-key.ts'
import { SCOPE_PATTERN } from '../core/scope.ts'
import { EARLIEST_TIMESTAMP_MS, LATEST_TIMESTAMP_MS } from './timestamps.ts'

const OUT_OF_RANGE = 'must be between the years 0000 and 9999 in UTC'

/** Text for people: no control characters, no lone surrogates, not only spaces. Length is counted in code points. */
export const text = (maxLength: number) =>
  z
    .string()
    .refine((value) => [...value].length <= maxLength, {
      error: `must be at most ${maxLength} characters`,
      abort: true,
    })
    .refine((value) => value.trim() !== '', { error: 'must not be empty', abort: true })
    .refine((value) => value.isWellFormed(), { error: 'must be well-formed Unicode', abort: true })
    .refine((value) => !CONTROL.test(value), 'must not contain control characters')
    .openapi({ minLength: 1, maxLength })

export const nameField = text(100).openapi({ example: 'billing-service' })

export const scopeName = z
  .string()
  .regex(SCOPE_PATTERN, 'must begin with a lower-case letter and hold at most 64 of a-z 0-9 . _ : / -')
  .openapi({ example: 'read' })

/** A moment in a response: RFC 3339 in UTC with milliseconds. */
export const timestamp = z.string().openapi({ format: 'date-time', example: '2026-11-21T10:00:00.000Z' })

/** A moment in a request: RFC 3339 with any offset, parsed to milliseconds since the Unix epoch. */
export const timestampInput = z
  .string()
  .max(40, 'must be an RFC 3339 date and time')
  .pipe(z.iso.datetime({ offset: true, error: 'must be an RFC 3339 date and time such as 2027-01-31T12:00:00Z' }))
  .transform((value) => Date.parse(value))
  .pipe(z.number().min(EARLIEST_TIMESTAMP_MS, OUT_OF_RANGE).max(LATEST_TIMESTAMP_MS, OUT_OF_RANGE))
  .openapi({ type: 'string', format: 'date-time', example: '2027-01-31T12:00:00Z' })

/** Any JSON object within the limits, stored as it was sent. */
export const metadataField = z
  .custom<Metadata>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
    error: 'must be a JSON object',
    abort: true,
  })
  .refine((value) => depthOf(value) <= MAX_METADATA_DEPTH, {
    error: `must not nest deeper than ${MAX_METADATA_DEPTH} levels`,
    abort: true,
  })
  .refine((value) => new TextEncoder().encode(JSON.stringify(value)).length <= MAX_METADATA_BYTES, {
    error: `must be at most ${MAX_METADATA_BYTES} bytes of JSON`,
  })
  .refine((value) => textsIn(value).every((text) => text.isWellFormed()), 'must be well-formed Unicode')
  .openapi({ type: 'object', additionalProperties: true, example: { team: 'billing' } })

/** Counted level by level and not by recursion, which deep nesting would make overflow the stack. */
function depthOf(value: unknown): number {
  let depth = 0
  for (let level: unknown[] = [value]; level.length > 0; depth += 1) {
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []))
  }
  return depth
}

/** Every string in the value, including the names of members. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => [name, ...textsIn(member)])
}

const CONTROL = /\p{Cc}/u
