// The responses of the OAuth endpoints: JSON that is not cached, errors by their RFC names.
import type { Context } from 'hono'
import { OAUTH_ERRORS, OAuthError, type OAuthErrorCode } from '../core/oauth-error.ts'
import { Problem } from '../core/problem.ts'
import type { AppEnv } from '../http/app-env.ts'
import { formatChallenge } from '../http/challenge.ts'

/** RFC 6749 §5.1 asks for both. */
const UNCACHED = { 'Cache-Control': 'no-store', Pragma: 'no-cache' }

export const sendJson = (c: Context<AppEnv>, body: object) => c.json(body, 200, UNCACHED)

/** An error as RFC 6749 §5.2 has it. Unexpected errors are thrown on, to the app. */
export function answerOAuthError(error: Error, c: Context<AppEnv>): Response {
  const known = toOAuthError(error)
  if (known === null) throw error
  const status = OAUTH_ERRORS[known.code]
  const headers: Record<string, string> = { ...UNCACHED }
  const challenge = CHALLENGES.get(known.code)
  if (challenge !== undefined) headers['WWW-Authenticate'] = challenge
  if (known.retryAfterSeconds !== null) headers['Retry-After'] = String(known.retryAfterSeconds)
  return c.json({ error: known.code, error_description: known.message }, status, headers)
}

/** RFC 6749 §5.2, and RFC 6750 §3.1 for management keys. */
const CHALLENGES: ReadonlyMap<OAuthErrorCode, string> = new Map([
  ['invalid_client', 'Basic realm="keyward", charset="UTF-8"'],
  ['invalid_token', formatChallenge({ error: 'invalid_token' })],
  ['insufficient_scope', formatChallenge({ error: 'insufficient_scope', scopes: [] })],
])

function toOAuthError(error: Error): OAuthError | null {
  if (error instanceof OAuthError) return error
  if (!(error instanceof Problem)) return null
  switch (error.code) {
    case 'unavailable':
      return new OAuthError(
        'temporarily_unavailable',
        'Keyward cannot answer right now. Send the request again.',
        error,
      )
    case 'unauthenticated':
      return new OAuthError('invalid_token', 'The management key is not valid.')
    case 'forbidden':
      return new OAuthError('insufficient_scope', 'The role of the management key does not include this operation.')
    default:
      return null
  }
}
