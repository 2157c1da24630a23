// The keys that sign access tokens: how they are made, kept, replaced, published, and who can read them.
import { env } from 'cloudflare:workers'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { PUBLISHED_AHEAD_MS, SIGNING_PERIOD_MS } from '../../src/core/signing-key.ts'
import { getSeal } from '../../src/service/seal.ts'
import {
  findPublicKey,
  getSigner,
  KEY_SET_REMEMBERED_MS,
  readJwkSet,
  renewSigningKeys,
} from '../../src/service/signing-keys.ts'
import { openDatabase } from '../../src/store/database.ts'
import { withDeadline } from '../../src/store/deadline.ts'
import { findPublishedKeys } from '../../src/store/signing-keys.ts'
import { countingD1, failingD1, hangingD1 } from '../support/broken-bindings.ts'
import { ORIGIN } from '../support/client.ts'
import { anotherIsolate, NOON, type TestDeps, testDeps, verifyAccessToken } from '../support/factory.ts'
import { aClientWithToken, anAccessToken, readJwt } from '../support/oauth.ts'

const OTHER_ROOT_KEY = 'another-root-key-of-the-suite-9876543210'
const HOUR_MS = 3_600_000

beforeEach(async () => {
  await env.DB.exec('DELETE FROM signing_keys')
  vi.spyOn(console, 'warn').mockReturnValue()
})

const rowsOf = async () => (await env.DB.prepare('SELECT * FROM signing_keys ORDER BY signs_from').all()).results
const kidOf = (token: string) => String(readJwt(token).header['kid'])

/** The same stores, after the Worker was given another ROOT_KEY. */
const withOtherRootKey = (deps: TestDeps): TestDeps => ({
  ...anotherIsolate(deps),
  config: { ...deps.config, rootKey: OTHER_ROOT_KEY },
})

const withDatabase = (deps: TestDeps, binding: D1Database): TestDeps => {
  const db = openDatabase(binding)
  return { ...deps, db, nearest: () => db }
}

describe('the first signing key', () => {
  it('is made when it is needed, and not before', async () => {
    const deps = testDeps()

    expect(await readJwkSet(deps)).toEqual({ keys: [] })
    await renewSigningKeys(deps)
    expect(await readJwkSet(deps)).toEqual({ keys: [] })
    const { kid } = await getSigner(deps)
    expect((await readJwkSet(deps)).keys.map((key) => key.kid)).toEqual([kid])
  })

  it('is the same for isolates that need it at once', async () => {
    const deps = testDeps()
    const isolates = Array.from({ length: 8 }, () => anotherIsolate(deps))

    const signers = await Promise.all(isolates.map(getSigner))

    expect(new Set(signers.map(({ kid }) => kid)).size).toBe(1)
    expect(await rowsOf()).toHaveLength(1)
  })

  it.each([-30_000, 30_000])('signs for an isolate too whose clock differs by %i ms', async (difference) => {
    const deps = testDeps()
    const { kid } = await getSigner(deps)

    const other = { ...anotherIsolate(deps), clock: () => NOON + difference }

    expect((await getSigner(other)).kid).toBe(kid)
    expect(await rowsOf()).toHaveLength(1)
  })

  it('is made anew at once when an operator ends the one before', async () => {
    const deps = testDeps()
    const { kid } = await getSigner(deps)
    await env.DB.prepare('UPDATE signing_keys SET signs_until = ?').bind(NOON).run()

    const signer = await getSigner(anotherIsolate(deps))

    expect(signer.kid).not.toBe(kid)
  })
})

