// Who an OAuth client is: the SDK credential whose client secret is presented.
import { MAX_STALENESS_MS } from '../core/environment.ts'
import { isEqualInConstantTime, sha256Hex } from '../core/hash.ts'
import { OAuthError } from '../core/oauth-error.ts'
import { decide } from '../core/policy.ts'
import { Problem } from '../core/problem.ts'
import { clientSecretBrandOf, parseToken } from '../core/token.ts'
import { type Finding, findEvidence } from '../edge/freshness.ts'
import type { ClientRecord } from '../store/verification-records.ts'
import type { Deps } from './deps.ts'
import { findMinted } from './mint-keys.ts'
import { clientSourceOf } from './record-sources.ts'
import { recordUse } from './usage.ts'

/** A client that has presented its secret. */
export type Client = { id: string; prefix: string; record: ClientRecord }

/**
 * The client whose secret this is. A stranger is not told why it is not: unknown, wrong, revoked and expired are the same.
 * @throws {OAuthError} invalid_client @throws {Problem} unavailable
 */
export async function authenticateClient(
  deps: Deps,
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
): Promise<Client> {
  const parsed = parseToken(clientSecret, clientSecretBrandOf(deps.config.brand))
  if (!parsed) throw invalidClient()
  const hash = await sha256Hex(clientSecret)
  const evidence = await findClient(deps, { token: clientSecret, hash, prefix: parsed.prefix })
  if (evidence.state === 'unknown') {
    throw new Problem('unavailable', 'The stores that know this client could not be asked.')
  }
  const isTheSecret = evidence.state === 'found' && isEqualInConstantTime(hash, evidence.record.secret.hash)
  if (!isTheSecret) throw invalidClient()

  const { record } = evidence
  if (record.keyId !== clientId || !decide(evidence, NOTHING_ASKED, deps.clock()).valid) throw invalidClient()
  recordUse(deps, 'api_key', record.keyId, record)
  return { id: record.keyId, prefix: parsed.prefix, record }
}

/** The record was found by the secret's public prefix, so the secret is compared before any store is asked because of it. */
async function findClient(
  deps: Deps,
  { token, hash, prefix }: { token: string; hash: string; prefix: string },
): Promise<Finding<ClientRecord>> {
  const source = clientSourceOf(deps, prefix)
  const find = () => findEvidence(deps, source, MAX_STALENESS_MS)
  const remembered = source.cache.get(prefix)
  if (remembered === undefined) return findMinted(deps, { token, hash }, find)
  return isEqualInConstantTime(hash, remembered.record.secret.hash) ? find() : { state: 'none' }
}

export const invalidClient = () => new OAuthError('invalid_client', 'The client is unknown, or its secret is wrong.')

const NOTHING_ASKED = { scopes: [], environmentIds: [] }
