import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { editKey, getKey, rotateKey } from '../../src/service/keys.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { sweep } from '../../src/service/sweep.ts'
import { openDatabase } from '../../src/store/database.ts'
import { countingD1, flakyD1, flakyKv, flakyLedger, hangingKv, noPatienceOf } from '../support/broken-bindings.ts'
import { aCaller, aStoredKey, eventsOf, NOON, testDeps, verifyKey } from '../support/factory.ts'

const MINUTE_MS = 60_000

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
})

const tombstoneOf = (prefix: string) => env.REVOCATIONS.get(`revoked:v1:${prefix}`, 'json')

async function pendingOf(keyId: string) {
  const { results } = await env.DB.prepare(
    'SELECT attempts, next_attempt_at AS nextAttemptAt FROM pending_tombstones WHERE key_id = ?',
  )
    .bind(keyId)
    .all<{ attempts: number; nextAttemptAt: number }>()
  return results
}

/** A live key over a KV that can be broken, with `rotations` secrets before its last. */
async function aKeyToRevoke({ rotations = 0 } = {}) {
  const broken: { writes?: boolean } = {}
  const deps = testDeps({ kv: flakyKv(env.REVOCATIONS, broken) })
  const { key, token } = await aStoredKey(deps)
  const tokens = [token]
  for (let count = 0; count < rotations; count += 1) {
    tokens.push((await rotateKey(deps, aCaller(), key.id, { overlapSeconds: 3600 })).token)
  }
  const prefixes = tokens.map((each) => each.split('_')[1] ?? '')
  const codeOf = async (presented: string) => (await verifyKey(deps, null, { token: presented })).code
  return { broken, deps, key, token, tokens, prefixes, codeOf, revoke: () => revokeKey(deps, aCaller(), key.id, {}) }
}

