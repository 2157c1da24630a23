import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { editKey, getKey, rotateKey } from '../../src/service/keys.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { flakyD1 } from '../support/broken-bindings.ts'
import { aCaller, aStoredKey, eventsOf, NOON, testDeps, verifyKey } from '../support/factory.ts'

const HOUR = 3600
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

async function aKeyToRotate(input: Parameters<typeof aStoredKey>[1] = {}) {
  const deps = testDeps()
  const { key, token } = await aStoredKey(deps, input)
  const rotate = (overlapSeconds: number) => rotateKey(deps, aCaller(), key.id, { overlapSeconds })
  const codeOf = async (presented: string) => (await verifyKey(deps, null, { token: presented })).code
  return { deps, key, token, rotate, codeOf }
}

describe('rotateKey', () => {
  it('gives the same key a new secret, and keeps all else that it is', async () => {
    const { key, rotate } = await aKeyToRotate({ scopes: ['read', 'write'], metadata: { a: 1 }, ownerId: 'ana' })

    const { key: rotated, token } = await rotate(HOUR)

    const { prefix, secrets, revision, ...rest } = rotated
    expect(key).toMatchObject(rest)
    expect({ prefix, revision }).toEqual({ prefix: token.split('_')[1], revision: 2 })
    expect(secrets.map((secret) => secret.prefix)).toEqual([prefix, key.prefix])
  })

  it('lets the old token live until the overlap ends and not a millisecond longer', async () => {
    const { deps, token, rotate, codeOf } = await aKeyToRotate()

    const { token: fresh, previous } = await rotate(HOUR)

    expect(previous.expiresAt).toBe(NOON + HOUR_MS)
    deps.setTime(NOON + HOUR_MS - 1)
    expect([await codeOf(token), await codeOf(fresh)]).toEqual(['valid', 'valid'])
    deps.setTime(NOON + HOUR_MS)
    expect([await codeOf(token), await codeOf(fresh)]).toEqual(['expired', 'valid'])
  })

  it('ends the old token at once without an overlap', async () => {
    const { key, token, rotate, codeOf } = await aKeyToRotate()

    const { key: rotated, token: fresh, previous } = await rotate(0)

    expect(previous).toEqual({ prefix: key.prefix, expiresAt: NOON })
    expect([await codeOf(token), await codeOf(fresh)]).toEqual(['expired', 'valid'])
    expect(rotated.secrets).toHaveLength(1)
  })

  it('ends the older token when a second rotation follows, so that at most two live', async () => {
    const { token: first, rotate, codeOf } = await aKeyToRotate()

    const { token: second } = await rotate(HOUR)
    const { token: third, key } = await rotate(HOUR)

    expect([await codeOf(first), await codeOf(second), await codeOf(third)]).toEqual(['expired', 'valid', 'valid'])
    expect(key.secrets).toHaveLength(2)
  })

  it('does not lengthen the life of a key that ends before the overlap does', async () => {
    const end = NOON + 5 * MINUTE_MS
    const { deps, token, rotate, codeOf } = await aKeyToRotate({ expiresAt: end })

    const { token: fresh, previous, key } = await rotate(HOUR)

    expect(previous.expiresAt).toBe(end)
    expect(key.expiresAt).toBe(end)
    deps.setTime(end)
    expect([await codeOf(token), await codeOf(fresh)]).toEqual(['expired', 'expired'])
  })

  it('does not lengthen the life of a secret that ends already, when a later rotation allows more', async () => {
    const { deps, token, rotate, codeOf } = await aKeyToRotate()
    await rotate(60)
    await rotate(HOUR)

    deps.setTime(NOON + MINUTE_MS)

    expect(await codeOf(token)).toBe('expired')
  })

  it('does not lengthen the life of the old secret when the key itself is given a later end', async () => {
    const end = NOON + 5 * MINUTE_MS
    const { deps, key, token, rotate, codeOf } = await aKeyToRotate({ expiresAt: end })
    const { token: fresh } = await rotate(HOUR)

    await editKey(deps, aCaller(), key.id, { expiresAt: null })

    deps.setTime(end)
    expect([await codeOf(token), await codeOf(fresh)]).toEqual(['expired', 'valid'])
  })

  it('keeps the new secret the newest one on a machine whose clock is behind', async () => {
    const { deps, rotate, codeOf } = await aKeyToRotate()
    deps.setTime(NOON - 2000)
    const { key, token: second } = await rotate(HOUR)
    const { token: third } = await rotate(HOUR)

    expect(key.prefix).toBe(second.split('_')[1])
    expect([await codeOf(second), await codeOf(third)]).toEqual(['valid', 'valid'])
  })

  it('refuses a disabled key', async () => {
    const { rotate } = await aKeyToRotate({ enabled: false })

    await expect(rotate(HOUR)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('disabled') })
  })

  it('refuses an expired key', async () => {
    const { deps, rotate } = await aKeyToRotate({ expiresAt: NOON + 1 })
    deps.setTime(NOON + 1)

    await expect(rotate(HOUR)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('expired') })
  })

  it('refuses a revoked key and leaves its secrets as they are', async () => {
    const { deps, key, rotate } = await aKeyToRotate()
    const { key: revoked } = await revokeKey(deps, aCaller(), key.id, {})

    await expect(rotate(HOUR)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('revoked') })
    expect(await getKey(deps, aCaller(), key.id)).toEqual(revoked)
  })

  it('refuses a key that does not exist', async () => {
    const refused = rotateKey(testDeps(), aCaller(), 'key_none', { overlapSeconds: 0 })

    await expect(refused).rejects.toMatchObject({ code: 'not_found' })
  })

  it('hands over the token it has committed, even when the database is lost right after', async () => {
    const { key, codeOf } = await aKeyToRotate()
    const deps = testDeps({ db: flakyD1(env.DB, { afterBatch: true }) })

    const { token } = await rotateKey(deps, aCaller(), key.id, { overlapSeconds: 0 })

    expect(await codeOf(token)).toBe('valid')
  })

  it('records both prefixes and the end of the old secret', async () => {
    const { deps, key, rotate } = await aKeyToRotate()
    const { key: rotated } = await rotate(HOUR)

    expect(await eventsOf(deps, { keyId: key.id, action: 'key.rotated' })).toMatchObject([
      { before: { prefix: key.prefix }, after: { prefix: rotated.prefix, previousExpiresAt: NOON + HOUR_MS } },
    ])
  })
})

