// Ending a token because its holder, or an operator, says so (RFC 7009).
import { authorize, BEARER, type Caller, mayUse } from '../core/actor.ts'
import { isProblem, Problem } from '../core/problem.ts'
import { readSignedClaims } from './access-tokens.ts'
import type { Deps } from './deps.ts'
import { endTokens } from './keys.ts'
import { revokeKey } from './revoke-key.ts'
import { verify } from './verify.ts'

/**
 * Ends an access token, with every older one of the same client; an API key is revoked, if an operator asks. Nothing happens,
 * and nothing is told, for a token that is none, has ended already, or is not the caller's.
 * @throws {Problem} forbidden, unavailable
 */
export async function revokeToken(deps: Deps, caller: Caller, token: string): Promise<void> {
  const { actor } = caller
  const { environmentId } = actor
  authorize(actor, 'end_tokens', { environmentId })
  const claims = await readSignedClaims(deps, token)
  if (claims === 'unavailable') throw cannotTell()
  if (typeof claims === 'string') {
    if (mayUse(actor, 'keys')) await revokeApiKey(deps, caller, token)
    return
  }
  const { client_id: clientId, iat } = claims
  if (!mayUse(actor, 'end_tokens', { environmentId, keyId: clientId })) return
  await endTokens(deps, caller, clientId, (iat + 1) * 1000).catch((error) => ignoreIfEnded(deps, token, error))
}

async function revokeApiKey(deps: Deps, caller: Caller, token: string): Promise<void> {
  const verdict = await verify(deps, caller.actor, { token, kind: 'api_key' })
  if (verdict.code === 'unavailable') throw cannotTell()
  if ('keyId' in verdict) await revokeKey(deps, caller, verdict.keyId, {})
}

/** A credential that is revoked has no tokens left to end. One that others are changing all the time may have. */
async function ignoreIfEnded(deps: Deps, token: string, error: unknown): Promise<void> {
  if (!isProblem(error, 'conflict') && !isProblem(error, 'not_found')) throw error
  const verdict = await verify(deps, BEARER, { token, kind: 'access_token', maxStalenessMs: 0 })
  if (verdict.valid || verdict.code === 'unavailable') throw cannotTell()
}

const cannotTell = () => new Problem('unavailable', 'The stores that know this token could not be asked.')
