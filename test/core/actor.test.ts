import { describe, expect, it } from 'vitest'
import { type Actor, BEARER, mayUse, type Right, ROLES, ROOT, type Role } from '../../src/core/actor.ts'

/** From CONTRACT.md, by right instead of by role: who may use it. */
const HOLDERS: Record<Right, readonly Role[]> = {
  projects: ['admin'],
  'environments.read': ['admin', 'member'],
  'environments.write': ['admin'],
  keys: ['admin', 'member'],
  front_door: ['admin', 'member'],
  verify: ['admin', 'member', 'verifier'],
  end_tokens: ['admin', 'member'],
  audit: ['admin'],
  management_keys: ['admin'],
}

const RIGHTS: Right[] = [
  'projects',
  'environments.read',
  'environments.write',
  'keys',
  'front_door',
  'verify',
  'end_tokens',
  'audit',
  'management_keys',
]

const anActor = (role: Role, environmentId: string | null = null): Actor => ({
  type: 'management_key',
  id: 'mk_test',
  name: 'test',
  role,
  environmentId,
})

const TABLE = ROLES.flatMap((role) =>
  RIGHTS.map((right) => {
    const allowed = HOLDERS[right].includes(role)
    return { role, right, allowed, may: allowed ? 'may' : 'may not' }
  }),
)

describe('mayUse', () => {
  it.each(TABLE)('says that a $role $may use $right', ({ role, right, allowed }) => {
    expect(mayUse(anActor(role), right)).toBe(allowed)
  })

  it.each(RIGHTS)('never takes %s from the root key', (right) => {
    expect(mayUse(ROOT, right)).toBe(true)
  })

  it.each(RIGHTS)(
    'gives a verifier bound to one environment of %s what an unbound one has, and only there',
    (right) => {
      const bound = anActor('verifier', 'env_a')

      expect(mayUse(bound, right, { environmentId: 'env_a' })).toBe(mayUse(anActor('verifier'), right))
      expect([mayUse(bound, right), mayUse(bound, right, { environmentId: 'env_b' })]).toEqual([false, false])
    },
  )

  it('lets a client end its own tokens, and nobody else’s', () => {
    const client: Actor = { type: 'client', id: 'cred_1', name: 'sdk', role: 'client', environmentId: 'env_a' }
    const inItsEnvironment = { environmentId: 'env_a' }

    expect(mayUse(client, 'end_tokens', { ...inItsEnvironment, keyId: 'cred_1' })).toBe(true)
    expect(mayUse(client, 'end_tokens', { ...inItsEnvironment, keyId: 'cred_2' })).toBe(false)
    expect(RIGHTS.filter((right) => mayUse(client, right, inItsEnvironment))).toEqual(['verify', 'end_tokens'])
  })

  it('lets a bearer do nothing but verify', () => {
    expect(RIGHTS.filter((right) => mayUse(BEARER, right))).toEqual(['verify'])
  })
})

describe('ROOT', () => {
  it('is an admin that no environment binds', () => {
    expect(ROOT).toEqual({ type: 'root', id: 'root', name: 'root key', role: 'admin', environmentId: null })
  })
})
