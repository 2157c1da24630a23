// The body of an OAuth request: a form without repeated parameters (RFC 6749 §3.2).
import type { Context } from 'hono'
import { OAuthError } from '../core/oauth-error.ts'
import type { AppEnv } from '../http/app-env.ts'

/** The parameters that have a value. One without a value counts as left out (RFC 6749 §3.2). */
export type Form = ReadonlyMap<string, string>

/** @throws {OAuthError} invalid_request */
export async function readForm(c: Context<AppEnv>): Promise<Form> {
  if (!FORM_TYPE.test(c.req.header('Content-Type') ?? '')) {
    throw new OAuthError('invalid_request', 'Send the body as `Content-Type: application/x-www-form-urlencoded`.')
  }
  const text = await c.req.text()
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (form.has(name)) throw new OAuthError('invalid_request', 'A parameter is given twice.')
    form.set(name, value)
  }
  return new Map([...form].filter(([, value]) => value !== ''))
}

/** @throws {OAuthError} invalid_request */
export function requireParameter(form: Form, name: string): string {
  const value = form.get(name)
  if (value === undefined) throw new OAuthError('invalid_request', `The parameter ${name} is missing.`)
  return value
}

const FORM_TYPE = /^application\/x-www-form-urlencoded *(;.*)?$/i
