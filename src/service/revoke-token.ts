// Ending a token because its holder, or an operator, says so (RFC 7009).
import type { Caller } from '../core/actor.ts'
import { Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { signedClaims } from './access-tokens.ts'
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
  const claims = await signedClaims(deps, token)
  if (claims === 'unavailable') throw unasked()
  if (typeof claims !== 'string') {
    const isTheirs = actor.type !== 'client' || actor.id === claims.client_id
    if (isTheirs) await endTokens(deps, caller, claims.client_id, (claims.iat + 1) * 1000).catch(unlessGone)
    return
  }
  if (actor.type !== 'client') await revokeApiKey(deps, caller, token)
}

async function revokeApiKey(deps: Deps, caller: Caller, token: string): Promise<void> {
  const verdict = await verifyKey(deps, caller.actor.environmentId, { token })
  if (!verdict.valid && verdict.code === 'unavailable') throw unasked()
  if ('keyId' in verdict) await revokeKey(deps, caller, verdict.keyId, {})
}

/** A credential that is revoked has no tokens left to end. */
function unlessGone(error: unknown): void {
  if (!(error instanceof Problem) || (error.code !== 'conflict' && error.code !== 'not_found')) throw error
}

const unasked = () => new Problem('unavailable', 'The stores that know this token could not be asked.')
