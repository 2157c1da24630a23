// Access tokens: issued for a client secret, verified without I/O once their signing key and credential are known. A
// token ends at its time, with the secret it was issued for, with its credential, and with what its credential may do.
import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose'
import {
  type AccessTokenClaims,
  coreAudienceOf,
  isFromTheFuture,
  MAX_TOKEN_LENGTH,
  readClaims,
  scopesOf,
} from '../core/access-token.ts'
import { earlierOf } from '../core/api-key.ts'
import { MAX_STALENESS_MS } from '../core/environment.ts'
import { isEqualInConstantTime, sha256Hex } from '../core/hash.ts'
import { OAuthError } from '../core/oauth-error.ts'
import { decide, type VerificationRecord } from '../core/policy.ts'
import { Problem } from '../core/problem.ts'
import { findMissingScopes } from '../core/scope.ts'
import { clientSecretBrandOf, parseToken } from '../core/token.ts'
import type { Unavailable, Verdict } from '../core/verdict.ts'
import type { Deps } from '../deps.ts'
import { type Finding, findEvidence } from '../edge/freshness.ts'
import { type ClientRecord, clientSourceOf } from './record-sources.ts'
import { findPublicKey, getSigner } from './signing-keys.ts'
import { recordUse } from './usage.ts'
import { accessRequest, UNAVAILABLE, type VerifyInput, verdictOn } from './verify.ts'

/** A client that has shown its secret. */
export type Client = { id: string; prefix: string; record: ClientRecord }

/**
 * The credential whose secret this is. Why it is not is told to nobody.
 * @throws {OAuthError} invalid_client @throws {Problem} unavailable
 */
export async function authenticateClient(
  deps: Deps,
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
): Promise<Client> {
  const parsed = parseToken(clientSecret, clientSecretBrandOf(deps.config.brand))
  if (!parsed) throw notTheClient()
  const hash = await sha256Hex(clientSecret)
  const evidence = await findEvidence<ClientRecord>(deps, clientSourceOf(deps, parsed.prefix), MAX_STALENESS_MS)
  if (evidence.state === 'unknown')
    throw new Problem('unavailable', 'The stores that know this client could not be asked.')
  if (evidence.state !== 'found' || !isEqualInConstantTime(hash, evidence.record.secret.hash)) throw notTheClient()

  const { record } = evidence
  if (record.keyId !== clientId || !decide(evidence, NOTHING_ASKED, deps.clock()).valid) throw notTheClient()
  recordUse(deps, 'api_key', record.keyId, record)
  return { id: record.keyId, prefix: parsed.prefix, record }
}

const NOTHING_ASKED = { scopes: [], environmentIds: [] }
const notTheClient = () => new OAuthError('invalid_client', 'The client is unknown, or its secret is wrong.')

export type TokenRequest = {
  /** What the token may do; null for all that the credential may. */
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
  if (scopes && findMissingScopes(record.scopes, scopes).length > 0) {
    throw new OAuthError('invalid_scope', 'The client does not hold every scope that it asks for.')
  }
  const granted = scopes ? record.scopes.filter((scope) => scopes.includes(scope)) : record.scopes
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
    .setProtectedHeader({ alg: 'EdDSA', typ: TYPE, kid: signer.kid })
    .sign(signer.key)
  return { token, lifetimeSeconds, scopes: granted }
}

/**
 * A token issued just after others were ended is not one of them. None outlives the secret it is issued for: who verifies it
 * by its signature alone knows of no other end.
 */
function planLifetime(record: ClientRecord, { config, clock }: Pick<Deps, 'config' | 'clock'>) {
  const iat = Math.ceil(Math.max(Math.floor(clock() / 1000) * 1000, record.secret.tokensNotBefore ?? 0) / 1000)
  const end = earlierOf(record.expiresAt, record.secretExpiresAt)
  const secretEndsInSeconds = end === null ? Number.POSITIVE_INFINITY : Math.floor(end / 1000) - iat
  if (secretEndsInSeconds < 1) throw notTheClient()
  return { iat, lifetimeSeconds: Math.min(config.accessTokenLifetimeSeconds, secretEndsInSeconds) }
}