describe('a signing key at rest', () => {
  it('is a JWE that names the key and holds its private part in no readable form', async () => {
    const deps = testDeps()
    const { kid } = await getSigner(deps)
    const [row] = await rowsOf()
    const [header = '', encryptedKey, , ciphertext = ''] = String(row?.['private_key']).split('.')

    expect(Object.keys(JSON.parse(String(row?.['public_key']))).sort()).toEqual(['crv', 'kty', 'x'])
    expect(JSON.parse(atob(header))).toEqual({ alg: 'dir', enc: 'A256GCM', kid })
    expect(encryptedKey).toBe('')
    expect([JSON.stringify(row), atob(ciphertext.replaceAll('-', '+').replaceAll('_', '/'))].join()).not.toContain(
      '"d"',
    )
  })

  it('is opened by the ROOT_KEY that sealed it, and by no other, whatever the row says', async () => {
    const deps = testDeps()
    const { kid } = await getSigner(deps)
    expect((await getSigner(anotherIsolate(deps))).kid).toBe(kid)

    await env.DB.prepare('UPDATE signing_keys SET sealed_by = ?')
      .bind((await getSeal({ ...deps.config, rootKey: OTHER_ROOT_KEY })).id)
      .run()

    await expect(getSigner(withOtherRootKey(deps))).rejects.toThrow()
  })

  it('cannot be put under the id of another', async () => {
    const deps = testDeps()
    const { kid } = await getSigner(deps)
    const other = withOtherRootKey(deps)
    await getSigner(other)
    await env.DB.prepare(
      'UPDATE signing_keys SET private_key = (SELECT private_key FROM signing_keys WHERE kid = ?1) WHERE kid <> ?1',
    )
      .bind(kid)
      .run()

    await expect(getSigner(withOtherRootKey(deps))).rejects.toThrow()
  })

  it('cannot be taken out of the isolate that holds it', async () => {
    const { key } = await getSigner(testDeps())

    expect(key.extractable).toBe(false)
    await expect(crypto.subtle.exportKey('pkcs8', key)).rejects.toThrow()
  })

  it('is sealed with another nonce each time', async () => {
    const deps = testDeps()
    const rows: unknown[] = []
    for (let count = 0; count < 3; count += 1) {
      await getSigner(anotherIsolate(deps))
      rows.push(...(await rowsOf()).map((row) => String(row['private_key']).split('.')[2]))
      await env.DB.exec('DELETE FROM signing_keys')
    }

    expect(new Set(rows).size).toBe(3)
  })
})

describe('another ROOT_KEY', () => {
  it('makes a new signing key, and the old public key stays published', async () => {
    const deps = testDeps()
    const { token } = await aClientWithToken(deps)
    const other = withOtherRootKey(deps)

    const signer = await getSigner(other)

    expect(signer.kid).not.toBe(kidOf(token))
    expect((await readJwkSet(other)).keys.map(({ kid }) => kid).sort()).toEqual([kidOf(token), signer.kid].sort())
    expect(await verifyAccessToken(other, null, { token })).toMatchObject({ valid: true })
  })
})

describe('a successor', () => {
  it('is published a day before it signs, and signs from the moment the one before stops', async () => {
    const deps = testDeps()
    const client = await aClientWithToken(deps)
    const end = NOON - 60_000 + SIGNING_PERIOD_MS

    deps.setTime(end - PUBLISHED_AHEAD_MS - 1)
    await renewSigningKeys(deps)
    expect((await readJwkSet(deps)).keys).toHaveLength(1)
    deps.setTime(end - PUBLISHED_AHEAD_MS)
    await renewSigningKeys(deps)
    expect((await readJwkSet(deps)).keys).toHaveLength(2)
    deps.setTime(end - 1)
    const last = await anAccessToken(deps, client)
    expect(kidOf(last)).toBe(kidOf(client.token))
    deps.setTime(end)
    const first = await anAccessToken(deps, client)
    expect(kidOf(first)).not.toBe(kidOf(client.token))
    expect(await verifyAccessToken(deps, null, { token: last })).toMatchObject({ valid: true })
    expect(await verifyAccessToken(deps, null, { token: first })).toMatchObject({ valid: true })
  })

  it('is made once, however many isolates see that it is due', async () => {
    const deps = testDeps()
    await getSigner(deps)
    deps.setTime(NOON + SIGNING_PERIOD_MS - HOUR_MS)

    await Promise.all(Array.from({ length: 8 }, () => renewSigningKeys(anotherIsolate(deps))))

    expect(await rowsOf()).toHaveLength(2)
  })

  it('leaves the key before published until its last token is over, and no longer', async () => {
    const deps = testDeps()
    const { kid } = await getSigner(deps)
    const end = NOON - 60_000 + SIGNING_PERIOD_MS
    deps.setTime(end - 1)
    await getSigner(anotherIsolate(deps))

    deps.setTime(end + 24 * HOUR_MS)
    expect((await readJwkSet(deps)).keys.map((key) => key.kid)).toContain(kid)
    deps.setTime(end + 25 * HOUR_MS)
    expect((await readJwkSet(deps)).keys.map((key) => key.kid)).not.toContain(kid)
    expect(await findPublicKey(deps, kid)).toBeNull()
    expect(await findPublicKey(anotherIsolate(deps), kid)).toBeNull()
  })

  it('is followed within five minutes by an isolate that remembers the one before', async () => {
    const deps = testDeps()
    const { kid } = await getSigner(deps)
    await env.DB.exec('DELETE FROM signing_keys')

    deps.setTime(NOON + 299_999)
    expect((await getSigner(deps)).kid).toBe(kid)
    deps.setTime(NOON + 300_000)
    expect((await getSigner(deps)).kid).not.toBe(kid)
  })
})

