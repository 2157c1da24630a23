// What is done through one isolate, seen from another that remembers the key: it may lag by the bound, and no longer.
import { describe, expect, it } from 'vitest'
import { editEnvironment } from '../../src/service/environments.ts'
import { editKey, rotateKey } from '../../src/service/keys.ts'
import { authenticate, revokeManagementKey } from '../../src/service/management-keys.ts'
import { deleteEnvironment, revokeEnvironmentKeys } from '../../src/service/revoke-environment.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { flakyLedger } from '../support/broken-bindings.ts'
import {
  aCaller,
  aManagementKey,
  anotherIsolate,
  aStoredKey,
  NOON,
  type TestDeps,
  testDeps,
  verifyKey,
} from '../support/factory.ts'

const BOUND_MS = 5000

type Ids = { keyId: string; environmentId: string }

const CHANGES: [string, (deps: TestDeps, ids: Ids) => Promise<unknown>, object][] = [
  ['revoked', (deps, { keyId }) => revokeKey(deps, aCaller(), keyId, {}), { code: 'revoked' }],
  ['disabled', (deps, { keyId }) => editKey(deps, aCaller(), keyId, { enabled: false }), { code: 'disabled' }],
  ['expired', (deps, { keyId }) => editKey(deps, aCaller(), keyId, { expiresAt: NOON }), { code: 'expired' }],
  ['renamed', (deps, { keyId }) => editKey(deps, aCaller(), keyId, { name: 'other' }), { name: 'other' }],
  [
    'given other scopes',
    (deps, { keyId }) => editKey(deps, aCaller(), keyId, { scopes: ['read', 'write'] }),
    { scopes: ['read', 'write'] },
  ],
  [
    'rotated without overlap',
    (deps, { keyId }) => rotateKey(deps, aCaller(), keyId, { overlapSeconds: 0 }),
    { code: 'expired' },
  ],
  [
    'rotated with an overlap',
    (deps, { keyId }) => rotateKey(deps, aCaller(), keyId, { overlapSeconds: 3600 }),
    { expiresAt: NOON + 3_600_000 },
  ],
  [
    'in an environment that is renamed',
    (deps, { environmentId }) => editEnvironment(deps, aCaller(), environmentId, { name: 'Other' }),
    { environment: { name: 'Other' } },
  ],
  [
    'in an environment that is bound tighter',
    (deps, { environmentId }) => editEnvironment(deps, aCaller(), environmentId, { bounds: { maxStalenessMs: 0 } }),
    { freshness: { boundMs: 0 } },
  ],
  [
    'in an environment whose keys are revoked',
    (deps, { environmentId }) => {
      deps.setTime(NOON + 1)
      return revokeEnvironmentKeys(deps, aCaller(), environmentId, {})
    },
    { code: 'revoked' },
  ],
  [
    'in an environment that is deleted',
    (deps, { environmentId }) => deleteEnvironment(deps, aCaller(), environmentId, { confirm: 'Production' }),
    { code: 'revoked' },
  ],
]

async function twoIsolates() {
  const here = testDeps()
  const { key, token, environment } = await aStoredKey(here)
  const there = anotherIsolate(here)
  const verifyAt = (deps: TestDeps) => verifyKey(deps, null, { token })
  expect(await verifyAt(here)).toMatchObject({ valid: true })
  expect(await verifyAt(there)).toMatchObject({ valid: true })
  return { here, there, key, token, environment, verifyAt, ids: { keyId: key.id, environmentId: environment.id } }
}

describe.each(CHANGES)('a key that is %s', (_, change, seen) => {
  it('is seen so at once where it was done', async () => {
    const { here, ids, verifyAt } = await twoIsolates()

    await change(here, ids)

    expect(await verifyAt(here)).toMatchObject(seen)
  })

  it('is seen so in another isolate when the bound is over, and not later', async () => {
    const { here, there, ids, verifyAt } = await twoIsolates()
    await change(here, ids)

    here.setTime(NOON + BOUND_MS)
    expect(await verifyAt(there)).toMatchObject({ valid: true, freshness: { source: 'lease', asOf: NOON } })
    here.setTime(NOON + BOUND_MS + 1)
    expect(await verifyAt(there)).toMatchObject(seen)
  })

  it('is seen so at once by a caller that allows no age', async () => {
    const { here, there, ids, token } = await twoIsolates()

    await change(here, ids)

    expect(await verifyKey(there, null, { token, maxStalenessMs: 0 })).toMatchObject(seen)
  })

  it('is seen so at once in an isolate that has never seen it', async () => {
    const { here, ids, verifyAt } = await twoIsolates()

    await change(here, ids)

    expect(await verifyAt(anotherIsolate(here))).toMatchObject(seen)
  })
})

