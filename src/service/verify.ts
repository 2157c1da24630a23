// The hot path: is this token good for this, now? Parse, hash, evidence, policy, verdict; usage behind the answer.
import type { Actor } from '../core/actor.ts'
import { MAX_STALENESS_MS } from '../core/environment.ts'
import { sha256Hex } from '../core/hash.ts'
import { type AccessRequest, decide, type VerificationRecord } from '../core/policy.ts'
import { RETRY_AFTER_SECONDS } from '../core/problem.ts'
import { parseToken } from '../core/token.ts'
import type { Unavailable, Verdict } from '../core/verdict.ts'
import type { Deps } from '../deps.ts'
import { type Finding, findEvidence } from '../edge/freshness.ts'
import { keySourceOf } from './record-sources.ts'
import { recordUse } from './usage.ts'

export type VerifyInput = {
  token: string
  scopes?: string[] | undefined
  environmentId?: string | undefined
  maxStalenessMs?: number | undefined
}

/**
 * The verdict on a token. `bound` is the one environment the caller may ask about, null for all;
 * a key outside it does not exist. A token that does not parse costs no I/O.
 * `unavailable` means that nobody could be asked, and is neither yes nor no.
 */
export async function verifyKey(deps: Deps, bound: string | null, input: VerifyInput): Promise<Verdict | Unavailable> {
  const parsed = parseToken(input.token, deps.config.brand)
  if (!parsed) return { valid: false, code: 'malformed' }

  const source = keySourceOf(deps, await sha256Hex(input.token), parsed.prefix)
  const evidence = await findEvidence(deps, source, input.maxStalenessMs ?? MAX_STALENESS_MS)
  const verdict = verdictOn(evidence, accessRequest(bound, input), deps.clock())
  if (verdict.valid && evidence.state === 'found') recordUse(deps, 'api_key', verdict.keyId, evidence.record)
  return verdict
}

/** What the evidence on a token of either kind comes to. */
export function verdictOn(
  evidence: Finding<VerificationRecord>,
  request: AccessRequest,
  now: number,
): Verdict | Unavailable {
  switch (evidence.state) {
    case 'unknown':
      return UNAVAILABLE
    case 'none':
      return { valid: false, code: 'not_found' }
    case 'dead': {
      const { keyId, environmentId, freshness } = evidence
      const visible = request.environmentIds.every((id) => id === environmentId)
      return visible ? { valid: false, code: 'revoked', keyId, freshness } : { valid: false, code: 'not_found' }
    }
    case 'found':
      return decide(evidence, request, now)
  }
}

export const UNAVAILABLE: Unavailable = {
  valid: false,
  code: 'unavailable',
  retryAfterSeconds: RETRY_AFTER_SECONDS,
}

/** Which environment the caller's own credential ties it to. */
export const environmentOf = (actor: Actor): string | null => actor.environmentId

export function accessRequest(bound: string | null, { scopes, environmentId }: VerifyInput): AccessRequest {
  return {
    scopes: [...new Set(scopes)],
    environmentIds: [bound, environmentId].filter((id) => id !== null && id !== undefined),
  }
}
