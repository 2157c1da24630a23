// What a request costs that anybody can send: counted at the stores, over the whole app.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Isolate } from '../../src/edge/isolate.ts'
import { authenticateClient } from '../../src/service/client-authentication.ts'
import { createKey, rotateKey } from '../../src/service/keys.ts'
import { authenticate } from '../../src/service/management-keys.ts'
import { openDatabase } from '../../src/store/database.ts'
import { backUp } from '../support/backup.ts'
import { countingD1, failingD1, flakyLedger, hangingD1, untouchable } from '../support/broken-bindings.ts'
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
import { aLostToken, aMadeUpToken } from '../support/made-up-tokens.ts'
import { aCredential, basic, CLIENT_CREDENTIALS, fetchApp, postForm } from '../support/oauth.ts'

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
})

/** An isolate that has answered somebody before, with a count of every trip to a store since. */
async function aCountedIsolate(kv = env.REVOCATIONS) {
  const primary = countingD1(env.DB)
  const nearest = countingD1(env.DB)
  const deps = testDeps({ kv })
  const { token } = await aStoredKey(deps)
  let reads = 0
  const revocations = new Proxy(kv, {
    get: (target, property) => {
      if (property === 'get') reads += 1
      const value: unknown = Reflect.get(target, property)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const ledger = flakyLedger(deps.ledger)
  const counted: TestDeps = {
    ...deps,
    isolate: new Isolate(),
    db: openDatabase(primary.db),
    nearest: () => openDatabase(nearest.db),
    revocations,
    ledger,
  }
  await verifyKey(counted, null, { token })
  const trips = () => [ledger.questions, nearest.count.trips, primary.count.trips, reads]
  const before = trips()
  const costs = () => trips().map((now, index) => now - (before[index] ?? 0))
  return { deps: counted, ledger, costs, token }
}

const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } })
const verifyBody = (token: string) => ({
  method: 'POST',
  headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
  body: '{"token":"nsl_x"}',
})

const REQUESTS: [string, (deps: TestDeps, nth: number) => Promise<{ status: number }>, number][] = [
  ['an API request without a credential', (deps) => fetchApp(deps, '/api/items'), 401],
  ['… with a malformed key', (deps) => fetchApp(deps, '/api/items', bearer('nsl_x')), 401],
  ['… with a made-up key', (deps) => fetchApp(deps, '/api/items', bearer(aMadeUpToken())), 401],
  [
    '… with a made-up key and a made-up tag',
    (deps, nth) => fetchApp(deps, '/api/items', bearer(aMadeUpToken('nsl', String(nth).padStart(8, '0')))),
    401,
  ],
  [
    'a made-up key at /forward-auth',
    (deps) => fetchApp(deps, '/forward-auth?scopes=read', bearer(aMadeUpToken())),
    401,
  ],
  ['a made-up key at /v1/whoami', (deps) => fetchApp(deps, '/v1/whoami', bearer(aMadeUpToken())), 401],
  ['a made-up management key', (deps) => fetchApp(deps, '/v1/projects', bearer(aMadeUpToken('nslm'))), 401],
  ['… at the verification', (deps) => fetchApp(deps, '/v1/keys/verify', verifyBody(aMadeUpToken('nslm'))), 401],
  [
    'a made-up client secret',
    (deps) =>
      postForm(
        deps,
        '/oauth2/token',
        CLIENT_CREDENTIALS,
        basic({ clientId: 'cred_01m8afv7000000000000000000', clientSecret: aMadeUpToken('nsls') }),
      ),
    401,
  ],
  [
    'a made-up session of the console',
    (deps) => {
      const session = `${'a'.repeat(43)}.${'0'.repeat(16)}`
      return fetchApp(deps, '/console/projects', {
        headers: { Cookie: `__Host-keyward=${session}` },
        redirect: 'manual',
      })
    },
    303,
  ],
]

describe('one request of a stranger', () => {
  it.each(REQUESTS)('%s: a hundred cost no question to any store', async (_what, send, status) => {
    const { deps, costs } = await aCountedIsolate()

    for (let nth = 0; nth < 100; nth += 1) expect(await send(deps, nth)).toMatchObject({ status })

    expect(costs()).toEqual([0, 0, 0, 0])
  })

  it('leaves nothing in memory', async () => {
    const { deps } = await aCountedIsolate()
    const { apiKeys, clients, managementKeys, mintKeys } = deps.isolate
    const sizes = () => [apiKeys.size, clients.size, managementKeys.size, mintKeys.misses.size]
    const before = sizes()

    for (const [, send] of REQUESTS) await send(deps, 1)

    expect(sizes()).toEqual(before)
  })

  it('reads the mint keys once, however many come to a new isolate at once, and again no sooner than a minute later', async () => {
    const { deps, costs } = await aCountedIsolate()
    const strangers = () =>
      Promise.all(Array.from({ length: 50 }, () => verifyKey(deps, null, { token: aMadeUpToken() })))
    await strangers()
    expect(costs()).toEqual([0, 0, 0, 0])

    deps.setTime(NOON + 60_001)
    await strangers()

    expect(costs()).toEqual([0, 0, 1, 0])
  })
})

