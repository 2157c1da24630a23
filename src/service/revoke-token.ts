// Ending a token because its holder, or an operator, says so (RFC 7009).
import type { Caller } from '../core/actor.ts'
import { Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { readSignedClaims, verifyAccessToken } from './access-tokens.ts'
import { authorize } from './authorize.ts'
import { endTokens } from './keys.ts'
import { revokeKey } from './revoke-key.ts'
import { verifyKey } from './verify.ts'

/**
 * Ends an access token, with every older one of the same client; an API key is revoked, if an operator asks. Nothing happens,
 * and nothing is told, for a token that is none, is dead already, or is not the caller's. @throws {Problem} unavailable
 */
export async function revokeToken(deps: Deps, caller: Caller, token: string): Promise<void> {
  const { actor } = caller
  if (actor.type !== 'client') authorize(actor, 'keys')
  const claims = await readSignedClaims(deps, token)
  if (claims === 'unavailable') throw cannotTell()
  if (typeof claims !== 'string') {
    const isTheirs = actor.type !== 'client' || actor.id === claims.client_id
    if (!isTheirs) return
    await endTokens(deps, caller, claims.client_id, (claims.iat + 1) * 1000).catch((error) =>
      ignoreIfEnded(deps, token, error),
    )
    return
  }
  if (actor.type !== 'client') await revokeApiKey(deps, caller, token)
}

async function revokeApiKey(deps: Deps, caller: Caller, token: string): Promise<void> {
  const verdict = await verifyKey(deps, caller.actor.environmentId, { token })
  if (!verdict.valid && verdict.code === 'unavailable') throw cannotTell()
  if ('keyId' in verdict) await revokeKey(deps, caller, verdict.keyId, {})
}

/** A credential that is revoked has no tokens left to end. One that others are changing all the time may have. */
async function ignoreIfEnded(deps: Deps, token: string, error: unknown): Promise<void> {
  if (!(error instanceof Problem) || (error.code !== 'conflict' && error.code !== 'not_found')) throw error
  const verdict = await verifyAccessToken(deps, null, { token, maxStalenessMs: 0 })
  if (verdict.valid || verdict.code === 'unavailable') throw cannotTell()
}

const cannotTell = () => new Problem('unavailable', 'The stores that know this token could not be asked.')
