// Issuing access tokens: JWTs (RFC 9068) for a client that has presented its secret.
import { SignJWT } from 'jose'
import { ACCESS_TOKEN_TYPE, type AccessTokenClaims, coreAudienceOf } from '../core/access-token.ts'
import { earlierOf } from '../core/api-key.ts'
import { OAuthError } from '../core/oauth-error.ts'
import { resolveRequestedScopes } from '../core/scope.ts'
import type { ClientRecord } from '../store/verification-records.ts'
import { type Client, invalidClient } from './client-authentication.ts'
import type { Deps } from './deps.ts'
import { getSigner } from './signing-keys.ts'

export type TokenRequest = {
  /** What the token may do, by scope names or their aliases; null for all that the credential may. */
  scopes: string[] | null
  /** For whom it is meant besides the core API. */
  audience: string | null
  issuer: string
}

export type IssuedToken = { token: string; lifetimeSeconds: number; scopes: string[] }

/** A token for the client. Scopes only ever narrow. @throws {OAuthError} invalid_scope @throws {Problem} unavailable */
export async function issueAccessToken(
  deps: Deps,
  { id, prefix, record }: Client,
  { scopes, audience, issuer }: TokenRequest,
): Promise<IssuedToken> {
  const granted = scopes ? resolveRequestedScopes(record.scopes, scopes, record.aliasedScopes) : record.scopes
  if (granted === null) throw new OAuthError('invalid_scope', 'The client does not hold every scope that it asks for.')
  const signer = await getSigner(deps)
  const { iat, lifetimeSeconds } = planLifetime(record, deps)
  const claims: AccessTokenClaims = {
    iss: issuer,
    sub: id,
    client_id: id,
    aud: audience === null ? [coreAudienceOf(issuer)] : [coreAudienceOf(issuer), audience],
    iat,
    exp: iat + lifetimeSeconds,
    jti: crypto.randomUUID(),
    scope: granted.join(' '),
    environment_id: record.environment.id,
    project_id: record.projectId,
    secret_prefix: prefix,
  }
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'EdDSA', typ: ACCESS_TOKEN_TYPE, kid: signer.kid })
    .sign(signer.key)
  return { token, lifetimeSeconds, scopes: granted }
}

/**
 * A token issued just after others were ended is dated after them, so that it is not one of them. None outlives the secret
 * it is issued for: who checks nothing but its signature learns of no other end.
 */
function planLifetime(record: ClientRecord, { config, clock }: Pick<Deps, 'config' | 'clock'>) {
  const iat = Math.ceil(Math.max(Math.floor(clock() / 1000) * 1000, record.secret.tokensNotBefore ?? 0) / 1000)
  const end = earlierOf(record.expiresAt, record.secretExpiresAt)
  const secretEndsInSeconds = end === null ? Number.POSITIVE_INFINITY : Math.floor(end / 1000) - iat
  if (secretEndsInSeconds < 1) throw invalidClient()
  return { iat, lifetimeSeconds: Math.min(config.accessTokenLifetimeSeconds, secretEndsInSeconds) }
}
