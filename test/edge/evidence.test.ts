import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { sha256Hex } from '../../src/core/hash.ts'
import { findEvidence } from '../../src/edge/evidence.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { failingD1, flakyD1, flakyKv } from '../support/broken-bindings.ts'
import { aCaller, aStoredKey, NOON, type TestDeps, testDeps } from '../support/factory.ts'

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
})

async function aKeyToAskAbout() {
  const deps = testDeps()
  const { key, token, environment } = await aStoredKey(deps)
  const question = { hash: await sha256Hex(token), prefix: key.prefix, maxStalenessMs: 1000 }
  return { deps, key, environment, question, find: (other: TestDeps = deps) => findEvidence(other, question) }
}

describe('findEvidence', () => {
  it('finds the record as D1 has it now, and how fresh that is', async () => {
    const { key, environment, find } = await aKeyToAskAbout()

    expect(await find()).toStrictEqual({
      state: 'found',
      record: {
        keyId: key.id,
        name: key.name,
        prefix: key.prefix,
        projectId: key.projectId,
        environment: { id: environment.id, name: environment.name, tag: environment.tag },
        scopes: key.scopes,
        enabled: true,
        ownerId: null,
        metadata: {},
        expiresAt: null,
        secretExpiresAt: null,
        revokedAt: null,
        lastUsedAt: null,
        maxStalenessMs: 5000,
      },
      tombstoned: false,
      freshness: { asOf: NOON, ageMs: 0, boundMs: 1000, source: 'primary' },
    })
  })

  it('finds both the revoked record and its tombstone', async () => {
    const { deps, key, find } = await aKeyToAskAbout()
    await revokeKey(deps, aCaller(), key.id, {})

    expect(await find()).toMatchObject({ state: 'found', record: { revokedAt: NOON }, tombstoned: true })
  })

  it('finds nothing by the hash of no token', async () => {
    const { deps, question } = await aKeyToAskAbout()

    expect(await findEvidence(deps, { ...question, hash: '0'.repeat(64) })).toEqual({ state: 'none' })
  })

  it('never takes the text of a hash for the token itself', async () => {
    const { deps, question } = await aKeyToAskAbout()

    expect(await findEvidence(deps, { ...question, hash: await sha256Hex(question.hash) })).toEqual({ state: 'none' })
  })

  it('asks D1 one question, and KV one', async () => {
    const { find } = await aKeyToAskAbout()
    const prepare = vi.spyOn(env.DB, 'prepare')
    const get = vi.spyOn(env.REVOCATIONS, 'get')

    await find(testDeps({ db: env.DB, kv: env.REVOCATIONS }))

    expect([prepare.mock.calls.length, get.mock.calls.length]).toEqual([1, 1])
  })

  it('knows nothing of a key when D1 fails, even one that lacks a tombstone', async () => {
    const { find } = await aKeyToAskAbout()

    expect(await find(testDeps({ db: failingD1() }))).toEqual({ state: 'unknown' })
  })

  it('says unknown and not none when only the statement that reads records fails', async () => {
    const { find } = await aKeyToAskAbout()

    expect(await find(testDeps({ db: flakyD1(env.DB, { statements: /api_key_secrets/ }) }))).toEqual({
      state: 'unknown',
    })
  })

  it('is dead by the tombstone when D1 fails', async () => {
    const { deps, key, find } = await aKeyToAskAbout()
    await revokeKey(deps, aCaller(), key.id, {})

    expect(await find(testDeps({ db: failingD1() }))).toStrictEqual({
      state: 'dead',
      keyId: key.id,
      environmentId: key.environmentId,
      freshness: { asOf: NOON, ageMs: 0, boundMs: 1000, source: 'primary', degraded: ['d1'] },
    })
  })

  it('says that KV was not heard', async () => {
    const { find } = await aKeyToAskAbout()

    expect(await find(testDeps({ kv: flakyKv(env.REVOCATIONS, { reads: true }) }))).toMatchObject({
      state: 'found',
      tombstoned: false,
      freshness: { degraded: ['kv'] },
    })
  })

  it('never says that an answer is younger than nothing, when the clock was set back', async () => {
    const { deps, question } = await aKeyToAskAbout()
    const times = [NOON, NOON - 500]

    const finding = await findEvidence({ ...deps, clock: () => times.shift() ?? NOON }, question)

    expect(finding).toMatchObject({ freshness: { ageMs: 0 } })
  })
})
