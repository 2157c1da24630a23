// Discovery: the endpoints (RFC 8414), the public keys (RFC 7517), and for which resource they are (RFC 9728).
import type { Context } from 'hono'
import { coreAudienceOf } from '../core/access-token.ts'
import type { AppEnv } from '../http/app-env.ts'
import { issuerOf } from '../http/issuer.ts'
import { readJwkSet } from '../service/signing-keys.ts'

const BY_SECRET = ['client_secret_basic', 'client_secret_post']

/** Without `response_types_supported`: there is no authorization endpoint, and an empty list must be left out (§3.2). */
export function answerMetadata(c: Context<AppEnv>): Response {
  const issuer = issuerOf(c.var.deps.config, c.req.url)
  return c.json({
    issuer,
    token_endpoint: `${issuer}/oauth2/token`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    introspection_endpoint: `${issuer}/oauth2/introspect`,
    revocation_endpoint: `${issuer}/oauth2/revoke`,
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: BY_SECRET,
    introspection_endpoint_auth_methods_supported: BY_SECRET,
    revocation_endpoint_auth_methods_supported: BY_SECRET,
    protected_resources: [coreAudienceOf(issuer)],
    service_documentation: `${issuer}/docs`,
  })
}

/** What RFC 9728 §2 says of `/core`, the one resource here that takes access tokens. */
export function answerResourceMetadata(c: Context<AppEnv>): Response {
  const issuer = issuerOf(c.var.deps.config, c.req.url)
  return c.json({
    resource: coreAudienceOf(issuer),
    authorization_servers: [issuer],
    bearer_methods_supported: ['header'],
    resource_name: 'Keyward front door',
    resource_documentation: `${issuer}/docs`,
  })
}

export const answerJwks = async (c: Context<AppEnv>): Promise<Response> => c.json(await readJwkSet(c.var.deps))
