import { describe, expect, it } from 'vitest'
import { type Actor, mayUse, type Right, ROLES, ROOT, type Role } from '../../src/core/actor.ts'

/** From CONTRACT.md, by right instead of by role: who may use it. */
const HOLDERS: Record<Right, readonly Role[]> = {
  projects: ['admin'],
  'environments.read': ['admin', 'member'],
  'environments.write': ['admin'],
  keys: ['admin', 'member'],
  front_door: ['admin', 'member'],
  verify: ['admin', 'member', 'verifier'],
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

  it.each(RIGHTS)('gives a verifier bound to one environment no more of %s than an unbound one', (right) => {
    expect(mayUse(anActor('verifier', 'env_a'), right)).toBe(mayUse(anActor('verifier'), right))
  })
})

describe('ROOT', () => {
  it('is an admin that no environment binds', () => {
    expect(ROOT).toEqual({ type: 'root', id: 'root', name: 'root key', role: 'admin', environmentId: null })
  })
})