describe('rotateKey, several at once', () => {
  async function rotatedAtOnce(count: number) {
    const made = await aKeyToRotate()
    const rotations = await Promise.all(Array.from({ length: count }, () => made.rotate(HOUR)))
    const key = await getKey(made.deps, aCaller(), made.key.id)
    return { ...made, rotations, stored: key }
  }

  it('leaves exactly two live secrets, of which the newest is valid', async () => {
    const { token, rotations, stored, codeOf } = await rotatedAtOnce(2)
    const codes = await Promise.all([token, ...rotations.map((rotation) => rotation.token)].map(codeOf))

    const newest = rotations.find((rotation) => rotation.token.split('_')[1] === stored.prefix)

    expect(codes).toEqual(['expired', 'valid', 'valid'])
    expect(stored.secrets.map(({ expiresAt }) => expiresAt)).toEqual([null, NOON + HOUR_MS])
    expect(newest).toBeDefined()
  })

  it('is one history: each rotation replaces the secret the one before it made', async () => {
    const { deps, key, stored } = await rotatedAtOnce(6)

    const events = await eventsOf(deps, { keyId: key.id, action: 'key.rotated' })

    const prefixes = [key.prefix, ...events.map(({ after }) => after?.['prefix'])]
    expect(events.map(({ before }) => before?.['prefix'])).toEqual(prefixes.slice(0, -1))
    expect(prefixes.at(-1)).toBe(stored.prefix)
    expect(stored.revision).toBeGreaterThanOrEqual(7)
  })

  it('leaves no more than two secrets without an end in the past', async () => {
    const { key } = await rotatedAtOnce(6)

    const { results } = await env.DB.prepare('SELECT expires_at FROM api_key_secrets WHERE key_id = ? ORDER BY rowid')
      .bind(key.id)
      .all<{ expires_at: number | null }>()

    const ends = results.map(({ expires_at }) => expires_at)
    expect(ends).toEqual([...Array(5).fill(0), NOON + HOUR_MS, null])
  })
})