describe('revokeKey', () => {
  it('kills the key at the moment it names', async () => {
    const { revoke, token, codeOf } = await aKeyToRevoke()

    const { key, receipt } = await revoke()

    expect(receipt).toEqual({ committedAt: NOON, effectiveBy: NOON + 5000, recorded: 'recorded' })
    expect(key).toMatchObject({ revokedAt: NOON, revokedReason: 'unspecified', revision: 2 })
    expect(await codeOf(token)).toBe('revoked')
  })

  it('asks D1 three times: for the key, to revoke it, and to tick off its tombstones', async () => {
    const { deps, key } = await aKeyToRevoke({ rotations: 2 })
    const { db, count } = countingD1(env.DB)

    const { receipt } = await revokeKey({ ...deps, db: openDatabase(db) }, aCaller(), key.id, {})

    expect([receipt.recorded, count.trips]).toEqual(['recorded', 3])
  })

  it('gives the same receipt and the same key again, later and for another reason', async () => {
    const { deps, key, revoke } = await aKeyToRevoke()
    const first = await revoke()
    deps.setTime(NOON + MINUTE_MS)

    const second = await revokeKey(deps, aCaller(), key.id, { reason: 'compromised', note: 'again' })

    expect(second).toEqual(first)
    expect(await eventsOf(deps, { keyId: key.id, action: 'key.revoked' })).toHaveLength(1)
  })

  it('records reason and note, before and after', async () => {
    const { deps, key } = await aKeyToRevoke()

    await revokeKey(deps, aCaller(), key.id, { reason: 'compromised', note: 'found on a forum' })

    expect(await eventsOf(deps, { keyId: key.id, action: 'key.revoked' })).toMatchObject([
      {
        before: { revokedAt: null },
        after: { revokedAt: NOON, revokedReason: 'compromised', note: 'found on a forum' },
      },
    ])
  })

  it('revokes a disabled and an expired key all the same', async () => {
    const deps = testDeps()
    const { key } = await aStoredKey(deps, { enabled: false, expiresAt: NOON + 1 })
    deps.setTime(NOON + 2)

    expect(await revokeKey(deps, aCaller(), key.id, {})).toMatchObject({ key: { revokedAt: NOON + 2 } })
  })

  it('refuses a key that does not exist', async () => {
    await expect(revokeKey(testDeps(), aCaller(), 'key_none', {})).rejects.toMatchObject({ code: 'not_found' })
  })

  it('gives no receipt for what the ledger answers with something else than an acknowledgement', async () => {
    const { deps, key } = await aKeyToRevoke()
    const broken = { ...deps, ledger: flakyLedger(deps.ledger, { acknowledgement: { committedAt: NOON } }) }

    await expect(revokeKey(broken, aCaller(), key.id, {})).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('has done nothing when the ledger cannot be asked', async () => {
    const { deps, key, token, codeOf } = await aKeyToRevoke()
    const broken = { ...testDeps(), ledger: flakyLedger(deps.ledger, { down: true }) }

    await expect(revokeKey(broken, aCaller(), key.id, {})).rejects.toMatchObject({ code: 'unavailable' })
    expect(await getKey(deps, aCaller(), key.id)).toEqual(key)
    expect(await codeOf(token)).toBe('valid')
  })

  it('says that it is done, and what is pending, when the database is lost right after', async () => {
    const { key } = await aKeyToRevoke()
    const deps = testDeps({ db: flakyD1(env.DB, { afterBatch: true }) })

    const revocation = revokeKey(deps, aCaller(), key.id, {})

    await expect(revocation).resolves.toMatchObject({ receipt: { committedAt: NOON, recorded: 'pending' } })
  })

  it('says the same to ten callers at once, and records one revocation', async () => {
    const { deps, key, revoke } = await aKeyToRevoke()

    const receipts = (await Promise.all(Array.from({ length: 10 }, revoke))).map(({ receipt }) => receipt)

    expect(new Set(receipts.map(({ committedAt }) => committedAt))).toEqual(new Set([NOON]))
    expect(await eventsOf(deps, { keyId: key.id, action: 'key.revoked' })).toHaveLength(1)
    expect((await getKey(deps, aCaller(), key.id)).revision).toBe(2)
    expect(await revoke()).toMatchObject({ receipt: receipts[0] })
  })

  it('ends every edit and rotation that runs beside it', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { deps, key, revoke } = await aKeyToRevoke()
      const edits = Array.from({ length: 4 }, (_, count) => editKey(deps, aCaller(), key.id, { name: `name ${count}` }))
      const rotations = Array.from({ length: 3 }, () => rotateKey(deps, aCaller(), key.id, { overlapSeconds: 60 }))
      const [{ key: revoked }] = await Promise.all([revoke(), Promise.allSettled(edits), Promise.allSettled(rotations)])

      const actions = (await eventsOf(deps, { keyId: key.id })).map(({ action }) => action)
      const { lastUsedAt: _, ...stored } = await getKey(deps, aCaller(), key.id)
      expect(revoked).toMatchObject(stored)
      expect(stored.revision).toBe(actions.length)
      expect(actions.indexOf('key.revoked')).toBe(actions.length - 1)
    }
  })

  it('leaves no secret of a rotation beside it alive, and a tombstone for each', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { deps, key, token, revoke, codeOf } = await aKeyToRevoke()
      const rotation = rotateKey(deps, aCaller(), key.id, { overlapSeconds: 60 }).catch(() => null)
      const [rotated] = await Promise.all([rotation, revoke()])

      const tokens = rotated ? [token, rotated.token] : [token]
      expect(await Promise.all(tokens.map(codeOf))).toEqual(tokens.map(() => 'revoked'))
      for (const each of tokens) expect(await tombstoneOf(each.split('_')[1] ?? '')).not.toBeNull()
    }
  })
})

describe('a tombstone', () => {
  it('holds the ids and the moment, nothing else, and never expires', async () => {
    const { key, revoke } = await aKeyToRevoke()
    await revoke()

    const { keys } = await env.REVOCATIONS.list({ prefix: `revoked:v1:${key.prefix}` })

    expect(await tombstoneOf(key.prefix)).toStrictEqual({
      keyId: key.id,
      environmentId: key.environmentId,
      revokedAt: NOON,
    })
    expect(keys).toEqual([{ name: `revoked:v1:${key.prefix}` }])
  })

  it('is written for every secret the key ever had', async () => {
    const { prefixes, revoke, key } = await aKeyToRevoke({ rotations: 3 })

    const { receipt } = await revoke()

    expect(receipt.recorded).toBe('recorded')
    for (const prefix of prefixes) expect(await tombstoneOf(prefix)).toMatchObject({ keyId: key.id })
    expect(await pendingOf(key.id)).toEqual([])
  })

  it('is written for the ten newest secrets, at once, however often the key was rotated', async () => {
    const { deps, key, tokens, prefixes, revoke, codeOf } = await aKeyToRevoke({ rotations: 29 })

    const { receipt } = await revoke()

    expect(receipt.recorded).toBe('recorded')
    expect(await pendingOf(key.id)).toEqual([])
    expect(new Set(await Promise.all(tokens.map(codeOf)))).toEqual(new Set(['revoked']))
    const written = await Promise.all(prefixes.map(async (prefix) => (await tombstoneOf(prefix)) !== null))
    expect(written.filter(Boolean)).toHaveLength(10)
    expect(deps.isolate.apiKeys.size).toBeGreaterThan(0)
  })
})

