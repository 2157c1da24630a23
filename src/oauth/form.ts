// The body of an OAuth request: a form of well-formed UTF-8 whose parameters are not repeated (RFC 6749 §3.2, appendix B).
import type { Context } from 'hono'
import { OAuthError } from '../core/oauth-error.ts'
import type { AppEnv } from '../http/app-env.ts'
import { decodeUrlencoded, decodeUtf8 } from '../http/utf8.ts'

/** The parameters that have a value. One without a value counts as left out (RFC 6749 §3.2). */
export type Form = {
  get(name: string): string | undefined
  has(name: string): boolean
  /** Every value of a parameter that may be repeated. */
  getAll(name: string): readonly string[]
}

/** RFC 8707 §2. */
const REPEATABLE: ReadonlySet<string> = new Set(['resource'])

/** @throws {OAuthError} invalid_request */
export async function readForm(c: Context<AppEnv>): Promise<Form> {
  if (!FORM_TYPE.test(c.req.header('Content-Type') ?? '')) {
    throw new OAuthError('invalid_request', 'Send the body as `Content-Type: application/x-www-form-urlencoded`.')
  }
  const text = decodeUtf8(new Uint8Array(await c.req.arrayBuffer()))
  if (text === null) throw malformed('The body is not well-formed UTF-8.')
  const given = collect(parsePairs(text))
  const valuesOf = (name: string) => (given.get(name) ?? []).filter((value) => value !== '')
  return { get: (name) => valuesOf(name)[0], has: (name) => valuesOf(name).length > 0, getAll: valuesOf }
}

/** @throws {OAuthError} invalid_request */
export function requireParameter(form: Form, name: string): string {
  const value = form.get(name)
  if (value === undefined) throw new OAuthError('invalid_request', `The parameter ${name} is missing.`)
  return value
}

function collect(pairs: readonly [string, string][]): Map<string, string[]> {
  const values = new Map<string, string[]>()
  for (const [name, value] of pairs) {
    if (`${name}${value}`.includes('\0')) throw malformed('The body has a NUL.')
    const known = values.get(name)
    if (known === undefined) values.set(name, [value])
    else if (REPEATABLE.has(name)) known.push(value)
    else throw malformed('A parameter is given twice.')
  }
  return values
}

function parsePairs(text: string): [string, string][] {
  const pairs = text.split('&').filter((pair) => pair !== '')
  return pairs.map((pair) => {
    const [name = '', ...value] = pair.split('=')
    return [decodePart(name), decodePart(value.join('='))]
  })
}

function decodePart(text: string): string {
  const decoded = decodeUrlencoded(text)
  if (decoded === null) throw malformed('The body has a percent sign that is not part of encoded UTF-8.')
  return decoded
}

const malformed = (description: string) => new OAuthError('invalid_request', description)

const FORM_TYPE = /^application\/x-www-form-urlencoded *(;.*)?$/i
