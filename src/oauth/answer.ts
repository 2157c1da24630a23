// What every OAuth endpoint answers with: JSON that no cache keeps, errors by their RFC names.
import type { Context } from 'hono'
import { OAUTH_ERRORS, OAuthError } from '../core/oauth-error.ts'
import { Problem, RETRY_AFTER_SECONDS } from '../core/problem.ts'
import type { AppEnv } from '../http/app-env.ts'

/** RFC 6749 §5.1 asks for both. */
const UNCACHED = { 'Cache-Control': 'no-store', Pragma: 'no-cache' }

export const answer = (c: Context<AppEnv>, body: object) => c.json(body, 200, UNCACHED)

/** An error as RFC 6749 §5.2 has it. What is not expected is left to the app. */
export function answerOAuthError(error: Error, c: Context<AppEnv>): Response {
  const known = toOAuthError(error)
  if (known === null) throw error
  const status = OAUTH_ERRORS[known.code]
  const headers: Record<string, string> = { ...UNCACHED }
  if (known.code === 'invalid_client') headers['WWW-Authenticate'] = 'Basic realm="keyward", charset="UTF-8"'
  if (known.code === 'invalid_token') headers['WWW-Authenticate'] = 'Bearer realm="keyward", error="invalid_token"'
  if (status === 429 || status === 503) headers['Retry-After'] = String(RETRY_AFTER_SECONDS)
  return c.json({ error: known.code, error_description: known.message }, status, headers)
}

function toOAuthError(error: Error): OAuthError | null {
  if (error instanceof OAuthError) return error
  if (!(error instanceof Problem)) return null
  switch (error.code) {
    case 'unavailable':
      return new OAuthError('temporarily_unavailable', 'The stores could not be asked. Send the request again.')
    case 'unauthenticated':
      return new OAuthError('invalid_token', 'The management key is not valid.')
    case 'forbidden':
      return new OAuthError('insufficient_scope', error.message)
    default:
      return null
  }
}
