// Token introspection (RFC 7662), for management keys that may verify and for clients of the same environment.
import type { Actor } from '../core/actor.ts'
import { Problem } from '../core/problem.ts'
import type { ValidKey } from '../core/verdict.ts'
import { readSignedClaims } from './access-tokens.ts'
import type { Deps } from './deps.ts'
import { verify } from './verify.ts'

const INACTIVE = { active: false } as const

/**
 * What RFC 7662 §2.2 says of a token that is good. Exactly `{ active: false }` for any other, whatever the reason, and for
 * one of an environment that is not the caller's. @throws {Problem} forbidden, unavailable
 */
export async function introspect(deps: Deps, actor: Actor, token: string): Promise<object> {
  const verdict = await verify(deps, actor, { token })
  if (!verdict.valid) {
    if (verdict.code !== 'unavailable') return INACTIVE
    throw new Problem('unavailable', 'The stores that know this token could not be asked.')
  }
  return verdict.kind === 'access_token' ? describeAccessToken(deps, verdict, token) : describeApiKey(verdict)
}

async function describeAccessToken(deps: Deps, verdict: ValidKey, token: string): Promise<object> {
  const claims = await readSignedClaims(deps, token)
  if (typeof claims === 'string') return INACTIVE
  const { iss, sub, client_id, aud, iat, jti } = claims
  return { active: true, ...describeKey(verdict), client_id, iss, sub, aud, iat, jti }
}

const describeApiKey = (verdict: ValidKey): object => ({
  active: true,
  ...describeKey(verdict),
  sub: verdict.keyId,
})

/** `exp` may be earlier than in the token: a rotation can end the secret it was issued for sooner. */
const describeKey = ({ kind, scopes, environment, projectId, expiresAt }: ValidKey) => ({
  scope: scopes.join(' '),
  ...(expiresAt === null ? {} : { exp: Math.floor(expiresAt / 1000) }),
  token_type: 'Bearer',
  kind,
  environment_id: environment.id,
  project_id: projectId,
})
