// Issuing access tokens: JWTs (RFC 9068) for a client that has presented its secret.
import { SignJWT } from 'jose'
import { ACCESS_TOKEN_TYPE, type AccessTokenClaims, coreAudienceOf } from '../core/access-token.ts'
import { earlierOf } from '../core/api-key.ts'
import { OAuthError } from '../core/oauth-error.ts'
import { resolveRequestedScopes } from '../core/scope.ts'
import { findEvidence } from '../edge/freshness.ts'
import type { ClientRecord } from '../store/verification-records.ts'
import { type Client, invalidClient } from './client-authentication.ts'
import type { Deps } from './deps.ts'
import { clientSourceOf } from './record-sources.ts'
import { getSigner } from './signing-keys.ts'

export type TokenRequest = {
  /** What the token may do, by scope names or their aliases; null for all that the credential may. */
  scopes: string[] | null
  /** For whom it is meant besides Keyward's own front door. */
  audiences: readonly string[]
  issuer: string
}

export type IssuedToken = { token: string; lifetimeSeconds: number; scopes: string[] }

/**
 * A token for the client, as the ledger knows it now: it is none of those that were ended so far. Scopes only ever narrow.
 * @throws {OAuthError} invalid_client, invalid_scope, invalid_target @throws {Problem} unavailable
 */
export async function issueAccessToken(
  deps: Deps,
  client: Client,
  { scopes, audiences, issuer }: TokenRequest,
): Promise<IssuedToken> {
  const { id, prefix } = client
  const record = await readNow(deps, client)
  const aud = grantAudiences(record, audiences, issuer)
  const granted = scopes ? resolveRequestedScopes(record.scopes, scopes, record.aliasedScopes) : record.scopes
  if (granted === null) throw new OAuthError('invalid_scope', 'The client does not hold every scope that it asks for.')
  const signer = await getSigner(deps)
  const { iat, lifetimeSeconds } = planLifetime(record, deps)
  const claims: AccessTokenClaims = {
    iss: issuer,
    sub: id,
    client_id: id,
    aud,
    iat,
    exp: iat + lifetimeSeconds,
    jti: crypto.randomUUID(),
    scope: granted.join(' '),
    environment_id: record.environment.id,
    project_id: record.projectId,
    secret_prefix: prefix,
    credential_revision: Math.max(record.secret.credentialRevision, deps.isolate.tokensFromRevisionOf(id)),
  }
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: signer.algorithm, typ: ACCESS_TOKEN_TYPE, kid: signer.kid })
    .sign(signer.key)
  return { token, lifetimeSeconds, scopes: granted }
}

/**
 * The record under a lease may be from before all tokens of the client were ended, and what is issued by it dead for all its
 * life. Where the ledger does not answer, that record is what there is.
 */
async function readNow(deps: Deps, { prefix, record }: Client): Promise<ClientRecord> {
  const finding = await findEvidence(deps, clientSourceOf(deps, prefix), 0)
  if (finding.state === 'unknown') return record
  if (finding.state !== 'found' || finding.revoked) throw invalidClient()
  return finding.record
}

/** Our own audience, and those asked for, each of which the environment must grant: a client cannot choose whom it convinces. */
function grantAudiences(record: ClientRecord, audiences: readonly string[], issuer: string): string[] {
  const own = coreAudienceOf(issuer)
  if (audiences.some((audience) => audience !== own && !record.audiences.includes(audience))) {
    throw new OAuthError('invalid_target', 'The environment of the client does not grant every audience asked for.')
  }
  return [...new Set([own, ...audiences])]
}

/** None outlives the secret it is issued for: who checks nothing but its signature learns of no other end. */
function planLifetime(record: ClientRecord, { config, clock }: Pick<Deps, 'config' | 'clock'>) {
  const iat = Math.floor(clock() / 1000)
  const end = earlierOf(record.expiresAt, record.secretExpiresAt)
  const secretEndsInSeconds = end === null ? Number.POSITIVE_INFINITY : Math.floor(end / 1000) - iat
  if (secretEndsInSeconds < 1) throw invalidClient()
  return { iat, lifetimeSeconds: Math.min(config.accessTokenLifetimeSeconds, secretEndsInSeconds) }
}
