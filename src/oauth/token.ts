// POST /oauth2/token: client credentials for an access token (RFC 6749 §4.4).
import type { Context } from 'hono'
import { findAudienceFault } from '../core/environment.ts'
import { OAuthError } from '../core/oauth-error.ts'
import { SCOPE_PATTERN } from '../core/scope.ts'
import type { AppEnv } from '../http/app-env.ts'
import { issuerOf } from '../http/issuer.ts'
import { issueAccessToken } from '../service/issue-token.ts'
import { identifyClient } from './client-authentication.ts'
import { type Form, readForm, requireParameter } from './form.ts'
import { sendJson } from './response.ts'

export async function answerToken(c: Context<AppEnv>): Promise<Response> {
  const form = await readForm(c)
  const grantType = requireParameter(form, 'grant_type')
  const client = await identifyClient(c, form)
  if (grantType !== 'client_credentials') {
    throw new OAuthError('unsupported_grant_type', 'The only grant type here is client_credentials.')
  }
  const issued = await issueAccessToken(c.var.deps, client, {
    scopes: readScopes(form),
    audiences: [...readAudience(form), ...readResources(form)],
    issuer: issuerOf(c.var.deps.config, c.req.url),
  })
  const { lifetimeSeconds, scopes } = issued
  return sendJson(c, {
    access_token: issued.token,
    token_type: 'Bearer',
    expires_in: lifetimeSeconds,
    // An empty scope cannot be written (RFC 6749 §3.3).
    ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
  })
}

function readScopes(form: Form): string[] | null {
  const text = form.get('scope')
  if (text === undefined) return null
  const names = text.split(' ')
  if (!names.every((name) => SCOPE_PATTERN.test(name))) {
    throw new OAuthError('invalid_scope', 'The scope must be scope names with single spaces between them.')
  }
  return names
}

function readAudience(form: Form): string[] {
  const audience = form.get('audience')
  if (audience === undefined) return []
  const fault = findAudienceFault(audience)
  if (fault !== null) throw new OAuthError('invalid_request', `The audience ${fault}.`)
  return [audience]
}

/** Absolute URIs without a fragment (RFC 8707 §2). @throws {OAuthError} invalid_target */
function readResources(form: Form): readonly string[] {
  const resources = form.getAll('resource')
  if (!resources.every((resource) => URL.canParse(resource) && findAudienceFault(resource) === null)) {
    throw new OAuthError('invalid_target', 'Each resource must be an absolute URI without a fragment.')
  }
  return resources
}