describe('an isolate that many keys come to at once before it knows any', () => {
  it('asks twice for all of them, and of what it remembers then nothing', async () => {
    const deps = testDeps()
    const keys = await Promise.all(Array.from({ length: 10 }, () => aStoredKey(deps)))
    const ledger = flakyLedger(deps.ledger)
    const cold = { ...anotherIsolate(deps), ledger }
    const verifyAll = () => Promise.all(keys.map(({ token }) => verifyKey(cold, null, { token })))

    await verifyAll()
    expect([ledger.questions, cold.isolate.apiKeys.size]).toEqual([4, 10])
    await verifyAll()
    expect(ledger.questions).toBe(4)
  })
})

describe('a management key that is revoked', () => {
  it('opens nothing more at once where it was done, and elsewhere when the bound is over', async () => {
    const here = testDeps()
    const { managementKey, token } = await aManagementKey(here, { role: 'admin' })
    const there = anotherIsolate(here)
    await Promise.all([authenticate(here, token), authenticate(there, token)])

    await revokeManagementKey(here, aCaller(), managementKey.id)

    await expect(authenticate(here, token)).rejects.toMatchObject({ code: 'unauthenticated' })
    here.setTime(NOON + BOUND_MS)
    expect(await authenticate(there, token)).toMatchObject({ id: managementKey.id })
    here.setTime(NOON + BOUND_MS + 1)
    await expect(authenticate(there, token)).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})

describe('a receipt', () => {
  /** An isolate that remembers a key under a bound of a minute, which has just become a second. */
  async function aTightenedBound() {
    const here = testDeps()
    const { key, token, environment } = await aStoredKey(here)
    await editEnvironment(here, aCaller(), environment.id, { bounds: { maxStalenessMs: 60_000 } })
    const there = anotherIsolate(here)
    await verifyKey(there, null, { token })
    here.setTime(NOON + 10)
    await editEnvironment(here, aCaller(), environment.id, { bounds: { maxStalenessMs: 1000 } })
    here.setTime(NOON + 20)
    return { here, there, key, token, environment }
  }

  it.each<[string, (deps: TestDeps, ids: Ids) => Promise<{ receipt: { effectiveBy: number } }>]>([
    ['a revocation', (deps, { keyId }) => revokeKey(deps, aCaller(), keyId, {})],
    ['an edit', (deps, { keyId }) => editKey(deps, aCaller(), keyId, { enabled: false })],
    [
      'the revocation of an environment',
      (deps, { environmentId }) => revokeEnvironmentKeys(deps, aCaller(), environmentId, {}),
    ],
    [
      'the deletion of an environment',
      (deps, { environmentId }) => deleteEnvironment(deps, aCaller(), environmentId, { confirm: 'Production' }),
    ],
  ])('of %s waits for leases that may still follow a wider bound', async (_, change) => {
    const { here, there, key, token, environment } = await aTightenedBound()

    const { receipt } = await change(here, { keyId: key.id, environmentId: environment.id })

    expect(receipt.effectiveBy).toBe(NOON + 10 + 60_000)
    here.setTime(receipt.effectiveBy)
    expect(await verifyKey(there, null, { token })).toMatchObject({ valid: false })
  })

  it('of a revocation is the same the second time, with what it waits for', async () => {
    const { here, key } = await aTightenedBound()
    const { receipt } = await revokeKey(here, aCaller(), key.id, {})
    here.setTime(NOON + 30)

    expect(await revokeKey(here, aCaller(), key.id, {})).toMatchObject({ receipt })
  })

  it('follows the new bound once no lease can follow the wider one', async () => {
    const { here, key } = await aTightenedBound()
    here.setTime(NOON + 70_000)

    const { receipt } = await revokeKey(here, aCaller(), key.id, {})

    expect(receipt).toMatchObject({ committedAt: NOON + 70_000, effectiveBy: NOON + 71_000 })
  })
})
