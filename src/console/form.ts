// Forms that were sent: their fields, the same schemas as the API's bodies, and what becomes of a refusal.
import type { z } from '@hono/zod-openapi'
import { PROBLEMS, Problem } from '../core/problem.ts'
import { toFaults } from '../http/faults.ts'
import { claimForm as claim, findOutcome, noteOutcome } from '../service/console-sessions.ts'
import type { ConsoleContext } from './console-env.ts'

export type Form = {
  /** The field as it was sent, without the blanks around it; empty when it was not. */
  text(name: string): string
  /** Undefined for an empty field. */
  optional(name: string): string | undefined
  all(name: string): string[]
  has(name: string): boolean
}

export const readForm = async (c: ConsoleContext): Promise<Form> => toForm(new URLSearchParams(await c.req.text()))

/** The query of a page, read like a form. */
export const readQuery = (c: ConsoleContext): Form => toForm(new URL(c.req.url).searchParams)

/** A form that nobody has filled in, or that stands as the given values say. */
export const blankForm = (values: Record<string, string | string[]> = {}): Form =>
  toForm(
    new URLSearchParams(
      Object.entries(values).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])),
    ),
  )

function toForm(fields: URLSearchParams): Form {
  const text = (name: string) => (fields.get(name) ?? '').trim()
  return {
    text,
    optional: (name) => text(name) || undefined,
    all: (name) => fields.getAll(name).map((value) => value.trim()),
    has: (name) => fields.has(name),
  }
}

/** @throws {Problem} invalid_request that names every field at fault */
export function parseWith<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new Problem('invalid_request', 'Some of what was filled in does not fit.', {
    faults: toFaults(parsed.error.issues),
  })
}

export type Outcome<T> = { done: true; value: T } | { done: false; problem: Problem; status: 400 | 409 }

/** Runs it. What whoever filled in the form can mend comes back to be shown beside it; everything else goes on up. */
export async function tryForm<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { done: true, value: await work() }
  } catch (error) {
    if (!(error instanceof Problem) || !(error.code === 'invalid_request' || error.code === 'conflict')) throw error
    return { done: false, problem: error, status: PROBLEMS[error.code].status }
  }
}

export type Claim = { first: true; done(path: string): Promise<void> } | { first: false; outcome: string | null }

/**
 * Whether the form, which carries a <OneTimeId>, is sent for the first time. Claim it when all of it was found good and
 * before it has its effect; tell with `done` where what it made is to be seen.
 * @throws {Problem} invalid_request for a form without its id
 */
export async function claimForm(c: ConsoleContext, form: Form): Promise<Claim> {
  const { deps, session } = c.var
  const id = form.text('formId')
  if (!FORM_ID.test(id)) throw new Problem('invalid_request', 'The form is not one of this console. Open it again.')
  const first = await claim(deps, session, id)
  if (first) return { first, done: (path) => noteOutcome(deps, session, id, path) }
  return { first, outcome: await findOutcome(deps, session, id) }
}

const FORM_ID = /^[0-9a-f-]{36}$/
