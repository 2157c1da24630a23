import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { getEnvironment } from '../../src/service/environments.ts'
import { createKey, getKey, rotateKey } from '../../src/service/keys.ts'
import {
  deleteEnvironment,
  type EnvironmentRevocation,
  revokeEnvironmentKeys,
} from '../../src/service/revoke-environment.ts'
import { sweep } from '../../src/service/sweep.ts'
import { flakyD1, flakyKv } from '../support/broken-bindings.ts'
import {
  aCaller,
  anEnvironment,
  anotherIsolate,
  aStoredKey,
  eventsOf,
  NOON,
  type TestDeps,
  testDeps,
  verifyKey,
} from '../support/factory.ts'

const LATER = NOON + 1000

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
})

const codeIn = async (deps: TestDeps, token: string) => (await verifyKey(deps, null, { token })).code
const tombstoneOf = (prefix: string) => env.REVOCATIONS.get(`revoked:v1:${prefix}`, 'json')

/** An environment with keys made at noon, a second later. */
async function anEnvironmentWithKeys(count = 2) {
  const deps = testDeps()
  const environment = await anEnvironment(deps)
  const aKey = () => aStoredKey(deps, { environment })
  const keys = []
  for (let made = 0; made < count; made += 1) keys.push(await aKey())
  const [first] = keys
  if (first === undefined) throw new Error('at least one key')
  deps.setTime(LATER)
  const revoke = (revocation: EnvironmentRevocation = {}, other: TestDeps = deps) =>
    revokeEnvironmentKeys(other, aCaller(), environment.id, revocation)
  return { deps, environment, aKey, keys, first, revoke }
}

