// Reading access tokens: whose signature they bear, and what the record of their credential says of them. Without I/O once
// the signing key is known. A token ends at its time, with the secret it was issued for, and with its credential.
import { decodeProtectedHeader, jwtVerify } from 'jose'
import {
  ACCESS_TOKEN_TYPE,
  type AccessTokenClaims,
  MAX_TOKEN_LENGTH,
  readClaims,
  scopesOf,
} from '../core/access-token.ts'
import { earlierOf } from '../core/api-key.ts'
import { sha256Hex } from '../core/hash.ts'
import type { VerificationRecord } from '../core/policy.ts'
import { catchUnavailable } from '../core/problem.ts'
import { TOKEN_ALGORITHMS, type TokenAlgorithm } from '../core/signing-key.ts'
import type { Finding } from '../edge/freshness.ts'
import type { ClientRecord } from '../store/verification-records.ts'
import type { Deps } from './deps.ts'
import { findPublicKey } from './signing-keys.ts'

/** Whether the text could be an access token: three parts of base64url (RFC 7519 §3), the last as long as our signatures. */
export const looksLikeAccessToken = (token: string) => token.length <= MAX_TOKEN_LENGTH && JWT.test(token)

/** What a token says that one of our keys has signed, whatever its time. A good signature is checked once. */
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
  return claims
}

async function checkSignature(
  deps: Deps,
  token: string,
): Promise<AccessTokenClaims | 'malformed' | 'not_found' | 'unavailable'> {
  const header = readHeader(token)
  if (header === null) return 'malformed'
  const published = await catchUnavailable(findPublicKey(deps, header.kid), 'unavailable' as const)
  if (published === 'unavailable') return published
  if (published === null || published.algorithm !== header.alg) return 'not_found'
  try {
    // The algorithm is that of the published key. The time is not checked here: an expired token has a verdict of its own.
    const options = { algorithms: [published.algorithm], typ: ACCESS_TOKEN_TYPE, currentDate: new Date(0) }
    const { payload } = await jwtVerify(token, published.key, options)
    return readClaims(payload) ?? 'malformed'
  } catch {
    return 'not_found'
  }
}

/** The key and the algorithm that the token says it is signed with; null for a header that none of our tokens has. */
function readHeader(token: string): { kid: string; alg: TokenAlgorithm } | null {
  try {
    const { alg: name, kid } = decodeProtectedHeader(token)
    const alg = TOKEN_ALGORITHMS.find((known) => known === name)
    return alg !== undefined && kid !== undefined && KID.test(kid) ? { kid, alg } : null
  } catch {
    return null
  }
}

/** What the evidence on the credential says of one of its tokens. */
export function narrowToClaims(
  evidence: Finding<ClientRecord>,
  claims: AccessTokenClaims,
  { isEnded }: { isEnded: boolean },
): Finding<VerificationRecord> {
  if (evidence.state === 'revoked') return { ...evidence, environmentId: claims.environment_id }
  if (evidence.state !== 'found') return evidence
  const { record } = evidence
  if (record.keyId !== claims.client_id) return { state: 'none' }
  return { ...evidence, revoked: evidence.revoked || isEnded, record: narrowRecord(record, claims) }
}

/** The credential as far as the token goes: what both may do, and until the first of them ends. */
const narrowRecord = (record: ClientRecord, claims: AccessTokenClaims): VerificationRecord => ({
  ...record,
  scopes: record.scopes.filter((scope) => scopesOf(claims).includes(scope)),
  expiresAt: earlierOf(record.expiresAt, claims.exp * 1000),
})

/**
 * The 64 bytes of an Ed25519 signature, or the 256 of RS256. Both end in a letter of which only two bits count: with the
 * others set, the same token would have another spelling.
 */
const JWT = /^[\w-]+\.[\w-]+\.(?:[\w-]{85}|[\w-]{341})[AQgw]$/
/** A SHA-256 in base64url. */
const KID = /^[\w-]{43}$/