/** Whether the text could be an access token: three parts of base64url (RFC 7519 §3), the last an Ed25519 signature. */
export const looksLikeAccessToken = (token: string) => token.length <= MAX_TOKEN_LENGTH && JWT.test(token)

/** The verdict on an access token, as verifyKey gives it on an API key. */
export async function verifyAccessToken(
  deps: Deps,
  bound: string | null,
  input: VerifyInput,
): Promise<Verdict | Unavailable> {
  const signed = await readSignedClaims(deps, input.token)
  if (typeof signed === 'string') return signed === 'unavailable' ? UNAVAILABLE : { valid: false, code: signed }
  const source = clientSourceOf(deps, signed.secret_prefix)
  const evidence = await findEvidence<ClientRecord>(deps, source, input.maxStalenessMs ?? MAX_STALENESS_MS)
  const verdict = verdictOn(narrowEvidence(signed, evidence), accessRequest(bound, input), deps.clock())
  if (verdict.valid && evidence.state === 'found') recordUse(deps, 'api_key', verdict.keyId, evidence.record)
  return verdict
}

/** What the evidence on the secret a token was issued for says of the token. */
function narrowEvidence(claims: AccessTokenClaims, evidence: Finding<ClientRecord>): Finding<VerificationRecord> {
  if (evidence.state === 'dead') return { ...evidence, environmentId: claims.environment_id }
  if (evidence.state !== 'found') return evidence
  const { record } = evidence
  if (record.keyId !== claims.client_id) return { state: 'none' }
  const { tokensNotBefore } = record.secret
  const dead = evidence.dead || (tokensNotBefore !== null && claims.iat * 1000 < tokensNotBefore)
  return { ...evidence, dead, record: narrowRecord(record, claims) }
}

/** The credential as far as the token goes: what both may do, and until the first of them ends. */
const narrowRecord = (record: ClientRecord, claims: AccessTokenClaims): VerificationRecord => ({
  ...record,
  scopes: record.scopes.filter((scope) => scopesOf(claims).includes(scope)),
  expiresAt: earlierOf(record.expiresAt, claims.exp * 1000),
})

/** What a token says that one of our keys has signed. A good signature is checked once; time is asked each time. */
export async function readSignedClaims(
  deps: Deps,
  token: string,
): Promise<AccessTokenClaims | 'malformed' | 'not_found' | 'unavailable'> {
  if (!looksLikeAccessToken(token)) return 'malformed'
  const hash = await sha256Hex(token)
  const { tokens } = deps.isolate.keyring
  const known = tokens.get(hash)
  const claims = known ?? (await checkSignature(deps, token))
  if (typeof claims === 'string') return claims
  if (!known) tokens.set(hash, claims)
  return isFromTheFuture(claims, deps.clock()) ? 'not_found' : claims
}

async function checkSignature(
  deps: Deps,
  token: string,
): Promise<AccessTokenClaims | 'malformed' | 'not_found' | 'unavailable'> {
  const kid = readKid(token)
  if (kid === null) return 'malformed'
  const key = await findPublicKey(deps, kid).catch(unlessUnknown)
  if (key === 'unavailable') return key
  if (key === null) return 'not_found'
  try {
    // The time is not checked here: an expired token has a verdict of its own.
    const { payload } = await jwtVerify(token, key, { algorithms: ['EdDSA'], typ: TYPE, currentDate: new Date(0) })
    return readClaims(payload) ?? 'malformed'
  } catch {
    return 'not_found'
  }
}

/** The key the token says it is signed with; null for a header that none of our tokens has. */
function readKid(token: string): string | null {
  try {
    const { alg, kid } = decodeProtectedHeader(token)
    return alg === 'EdDSA' && kid !== undefined && KID.test(kid) ? kid : null
  } catch {
    return null
  }
}

function unlessUnknown(error: unknown): 'unavailable' {
  if (error instanceof Problem && error.code === 'unavailable') return 'unavailable'
  throw error
}

/** RFC 9068 §2.1. */
const TYPE = 'at+jwt'
/** 64 bytes end in a letter of which two bits count: others would be the same token in another spelling. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]{85}[AQgw]$/
/** A SHA-256 in base64url. */
const KID = /^[\w-]{43}$/