describe('revokeEnvironmentKeys', () => {
  it('kills every key there is, and says how many and by when', async () => {
    const { deps, keys, revoke } = await anEnvironmentWithKeys(3)

    expect(await revoke()).toEqual({
      revokedKeys: 3,
      receipt: { committedAt: LATER, effectiveBy: LATER + 5000, recorded: 'recorded' },
    })
    for (const { token } of keys) {
      expect(await codeIn(deps, token)).toBe('revoked')
      expect(await codeIn(anotherIsolate(deps), token)).toBe('revoked')
    }
  })

  it('kills them in an isolate that remembers them when the bound is over', async () => {
    const { deps, first, revoke } = await anEnvironmentWithKeys()
    const elsewhere = anotherIsolate(deps)
    await codeIn(elsewhere, first.token)
    await revoke()

    expect(await codeIn(elsewhere, first.token)).toBe('valid')
    deps.setTime(LATER + 5001)
    expect(await codeIn(elsewhere, first.token)).toBe('revoked')
  })

  it.each([-3000, 0, 3000])(
    'covers what was issued before and nothing that is issued after, by a clock that is %i ms off',
    async (offMs) => {
      const { deps, environment, revoke } = await anEnvironmentWithKeys()
      const issuer = { ...anotherIsolate(deps), clock: () => deps.clock() + offMs }
      const issue = () => createKey(issuer, aCaller(), environment.id, { name: 'x', scopes: ['read'] })
      const before = await issue()
      await revoke()
      const after = await issue()
      const rotated = await rotateKey(issuer, aCaller(), after.key.id, { overlapSeconds: 60 })
      await revoke({ issuedBefore: Date.parse('2020-01-01') })

      for (const isolate of [deps, issuer, anotherIsolate(deps)]) {
        expect(await codeIn(isolate, before.token)).toBe('revoked')
        for (const token of [after.token, rotated.token]) expect(await codeIn(isolate, token)).toBe('valid')
      }
    },
  )

  it('leaves alone what is created afterwards, even at the same moment', async () => {
    const { deps, aKey, revoke } = await anEnvironmentWithKeys()
    await revoke()
    const { token } = await aKey()
    deps.setTime(LATER + 60_000)

    for (const isolate of [deps, anotherIsolate(deps)]) expect(await codeIn(isolate, token)).toBe('valid')
  })

  it('leaves alone what was issued since the moment that is given', async () => {
    const { deps, keys, aKey, revoke } = await anEnvironmentWithKeys(1)
    const newer = await aKey()
    deps.setTime(LATER + 1000)

    expect(await revoke({ issuedBefore: LATER })).toMatchObject({ revokedKeys: 1 })

    expect(await Promise.all([...keys, newer].map(({ token }) => codeIn(anotherIsolate(deps), token)))).toEqual([
      'revoked',
      'valid',
    ])
  })

  it('leaves alone the keys of every other environment', async () => {
    const { deps, revoke } = await anEnvironmentWithKeys()
    const other = await aStoredKey(deps)
    deps.setTime(LATER + 1)

    await revoke()

    expect(await codeIn(anotherIsolate(deps), other.token)).toBe('valid')
  })

  it('ends the old secret of a key that was rotated since, and not its new one', async () => {
    const { deps, first, revoke } = await anEnvironmentWithKeys(1)
    const rotated = await rotateKey(deps, aCaller(), first.key.id, { overlapSeconds: 3600 })
    deps.setTime(LATER + 1)

    expect(await revoke({ issuedBefore: LATER })).toMatchObject({ revokedKeys: 0 })

    const isolate = anotherIsolate(deps)
    expect([await codeIn(isolate, first.token), await codeIn(isolate, rotated.token)]).toEqual(['revoked', 'valid'])
    expect(await getKey(deps, aCaller(), first.key.id)).toMatchObject({ revokedAt: null, prefix: rotated.key.prefix })
  })

  it('lets a key live on by a rotation that comes after it', async () => {
    const { deps, environment, aKey, revoke } = await anEnvironmentWithKeys(1)
    await revoke()
    const { key } = await aKey()

    const { token } = await rotateKey(deps, aCaller(), key.id, { overlapSeconds: 0 })

    expect(await verifyKey(anotherIsolate(deps), environment.id, { token })).toMatchObject({ code: 'valid' })
  })

  it('refuses a moment that is in the future by any clock, and takes this one', async () => {
    const { deps, first, revoke } = await anEnvironmentWithKeys()

    await expect(revoke({ issuedBefore: LATER + 60_001 })).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ path: 'issuedBefore' }],
    })
    expect(await codeIn(anotherIsolate(deps), first.token)).toBe('valid')
    expect(await revoke({ issuedBefore: LATER })).toMatchObject({ revokedKeys: 2 })
  })

  it('refuses an environment that does not exist', async () => {
    await expect(revokeEnvironmentKeys(testDeps(), aCaller(), 'env_none', {})).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('is one change in the ledger, however many keys there are', async () => {
    const { deps, environment, revoke } = await anEnvironmentWithKeys(12)
    const { epoch, seq } = (await deps.ledger.sync({ since: null, ask: [] })) as { epoch: string; seq: number } // SyncAnswer

    await revoke()

    expect(await deps.ledger.sync({ since: { epoch, seq }, ask: [] })).toMatchObject({
      seq: seq + 1,
      changes: [{ subject: `environment:${environment.id}`, issuedBefore: null, revokedBelow: 2 }],
    })
  })

  it('gives each key its tombstone and its audit event, and the whole one of its own', async () => {
    const { deps, environment, keys, revoke } = await anEnvironmentWithKeys()
    await revoke({ reason: 'compromised', note: 'a laptop' })

    for (const { key } of keys) {
      expect(await tombstoneOf(key.prefix)).toEqual({ keyId: key.id, environmentId: environment.id, revokedAt: LATER })
      expect(await eventsOf(deps, { keyId: key.id, action: 'key.revoked' })).toMatchObject([
        { at: LATER, after: { revokedReason: 'compromised', cause: 'environment.keys_revoked' } },
      ])
    }
    expect(await eventsOf(deps, { environmentId: environment.id, action: 'environment.keys_revoked' })).toMatchObject([
      { at: LATER, after: { revokedReason: 'compromised', note: 'a laptop' } },
    ])
  })

  it('changes nothing of what an earlier one has killed', async () => {
    const { deps, first, revoke } = await anEnvironmentWithKeys()
    await revoke({ reason: 'compromised' })
    const before = await getKey(deps, aCaller(), first.key.id)
    deps.setTime(LATER + 1000)

    expect(await revoke({ reason: 'superseded' })).toMatchObject({ revokedKeys: 0 })

    expect(await getKey(deps, aCaller(), first.key.id)).toEqual(before)
  })

  it('of an earlier moment takes nothing of a later one back', async () => {
    const { deps, first, revoke } = await anEnvironmentWithKeys()
    await revoke()

    await revoke({ issuedBefore: NOON - 1000 })

    expect(await codeIn(anotherIsolate(deps), first.token)).toBe('revoked')
  })
})