describe('2,000 made-up tokens a second', () => {
  const SECONDS = 5
  const STEP_MS = 10

  /** What good keys are told, and what the ledger is asked, in some seconds with so many strangers a second. */
  async function aBusyWhile({ strangersPerSecond }: { strangersPerSecond: number }) {
    const { deps, ledger, token } = await aCountedIsolate()
    const cold = await Promise.all(Array.from({ length: SECONDS * 2 }, () => aStoredKey(deps)))
    const here: TestDeps = { ...deps, isolate: new Isolate() }
    await verifyKey(here, null, { token })
    const asked = ledger.questions
    const codes: string[] = []
    const ask = async (input: Parameters<typeof verifyKey>[2]) => {
      codes.push((await verifyKey(here, null, input)).code)
    }
    for (let passedMs = 0; passedMs < SECONDS * 1000; passedMs += STEP_MS) {
      here.setTime(NOON + passedMs)
      const strangers = Array.from({ length: (strangersPerSecond * STEP_MS) / 1000 }, async () => {
        expect((await verifyKey(here, null, { token: aMadeUpToken() })).code).toBe('not_found')
      })
      const good = [ask({ token })]
      if (passedMs % 50 === 0) good.push(ask({ token, maxStalenessMs: 0 }))
      if (passedMs % 500 === 0) good.push(ask({ token: cold[passedMs / 500]?.token ?? '' }))
      await Promise.all([...strangers, ...good])
    }
    return { codes, questions: ledger.questions - asked }
  }

  it('take nothing of the ledger’s 1,000 answers: warm, strict and cold keys are told what they are told without them', async () => {
    const alone = await aBusyWhile({ strangersPerSecond: 0 })
    const beside = await aBusyWhile({ strangersPerSecond: 2000 })

    expect(new Set(beside.codes)).toEqual(new Set(['valid']))
    expect(beside).toEqual(alone)
    expect(beside.questions / SECONDS).toBeLessThan(100)
  })
})

describe('a good token', () => {
  it('whose record is remembered is verified without its tag being looked at', async () => {
    const { deps, token } = await aCountedIsolate()
    deps.isolate.mintKeys.known = { keys: [], hasUntagged: false, readAt: NOON }

    expect(await verifyKey(deps, null, { token })).toMatchObject({ code: 'valid' })
  })

  it('of an isolate that outlived a restore of D1 from before its mint key is good in every other', async () => {
    const deps = testDeps()
    const { environment } = await aStoredKey(deps)
    const restore = await backUp(env.DB)
    await env.DB.exec(`INSERT INTO mint_keys VALUES ('later', '${'ab'.repeat(32)}', 9000000000000)`)
    const there = anotherIsolate(deps)
    await createKey(there, aCaller(), environment.id, { name: 'before', scopes: ['read'] })
    await restore()

    const { token, key } = await createKey(there, aCaller(), environment.id, { name: 'after', scopes: ['read'] })
    const rotated = await rotateKey(there, aCaller(), key.id, { overlapSeconds: 60 })

    for (const each of [token, rotated.token]) {
      expect(await verifyKey(anotherIsolate(deps), null, { token: each })).toMatchObject({ code: 'valid' })
    }
  })

  it('is not taken for made up when the mint keys cannot be read', async () => {
    const deps = testDeps()
    const { token } = await aStoredKey(deps)
    const db = openDatabase(failingD1())

    expect(await verifyKey({ ...anotherIsolate(deps), db }, null, { token })).toMatchObject({ code: 'valid' })
    expect(await verifyKey({ ...anotherIsolate(deps), db, nearest: () => db }, null, { token })).toMatchObject({
      code: 'unavailable',
    })
  })

  it('that another mint key tagged since is found by reading the keys again', async () => {
    const deps = testDeps()
    const { environment } = await aStoredKey(deps)
    const here = anotherIsolate(deps)
    await verifyKey(here, null, { token: await aLostToken(here) })
    const restore = await backUp(env.DB)
    await env.DB.exec(`INSERT INTO mint_keys VALUES ('newer', '${'cd'.repeat(32)}', 9000000000001)`)
    const { token } = await createKey(anotherIsolate(deps), aCaller(), environment.id, { name: 'x', scopes: ['read'] })
    deps.setTime(NOON + 60_001)

    expect(await verifyKey(here, null, { token })).toMatchObject({ code: 'valid' })
    await restore()
  })
})