describe('the published keys', () => {
  it('are what RFC 7517 and RFC 8037 say of a public Ed25519 key, and nothing private', async () => {
    const deps = testDeps()
    const { kid } = await getSigner(deps)

    const { keys } = await readJwkSet(deps)

    expect(keys).toEqual([
      { kty: 'OKP', crv: 'Ed25519', x: expect.stringMatching(/^[\w-]{43}$/), kid, use: 'sig', alg: 'EdDSA' },
    ])
  })

  it('verify a token of before and one of after a rotation', async () => {
    const deps = testDeps()
    const client = await aClientWithToken(deps)
    deps.setTime(NOON + SIGNING_PERIOD_MS)
    const later = await anAccessToken(deps, client)
    const keySet = createLocalJWKSet(await readJwkSet(deps))

    const verified = await Promise.all(
      [client.token, later].map((token) =>
        jwtVerify(token, keySet, {
          issuer: ORIGIN,
          audience: `${ORIGIN}/core`,
          typ: 'at+jwt',
          currentDate: new Date(NOON),
        }),
      ),
    )

    expect(new Set(verified.map(({ protectedHeader }) => protectedHeader.kid)).size).toBe(2)
  })
})

describe('asking for the published keys', () => {
  it('costs one statement in five seconds, at once and one after another', async () => {
    const { db, count } = countingD1(env.DB)
    const deps = withDatabase(testDeps(), db)

    await Promise.all(Array.from({ length: 50 }, () => readJwkSet(deps)))
    for (let index = 0; index < 50; index += 1) await readJwkSet(deps)
    deps.setTime(NOON + KEY_SET_REMEMBERED_MS - 1)
    await readJwkSet(deps)
    expect(count.trips).toBe(1)
    deps.setTime(NOON + KEY_SET_REMEMBERED_MS)
    await readJwkSet(deps)
    expect(count.trips).toBe(2)
  })

  it('shows a key that another isolate has made within five seconds', async () => {
    const deps = testDeps()
    const elsewhere = anotherIsolate(deps)
    expect(await readJwkSet(elsewhere)).toEqual({ keys: [] })
    const { kid } = await getSigner(deps)

    deps.setTime(NOON + KEY_SET_REMEMBERED_MS)

    expect((await readJwkSet(elsewhere)).keys.map((key) => key.kid)).toEqual([kid])
  })

  it('is not left waiting by a request that ended before it was answered', async () => {
    const hanging = withDatabase(testDeps(), hangingD1())
    readJwkSet({ ...hanging, deadline: (work) => work }).catch(() => null)

    hanging.setTime(NOON + 5000)
    const answered = readJwkSet({ ...hanging, db: openDatabase(env.DB) })

    expect(await answered).toEqual({ keys: [] })
  })
})

