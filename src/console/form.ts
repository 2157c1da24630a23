// Forms that were sent or are to be shown: their fields, checked by the same schemas as the bodies of the API.
import type { z } from '@hono/zod-openapi'
import { invalidField, PROBLEMS, Problem } from '../core/problem.ts'
import { isVisible } from '../core/visible-text.ts'
import { toFaults } from '../http/faults.ts'
import { parseUrlencoded, readUrlencodedBody } from '../http/urlencoded.ts'
import { claimForm as claim, findOutcome, noteOutcome } from '../service/console-sessions.ts'
import type { ConsoleContext } from './console-env.ts'

export type Form = {
  /** The field without spaces around it; empty when it was not sent. One that is no list was sent at most once. */
  text(name: string): string
  /** Undefined for an empty field. */
  optional(name: string): string | undefined
  /** Undefined for an empty field, NaN for what is not a number. */
  number(name: string): number | undefined
  all(name: string): string[]
  has(name: string): boolean
  /** Of the fields that were sent. */
  names(): string[]
  /** The same form with these fields in place of those of the same names. */
  with(values: FormValues): Form
}

/** A list is a field that is sent once for each of its values. */
export type FormValues = Record<string, string | string[]>

/** @throws {Problem} invalid_request for what no page of ours sends, such as a field twice or text that is not UTF-8 */
export const readForm = async (c: ConsoleContext): Promise<Form> =>
  toForm(refuseRepetition(await readUrlencodedBody(c.req.raw)))

/** The query of a page, read like a form. @throws {Problem} invalid_request */
export const readQuery = (c: ConsoleContext): Form =>
  toForm(refuseRepetition(parseUrlencoded(new URL(c.req.url).search.slice(1))))

/** Which of two values counts is not for us to choose: whoever looked at the form before may have seen the other. */
function refuseRepetition(fields: URLSearchParams): URLSearchParams {
  for (const name of new Set(fields.keys())) {
    if (fields.getAll(name).length > 1 && !LIST.test(name))
      throw new Problem('invalid_request', `The field ${JSON.stringify(name.slice(0, 100))} was sent more than once.`)
  }
  return fields
}

/** The fields that are sent once for each of their values. */
const LIST = /^(row|scopes|routes\.[^.]+\.scopes)$/

export const createForm = (values: FormValues = {}): Form => toForm(new URLSearchParams()).with(values)

function toForm(fields: URLSearchParams): Form {
  const text = (name: string) => (fields.get(name) ?? '').trim()
  return {
    text,
    optional: (name) => text(name) || undefined,
    number: (name) => parseNumber(text(name)),
    all: (name) => fields.getAll(name).map((value) => value.trim()),
    has: (name) => fields.has(name),
    names: () => [...new Set(fields.keys())],
    with: (values) => {
      const changed = new URLSearchParams(fields)
      for (const [name, value] of Object.entries(values)) {
        changed.delete(name)
        for (const one of [value].flat()) changed.append(name, one)
      }
      return toForm(changed)
    },
  }
}

/** Undefined for an empty text, NaN for what is not a number as HTML writes it. `Number` takes more, such as `0x10`. */
export function parseNumber(text: string): number | undefined {
  if (text === '') return undefined
  return NUMBER.test(text) ? Number(text) : Number.NaN
}

/** A valid floating-point number of HTML, as `<input type="number">` sends it. */
const NUMBER = /^-?(\d+(\.\d+)?|\.\d+)(e[-+]?\d+)?$/i

/** @throws {Problem} invalid_request that names every field at fault */
export function parseWith<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new Problem('invalid_request', 'Some fields are not valid. Correct them, then send the form again.', {
    faults: toFaults(parsed.error.issues),
  })
}

/**
 * What is to be stored of a field that was shown with `stored` in it. Fields are read without the spaces around them: where
 * nothing else differs nobody changed the field, and it stays as it is.
 */
export const keepUnchanged = (typed: string, stored: string | null): string =>
  stored !== null && typed === stored.trim() ? stored : typed

type Named = { id: string; name: string }

/** What is typed to confirm an irreversible step: the name, or the id where there is nothing to see of the name. */
export const confirmationOf = ({ id, name }: Named): string => (isVisible(name) ? name : id)

/**
 * Refuses a form in which the name that confirms an irreversible step was not typed. Fields are read without the spaces
 * around them, which a name may have, so they do not count. @throws {Problem} invalid_request
 */
export function requireName(form: Form, field: string, { noun, ...named }: Named & { noun: string }): void {
  if (form.text(field) === confirmationOf(named).trim()) return
  throw invalidField(field, `must be the ${noun}'s ${isVisible(named.name) ? 'name' : 'id'}`)
}

export type Outcome<T> = { done: true; value: T } | { done: false; problem: Problem; status: 400 | 409 }

/** Runs the work. A problem that the sender of the form can solve is returned, to be shown with the form; any other is thrown. */
export async function tryForm<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { done: true, value: await work() }
  } catch (error) {
    if (!(error instanceof Problem) || !(error.code === 'invalid_request' || error.code === 'conflict')) throw error
    return { done: false, problem: error, status: PROBLEMS[error.code].status }
  }
}

export type Claim = { first: true; note(path: string): Promise<void> } | { first: false; outcome: string | null }

/**
 * Whether the form, which carries a <OneTimeId>, is sent for the first time. Claim it when it is known to be valid and
 * before it has its effect; `note` then remembers the address of what it created, for when it is sent again.
 * @throws {Problem} invalid_request for a form without its id
 */
export async function claimForm(c: ConsoleContext, form: Form): Promise<Claim> {
  const { deps, session } = c.var
  const id = form.text('formId')
  if (!FORM_ID.test(id))
    throw new Problem('invalid_request', 'This form is incomplete. Open the page again, then fill it in.')
  const first = await claim(deps, session, id)
  if (first) return { first, note: (path) => noteOutcome(deps, session, id, path) }
  return { first, outcome: await findOutcome(deps, session, id) }
}

const FORM_ID = /^[0-9a-f-]{36}$/
