// Discovery: the endpoints (RFC 8414) and the public keys (RFC 7517).
import type { Context } from 'hono'
import type { AppEnv } from '../http/app-env.ts'
import { readJwkSet } from '../service/signing-keys.ts'

/** Who issues access tokens: as configured, or the origin the request was sent to. */
export const issuerOf = (c: Context<AppEnv>) => c.var.deps.config.issuer ?? new URL(c.req.url).origin

const BY_SECRET = ['client_secret_basic', 'client_secret_post']

export function answerMetadata(c: Context<AppEnv>): Response {
  const issuer = issuerOf(c)
  return c.json({
    issuer,
    token_endpoint: `${issuer}/oauth2/token`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    introspection_endpoint: `${issuer}/oauth2/introspect`,
    revocation_endpoint: `${issuer}/oauth2/revoke`,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    token_endpoint_auth_methods_supported: BY_SECRET,
    introspection_endpoint_auth_methods_supported: BY_SECRET,
    revocation_endpoint_auth_methods_supported: BY_SECRET,
    service_documentation: `${issuer}/docs`,
  })
}

export const answerJwks = async (c: Context<AppEnv>): Promise<Response> => c.json(await readJwkSet(c.var.deps))