describe('an unknown kid', () => {
  const madeUp = (index: number) => String(index).padStart(43, 'x')

  it('is asked of D1 once', async () => {
    const deps = testDeps()
    await getSigner(deps)
    const { db, count } = countingD1(env.DB)

    expect(await findPublicKey(withDatabase(anotherIsolate(deps), db), madeUp(1))).toBeNull()
    expect(count.trips).toBe(1)
  })

  it('costs one statement in five seconds, however many are made up, at once and one after another', async () => {
    const { db, count } = countingD1(env.DB)
    const deps = withDatabase(testDeps(), db)

    await Promise.all(Array.from({ length: 50 }, (_, index) => findPublicKey(deps, madeUp(index))))
    for (let index = 50; index < 100; index += 1) await findPublicKey(deps, madeUp(index))
    deps.setTime(NOON + KEY_SET_REMEMBERED_MS - 1)
    await findPublicKey(deps, madeUp(100))
    expect(count.trips).toBe(1)
    deps.setTime(NOON + KEY_SET_REMEMBERED_MS)
    await findPublicKey(deps, madeUp(101))
    expect(count.trips).toBe(2)
  })

  it('is looked up again at once where the clock was set back', async () => {
    const { db, count } = countingD1(env.DB)
    const deps = withDatabase(testDeps(), db)
    await findPublicKey(deps, madeUp(1))

    deps.setTime(NOON - 3_600_000)
    await findPublicKey(deps, madeUp(2))

    expect(count.trips).toBe(2)
  })

  it('of a key that was just made is found by an isolate that knows the others', async () => {
    const deps = testDeps()
    const elsewhere = anotherIsolate(deps)
    await getSigner(deps)
    await findPublicKey(elsewhere, (await getSigner(deps)).kid)
    const { kid } = await getSigner(withOtherRootKey(deps))

    expect(await findPublicKey(elsewhere, kid)).not.toBeNull()
  })

  it('of a key that was just made is found within five seconds while others are made up', async () => {
    const deps = testDeps()
    const elsewhere = anotherIsolate(deps)
    await findPublicKey(elsewhere, madeUp(1))
    const { kid } = await getSigner(deps)
    expect(await findPublicKey(elsewhere, kid)).toBeNull()

    deps.setTime(NOON + KEY_SET_REMEMBERED_MS)

    expect(await findPublicKey(elsewhere, kid)).not.toBeNull()
  })

  it('is not asked for again once it is known', async () => {
    const deps = testDeps()
    const { kid } = await getSigner(deps)
    await findPublicKey(deps, kid)

    expect(await findPublicKey(withDatabase(deps, failingD1()), kid)).not.toBeNull()
  })
})

describe('while D1 cannot be asked', () => {
  it.each<[string, (deps: TestDeps) => Promise<unknown>]>([
    ['a signer', getSigner],
    ['a public key', (deps) => findPublicKey(deps, 'x'.repeat(43))],
    ['the published keys', readJwkSet],
  ])('%s is unavailable', async (_, ask) => {
    await expect(ask(withDatabase(testDeps(), failingD1()))).rejects.toMatchObject({ code: 'unavailable' })
  })

  it.each<[string, (deps: TestDeps) => Promise<unknown>]>([
    ['a signer', getSigner],
    ['a public key', (deps) => findPublicKey(deps, 'x'.repeat(43))],
    ['the published keys', readJwkSet],
  ])('because it hangs, %s is not waited for without end', async (_, ask) => {
    const deps = withDatabase(testDeps(), hangingD1())
    const impatient: TestDeps = { ...deps, deadline: (work) => withDeadline(work, 10) }

    await expect(ask(impatient)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('an isolate that knows its signer goes on signing', async () => {
    const deps = testDeps()
    const { kid } = await getSigner(deps)

    expect((await getSigner(withDatabase(deps, failingD1()))).kid).toBe(kid)
  })

  it('nothing half made is left behind', async () => {
    await getSigner(withDatabase(testDeps(), failingD1())).catch(() => null)

    expect(await findPublishedKeys(testDeps().db, NOON)).toEqual([])
  })
})
