// The one verification, for every surface: may the caller ask, is the token one of ours, what do the stores know of it,
// what does the policy say. An API key and an access token go the same way. Read this first.
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
import { clientSourceOf, keySourceOf } from './record-sources.ts'
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
 * The verdict on a token. A key outside the environment that the caller is bound to does not exist. A token that does not
 * parse costs no I/O. `unavailable` means that the stores could not be asked, and is neither yes nor no.
 * @throws {Problem} forbidden
 */
export async function verify(deps: Deps, actor: Actor, input: VerifyInput): Promise<Verdict | Unavailable> {
  authorize(actor, 'verify', { environmentId: actor.environmentId })
  const presented = await readPresented(deps, input)
  if ('verdict' in presented) return presented.verdict

  const { remembered, evidence } = await presented.findEvidence(input.maxStalenessMs ?? MAX_STALENESS_MS)
  const verdict = toVerdict(evidence, toAccessRequest(actor, input), deps.clock())
  // What a verification takes or leaves behind belongs here: policy has refused whatever it refuses.
  if (verdict.valid && remembered.state === 'found') recordUse(deps, 'api_key', verdict.keyId, remembered.record)
  return verdict
}

type Presented =
  | { findEvidence(maxStalenessMs: number): Promise<Found> }
  /** No store need be asked about the token. */
  | { verdict: Verdict | Unavailable }

/** `remembered` is of the whole key; `evidence` says of it what holds for the token. They are one for an API key. */
type Found = { remembered: Finding<VerificationRecord>; evidence: Finding<VerificationRecord> }

/** Which kind of token it is, and where its evidence is found. */
async function readPresented(deps: Deps, { token, kind }: VerifyInput): Promise<Presented> {
  if (kind !== 'api_key' && looksLikeAccessToken(token)) {
    const claims = await readSignedClaims(deps, token)
    if (typeof claims === 'string') return { verdict: claims === 'unavailable' ? UNAVAILABLE : refuse(claims) }
    const source = clientSourceOf(deps, claims.secret_prefix)
    return {
      findEvidence: async (ms) => {
        const remembered = await findEvidence(deps, source, ms)
        return { remembered, evidence: narrowToClaims(remembered, claims) }
      },
    }
  }
  const parsed = kind === 'access_token' ? null : parseToken(token, deps.config.brand)
  if (!parsed) return { verdict: refuse('malformed') }
  const source = keySourceOf(deps, await sha256Hex(token), parsed.prefix)
  return {
    findEvidence: async (ms) => {
      const remembered = await findEvidence(deps, source, ms)
      return { remembered, evidence: remembered }
    },
  }
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