describe('while KV takes no writes', () => {
  async function aPendingRevocation() {
    const made = await aKeyToRevoke()
    made.broken.writes = true
    return { ...made, revocation: await made.revoke() }
  }

  it('a revocation is pending and the key is dead all the same', async () => {
    const { revocation, token, codeOf, key } = await aPendingRevocation()

    expect(revocation.receipt).toEqual({ committedAt: NOON, effectiveBy: NOON + 5000, recorded: 'pending' })
    expect(await codeOf(token)).toBe('revoked')
    expect(await tombstoneOf(key.prefix)).toBeNull()
  })

  it('the sweep waits a minute after the first failure, then twice as long, up to an hour', async () => {
    const { deps, key } = await aPendingRevocation()
    const delays: number[] = []

    for (let count = 0; count < 8; count += 1) {
      const [pending] = await pendingOf(key.id)
      const due = pending?.nextAttemptAt ?? 0
      deps.setTime(due - 1)
      await sweep(deps)
      expect(await pendingOf(key.id)).toEqual([pending])
      deps.setTime(due)
      await sweep(deps)
      delays.push(((await pendingOf(key.id))[0]?.nextAttemptAt ?? 0) - due)
    }

    expect(delays.map((delay) => delay / MINUTE_MS)).toEqual([2, 4, 8, 16, 32, 60, 60, 60])
  })

  it('the first retry is due a minute later', async () => {
    const { key } = await aPendingRevocation()

    expect(await pendingOf(key.id)).toEqual([{ attempts: 1, nextAttemptAt: NOON + MINUTE_MS }])
  })

  it('the sweep leaves the tombstone pending, and writes it when KV is back', async () => {
    const { broken, deps, key, revoke } = await aPendingRevocation()
    deps.setTime(NOON + MINUTE_MS)
    expect((await sweep(deps)).tombstones.written).toBe(0)
    broken.writes = false
    deps.setTime(NOON + 3 * MINUTE_MS)

    await sweep(deps)

    expect(await tombstoneOf(key.prefix)).toStrictEqual({
      keyId: key.id,
      environmentId: key.environmentId,
      revokedAt: NOON,
    })
    expect(await revoke()).toMatchObject({ receipt: { committedAt: NOON, recorded: 'recorded' } })
  })

  it('revoking again tries again at once, and says so when it is recorded', async () => {
    const { broken, key, revoke } = await aPendingRevocation()
    broken.writes = false

    expect(await revoke()).toMatchObject({ receipt: { committedAt: NOON, recorded: 'recorded' } })
    expect(await tombstoneOf(key.prefix)).not.toBeNull()
  })
})

describe('sweep', () => {
  it('has nothing to do when everything is recorded, and does not touch KV', async () => {
    const { deps, revoke } = await aKeyToRevoke()
    await revoke()
    deps.setTime(NOON + 100 * MINUTE_MS)
    await sweep(deps)

    expect(await sweep({ ...deps, revocations: hangingKv() })).toEqual({
      caughtUp: true,
      tombstones: { written: 0, failed: 0 },
    })
  })

  it('counts what KV took and what it did not', async () => {
    const { deps, broken, revoke } = await aKeyToRevoke({ rotations: 2 })
    await sweep(deps)
    broken.writes = true
    await revoke()
    deps.setTime(NOON + MINUTE_MS)

    const { tombstones } = await sweep(deps)

    expect(tombstones).toEqual({ written: 0, failed: expect.toSatisfy((failed: number) => failed >= 3) })
  })

  it('waits five seconds for a KV that hangs', async () => {
    const { key } = await aKeyToRevoke()
    const hanging = { ...testDeps({ kv: hangingKv() }), deadline: noPatienceOf(5000) }

    const { receipt } = await revokeKey(hanging, aCaller(), key.id, {})

    expect(receipt.recorded).toBe('pending')
  })
})