describe('a deployment with tokens from before there were tags', () => {
  /** A key whose token has no tag, as an earlier version made it. */
  async function anOldKey(deps: TestDeps) {
    const { key, environment } = await aStoredKey(deps)
    const token = aMadeUpToken()
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
    const hex = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    await env.DB.prepare(
      'INSERT INTO api_key_secrets (prefix, key_id, hash, created_at, expires_at) VALUES (?, ?, ?, 0, NULL)',
    )
      .bind(token.split('_')[1], key.id, hex)
      .run()
    return { key, environment, token }
  }
  const forgetOldKeys = () => env.DB.exec('DELETE FROM api_key_secrets WHERE tagged = 0')

  it('goes on verifying them', async () => {
    const deps = testDeps()
    const { token } = await anOldKey(deps)

    expect(await verifyKey(anotherIsolate(deps), null, { token })).toMatchObject({ code: 'valid' })
    await forgetOldKeys()
  })

  it('asks about a token without a tag once, and remembers for seconds that it is nobody’s', async () => {
    const deps = testDeps()
    await anOldKey(deps)
    const { deps: counted, costs } = await aCountedIsolate()
    const token = aMadeUpToken()

    for (let count = 0; count < 20; count += 1) {
      expect(await verifyKey(counted, null, { token })).toEqual({ valid: false, code: 'not_found' })
    }
    expect(costs()).toEqual([1, 1, 1, 1])

    counted.setTime(NOON + 5001)
    await verifyKey(counted, null, { token })
    expect(costs()).toEqual([2, 2, 2, 2])
    await forgetOldKeys()
  })

  it('has four such questions under way and no more, and good keys do not wait for them', async () => {
    const deps = testDeps()
    await anOldKey(deps)
    const { token } = await aStoredKey(deps)
    const here = anotherIsolate(deps)
    await verifyKey(here, null, { token })
    const stuck = { ...here, nearest: () => openDatabase(hangingD1()) }

    for (let count = 0; count < 4; count += 1) void verifyKey(stuck, null, { token: aMadeUpToken() })
    await vi.waitFor(() => expect(here.isolate.mintKeys.untaggedLookups).toBe(4))

    expect(await verifyKey(stuck, null, { token: aMadeUpToken() })).toMatchObject({ code: 'unavailable' })
    expect(await verifyKey(here, null, { token })).toMatchObject({ code: 'valid' })
    const { token: cold } = await aStoredKey(deps)
    expect(await verifyKey(here, null, { token: cold })).toMatchObject({ code: 'valid' })
    await forgetOldKeys()
  })
})

describe('a client secret', () => {
  it('with the prefix of a remembered one is compared before any store is asked, also when the lease is over', async () => {
    const deps = testDeps()
    const { clientId, clientSecret } = await aCredential(deps)
    await authenticateClient(deps, { clientId, clientSecret })
    deps.setTime(NOON + 60_000)
    const nothing = { ...deps, ledger: untouchable<TestDeps['ledger']>(), nearest: () => openDatabase(failingD1()) }
    const forged = aMadeUpToken('nsls', clientSecret.split('_')[1])

    await expect(authenticateClient(nothing, { clientId, clientSecret: forged })).rejects.toMatchObject({
      code: 'invalid_client',
    })
  })
})

describe('a management key', () => {
  it('that was given out is let in by an isolate that has never seen it', async () => {
    const deps = testDeps()
    const { token, managementKey } = await aManagementKey(deps)

    expect(await authenticate(anotherIsolate(deps), token)).toMatchObject({ id: managementKey.id })
  })
})

describe('what one secret is known to be', () => {
  // A key is rotated after a leak, then all that is older is revoked; the old token is tried while D1 stalls.
  it.each(['the old token itself', 'an insider’s forgery with its prefix'])(
    'says nothing of the others: %s',
    async (how) => {
      const deps = testDeps()
      const { key, token: old } = await aStoredKey(deps)
      deps.setTime(NOON + 1000)
      const { token } = await rotateKey(deps, aCaller(), key.id, { overlapSeconds: 600 })
      await env.REVOCATIONS.put(
        `revoked:v1:${key.prefix}`,
        JSON.stringify({ keyId: key.id, environmentId: key.environmentId, revokedAt: NOON }),
      )
      const here = anotherIsolate(deps)
      expect(await verifyKey(here, null, { token })).toMatchObject({ code: 'valid' })
      const db = openDatabase(failingD1())
      const tried = how === 'the old token itself' ? old : await aLostToken(deps, 'nsl', key.prefix)

      const during = await verifyKey({ ...here, db, nearest: () => db }, null, { token: tried })

      expect(during).toMatchObject({ code: 'revoked', keyId: key.id })
      for (const later of [2000, 3_600_000]) {
        here.setTime(NOON + later)
        expect(await verifyKey(here, null, { token })).toMatchObject({ code: 'valid' })
      }
    },
  )
})
