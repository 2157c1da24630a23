// The fields of requests and responses, with the rule for each in one place.
import { z } from '@hono/zod-openapi'
import { MAX_METADATA_BYTES, MAX_METADATA_DEPTH, type Metadata } from '../core/api-key.ts'
import { SCOPE_PATTERN } from '../core/scope.ts'
import { isVisible } from '../core/visible-text.ts'
import { parseTimestamp } from './timestamps.ts'

const NOT_A_TIMESTAMP =
  'must be an RFC 3339 date and time such as 2027-01-31T12:00:00Z, in the years 0000 to 9999, and no leap second'
const MAX_TIMESTAMP_LENGTH = 64

/**
 * Text for people, kept as it came: something to see in it, no control characters or line breaks, no lone surrogates.
 * Length is counted in code points.
 */
export const text = (maxLength: number) =>
  z
    .string()
    .refine((value) => [...value].length <= maxLength, {
      error: `must be at most ${maxLength} characters`,
      abort: true,
    })
    .refine((value) => value.trim() !== '', { error: 'must not be empty', abort: true })
    .refine((value) => value.isWellFormed(), { error: 'must be well-formed Unicode', abort: true })
    .refine((value) => !CONTROL.test(value), { error: 'must not contain control characters', abort: true })
    .refine(isVisible, 'must contain a visible character')
    .openapi({ minLength: 1, maxLength })

export const nameField = text(100)
  .openapi({ example: 'billing-service' })
  .describe('A name for people: 1 to 100 characters, without line breaks. Names need not be unique.')

export const scopeName = z
  .string()
  .regex(SCOPE_PATTERN, 'must begin with a lower-case letter and hold at most 64 of a-z 0-9 . _ : / -')
  .openapi({ example: 'read' })

/** The ids of records, in paths and in answers. */
export const idField = {
  project: z.string().describe('The id of the project (`proj_…`).'),
  environment: z.string().describe('The id of the environment (`env_…`).'),
  key: z.string().describe('The id of the key (`key_…`). It stays the same when the key is rotated.'),
  credential: z.string().describe('The id of the credential (`cred_…`), which is also its OAuth `client_id`.'),
  managementKey: z.string().describe('The id of the management key (`mk_…`).'),
}

export const createdByField = z.string().describe('The id of the management key that created it, or `root`.')

/** A moment in a response: RFC 3339 in UTC with milliseconds. */
export const timestamp = z.string().openapi({ format: 'date-time', example: '2026-11-21T10:00:00.000Z' })

/** A moment in a request: RFC 3339 with any offset, parsed to milliseconds since the Unix epoch. */
export const timestampInput = z
  .string()
  .max(MAX_TIMESTAMP_LENGTH, NOT_A_TIMESTAMP)
  .transform((value, ctx) => {
    const at = parseTimestamp(value)
    if (at !== null) return at
    ctx.addIssue({ code: 'custom', message: NOT_A_TIMESTAMP })
    return z.NEVER
  })
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
  .describe(
    `Any JSON object of yours, at most ${MAX_METADATA_BYTES / 1024} KiB. It is kept as sent and never interpreted.`,
  )

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

/** U+2028 and U+2029 break lines as a newline does. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u
