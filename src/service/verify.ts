// The one verification, for every surface: may the caller ask, is the token one of ours, what do the stores know of it,
// what does the policy say. An API key and an access token go the same way. Read this first.

import { isFromTheFuture } from '../core/access-token.ts'
import { type Actor, authorize } from '../core/actor.ts'
import { MAX_STALENESS_MS } from '../core/environment.ts'
import { sha256Hex } from '../core/hash.ts'
import { type AccessRequest, decide, type VerificationRecord } from '../core/policy.ts'
import { RETRY_AFTER_SECONDS } from '../core/problem.ts'
import { parseToken } from '../core/token.ts'
import type { Unavailable, ValidKey, Verdict } from '../core/verdict.ts'
import { type Finding, findEvidence } from '../edge/freshness.ts'
import { looksLikeAccessToken, narrowToClaims, readSignedClaims } from './access-tokens.ts'
import type { Deps } from './deps.ts'
import { findMinted } from './mint-keys.ts'
import { keySourceOf } from './record-sources.ts'
import { findTokenEvidence } from './token-endings.ts'
import { recordUse } from './usage.ts'

export type VerifyInput = {
  token: string
  scopes?: readonly string[] | undefined
  environmentId?: string | undefined
  maxStalenessMs?: number | undefined
  /** The one kind of token that is taken; without it either is. */
  kind?: ValidKey['kind'] | undefined
}

/**
 * The verdict on a token. A key outside the environment that the caller is bound to does not exist. A token that was made up
 * costs no I/O. `unavailable` means that the stores could not be asked, and is neither yes nor no.
 * @throws {Problem} forbidden
 */
export async function verify(deps: Deps, actor: Actor, input: VerifyInput): Promise<Verdict | Unavailable> {
  authorize(actor, 'verify', { environmentId: actor.environmentId })
  const found = await findPresented(deps, input)
  if ('verdict' in found) return found.verdict
  const { remembered, evidence } = found
  const verdict = toVerdict(evidence, toAccessRequest(actor, input), deps.clock())
  // What a verification takes or leaves behind belongs here: policy has refused whatever it refuses.
  if (verdict.valid && remembered.state === 'found') recordUse(deps, 'api_key', verdict.keyId, remembered.record)
  return verdict
}

type Found =
  /** `remembered` is of the whole key; `evidence` says of it what holds for the token. They are one for an API key. */
  | { remembered: Finding<VerificationRecord>; evidence: Finding<VerificationRecord> }
  /** No store need be asked about the token. */
  | { verdict: Verdict | Unavailable }

/** What is known of the token, by the kind that it is. */
async function findPresented(
  deps: Deps,
  { token, kind, maxStalenessMs = MAX_STALENESS_MS }: VerifyInput,
): Promise<Found> {
  if (kind !== 'api_key' && looksLikeAccessToken(token)) {
    const claims = await readSignedClaims(deps, token)
    if (typeof claims === 'string') return { verdict: claims === 'unavailable' ? UNAVAILABLE : refuse(claims) }
    if (isFromTheFuture(claims, deps.clock())) return { verdict: refuse('not_found') }
    const { remembered, isEnded } = await findTokenEvidence(deps, claims, maxStalenessMs)
    return { remembered, evidence: narrowToClaims(remembered, claims, { isEnded }) }
  }
  const parsed = kind === 'access_token' ? null : parseToken(token, deps.config.brand)
  if (!parsed) return { verdict: refuse('malformed') }
  const hash = await sha256Hex(token)
  const source = keySourceOf(deps, hash, parsed.prefix)
  const find = () => findEvidence(deps, source, maxStalenessMs)
  const isRemembered = source.cache.get(hash) !== undefined
  const remembered = await (isRemembered ? find() : findMinted(deps, { token, hash }, find))
  return { remembered, evidence: remembered }
}

function toVerdict(evidence: Finding<VerificationRecord>, request: AccessRequest, now: number): Verdict | Unavailable {
  switch (evidence.state) {
    case 'unknown':
      return UNAVAILABLE
    case 'none':
      return refuse('not_found')
    case 'revoked': {
      const { keyId, environmentId, freshness } = evidence
      const isVisible = request.environmentIds.every((id) => id === environmentId)
      return isVisible ? { valid: false, code: 'revoked', keyId, freshness } : refuse('not_found')
    }
    case 'found':
      return decide(evidence, request, now)
  }
}

const refuse = (code: 'malformed' | 'not_found'): Verdict => ({ valid: false, code })

const UNAVAILABLE: Unavailable = { valid: false, code: 'unavailable', retryAfterSeconds: RETRY_AFTER_SECONDS }

function toAccessRequest(actor: Actor, { scopes, environmentId }: VerifyInput): AccessRequest {
  return {
    scopes: [...new Set(scopes)],
    environmentIds: [actor.environmentId, environmentId].filter((id) => id !== null && id !== undefined),
  }
}
