// What a token is worth now, for those who may know: a management key that may verify, or a client of the same environment.
import { type Actor, mayUse } from '../core/actor.ts'
import { Problem } from '../core/problem.ts'
import type { Allowance } from '../core/verdict.ts'
import type { Deps } from '../deps.ts'
import { signedClaims } from './access-tokens.ts'
import { verifyAny } from './verify-any.ts'

const INACTIVE = { active: false } as const

/**
 * What RFC 7662 §2.2 says of a token that is good. Exactly `{ active: false }` for any other, whatever the reason, and for
 * one of an environment that is not the asker's. @throws {Problem} forbidden, unavailable
 */
export async function introspect(deps: Deps, actor: Actor, token: string): Promise<object> {
  if (actor.type !== 'client' && !mayUse(actor, 'verify')) {
    throw new Problem('forbidden', `The role "${actor.role}" does not include this operation.`)
  }
  const verdict = await verifyAny(deps, actor.environmentId, { token })
  if (!verdict.valid) {
    if (verdict.code !== 'unavailable') return INACTIVE
    throw new Problem('unavailable', 'The stores that know this token could not be asked.')
  }
  return verdict.kind === 'access_token' ? accessTokenOf(deps, verdict, token) : apiKeyOf(verdict)
}

async function accessTokenOf(deps: Deps, verdict: Allowance, token: string): Promise<object> {
  const claims = await signedClaims(deps, token)
  if (typeof claims === 'string') return INACTIVE
  const { iss, sub, client_id, aud, iat, exp, jti } = claims
  return { active: true, ...common(verdict), client_id, iss, sub, aud, iat, exp, jti }
}

const apiKeyOf = (verdict: Allowance): object => ({
  active: true,
  ...common(verdict),
  sub: verdict.keyId,
  ...(verdict.expiresAt === null ? {} : { exp: Math.floor(verdict.expiresAt / 1000) }),
})

const common = ({ kind, scopes, environment, projectId }: Allowance) => ({
  scope: scopes.join(' '),
  token_type: 'Bearer',
  kind,
  environment_id: environment.id,
  project_id: projectId,
})
