// POST /oauth2/token: client credentials for an access token (RFC 6749 §4.4).
import type { Context } from 'hono'
import { OAuthError } from '../core/oauth-error.ts'
import { SCOPE_PATTERN } from '../core/scope.ts'
import type { AppEnv } from '../http/app-env.ts'
import { issueAccessToken } from '../service/access-tokens.ts'
import { answer } from './answer.ts'
import { clientOf } from './client-authentication.ts'
import { type Form, readForm, required } from './form.ts'
import { issuerOf } from './issuer.ts'

export async function token(c: Context<AppEnv>): Promise<Response> {
  const form = await readForm(c)
  const grantType = required(form, 'grant_type')
  const client = await clientOf(c, form)
  if (grantType !== 'client_credentials') {
    throw new OAuthError('unsupported_grant_type', 'The only grant type here is client_credentials.')
  }
  const issued = await issueAccessToken(c.var.deps, client, {
    scopes: scopesOf(form),
    audience: audienceOf(form),
    issuer: issuerOf(c),
  })
  const { lifetimeSeconds, scopes } = issued
  return answer(c, {
    access_token: issued.token,
    token_type: 'Bearer',
    expires_in: lifetimeSeconds,
    scope: scopes.join(' '),
  })
}

function scopesOf(form: Form): string[] | null {
  const text = form.get('scope')
  if (text === undefined) return null
  const names = text.split(' ').filter((name) => name !== '')
  if (!names.every((name) => SCOPE_PATTERN.test(name))) {
    throw new OAuthError('invalid_scope', 'The scope must be scope names with single spaces between them.')
  }
  return names
}

function audienceOf(form: Form): string | null {
  const audience = form.get('audience') ?? null
  if (audience !== null && !AUDIENCE.test(audience)) {
    throw new OAuthError('invalid_request', 'The audience must be at most 200 visible characters.')
  }
  return audience
}

const AUDIENCE = /^[!-~]{1,200}$/
