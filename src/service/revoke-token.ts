// Ending a token because its holder, or an operator, says so (RFC 7009).
import { authorize, type Caller, mayUse } from '../core/actor.ts'
import { Problem } from '../core/problem.ts'
import { readSignedClaims } from './access-tokens.ts'
import type { Deps } from './deps.ts'
import { revokeKey } from './revoke-key.ts'
import { endToken } from './token-endings.ts'
import { verify } from './verify.ts'

/**
 * Ends an access token, and no other; an API key is revoked, if an operator asks. Nothing happens, and nothing is told, for a
 * token that is none, has ended already, or is not the caller's.
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
  if (mayUse(actor, 'end_tokens', { environmentId, keyId: claims.client_id })) await endToken(deps, caller, claims)
}

async function revokeApiKey(deps: Deps, caller: Caller, token: string): Promise<void> {
  const verdict = await verify(deps, caller.actor, { token, kind: 'api_key' })
  if (verdict.code === 'unavailable') throw cannotTell()
  if ('keyId' in verdict) await revokeKey(deps, caller, verdict.keyId, {})
}

const cannotTell = () => new Problem('unavailable', 'The stores that know this token could not be asked.')