describe('a revoked environment that D1 did not take', () => {
  const losing = () =>
    testDeps({ at: LATER, db: flakyD1(env.DB, { statements: /^\s*UPDATE api_keys SET revoked_at/ }) })

  it('is pending, its keys dead in every isolate', async () => {
    const { deps, keys, revoke } = await anEnvironmentWithKeys()

    expect(await revoke({}, losing())).toEqual({
      revokedKeys: null,
      receipt: { committedAt: LATER, effectiveBy: LATER + 5000, recorded: 'pending' },
    })
    for (const { token } of keys) expect(await codeIn(anotherIsolate(deps), token)).toBe('revoked')
  })

  it('is written by the sweep, as it happened, and once', async () => {
    const { deps, environment, first, revoke } = await anEnvironmentWithKeys()
    await revoke({ reason: 'compromised' }, losing())
    deps.setTime(LATER + 5000)

    await sweep(deps)
    await sweep(deps)

    expect(await getKey(deps, aCaller(), first.key.id)).toMatchObject({
      revokedAt: LATER,
      revokedReason: 'compromised',
    })
    expect(await tombstoneOf(first.key.prefix)).toMatchObject({ revokedAt: LATER })
    for (const filter of [
      { keyId: first.key.id, action: 'key.revoked' as const },
      { environmentId: environment.id, action: 'environment.keys_revoked' as const },
    ])
      expect(await eventsOf(deps, filter)).toHaveLength(1)
  })

  it('that was deleted is deleted by the sweep, whatever else is revoked meanwhile', async () => {
    const { deps, environment, revoke } = await anEnvironmentWithKeys()
    await deleteEnvironment(losing(), aCaller(), environment.id, { confirm: environment.name })
    await revoke({}, losing())
    deps.setTime(LATER + 5000)

    await sweep(deps)

    await expect(getEnvironment(deps, aCaller(), environment.id)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('records the event of each revocation, though D1 took neither at first', async () => {
    const { deps, environment, revoke } = await anEnvironmentWithKeys()
    await revoke({ note: 'first' }, losing())
    await revoke({ note: 'second' }, losing())
    deps.setTime(LATER + 5000)

    await sweep(deps)

    const events = await eventsOf(deps, { environmentId: environment.id, action: 'environment.keys_revoked' })
    expect(events.map(({ after }) => after?.['note'])).toEqual(['first', 'second'])
  })

  it('waits for KV when that is what is missing', async () => {
    const { deps, first, revoke } = await anEnvironmentWithKeys()
    const { receipt } = await revoke({}, testDeps({ at: LATER, kv: flakyKv(env.REVOCATIONS, { writes: true }) }))
    expect(receipt.recorded).toBe('pending')
    deps.setTime(LATER + 60_000)

    await sweep(deps)

    expect(await tombstoneOf(first.key.prefix)).toMatchObject({ keyId: first.key.id })
  })

  it('lets no key be created that is dead from the start', async () => {
    const { deps, environment } = await anEnvironmentWithKeys()
    await deleteEnvironment(losing(), aCaller(), environment.id, { confirm: environment.name })
    const input = { name: 'late', scopes: ['read'] }

    const created = await createKey(deps, aCaller(), environment.id, input).catch(() => null)

    if (created) expect(await codeIn(anotherIsolate(deps), created.token)).toBe('revoked')
    deps.setTime(LATER + 5000)
    await sweep(deps)
    const live = 'SELECT count(*) AS live FROM api_keys WHERE environment_id = ? AND revoked_at IS NULL'
    expect(await env.DB.prepare(live).bind(environment.id).first()).toEqual({ live: 0 })
  })
})
