// How an access token ends before its time, how soon that is seen, and what is said while nobody can say.
import { env } from 'cloudflare:workers'
import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { editEnvironment } from '../../src/service/environments.ts'
import { editKey, rotateKey } from '../../src/service/keys.ts'
import { deleteEnvironment, revokeEnvironmentKeys } from '../../src/service/revoke-environment.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { revokeToken } from '../../src/service/revoke-token.ts'
import { endAllTokens } from '../../src/service/token-endings.ts'
import { openDatabase } from '../../src/store/database.ts'
import { backUp } from '../support/backup.ts'
import { failingD1, flakyD1, flakyKv, flakyLedger } from '../support/broken-bindings.ts'
import {
  aCaller,
  anEnvironment,
  anotherIsolate,
  aStoredKey,
  NOON,
  type TestDeps,
  testDeps,
  verifyAccessToken,
  verifyKey,
} from '../support/factory.ts'
import { aClientWithToken, anAccessToken, type Credential } from '../support/oauth.ts'

const BOUND_MS = 5000
const SLACK_MS = 250

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
})

const verdict = (deps: TestDeps, token: string) => verifyAccessToken(deps, null, { token })

type Change = (deps: TestDeps, client: Awaited<ReturnType<typeof aClientWithToken>>) => Promise<unknown>

const asClient = ({ clientId, environment }: Pick<Credential, 'clientId' | 'environment'>) => ({
  actor: { type: 'client', id: clientId, name: 'sdk', role: 'client', environmentId: environment.id } as const,
  requestId: 'test-request',
  address: null,
})

const CHANGES: [string, Change, object][] = [
  [
    'whose credential is revoked',
    (deps, { clientId }) => revokeKey(deps, aCaller(), clientId, {}),
    { code: 'revoked' },
  ],
  [
    'whose secret is rotated out',
    (deps, { clientId }) => rotateKey(deps, aCaller(), clientId, { overlapSeconds: 0 }),
    { code: 'expired' },
  ],
  [
    'whose secret is rotated with an overlap',
    (deps, { clientId }) => rotateKey(deps, aCaller(), clientId, { overlapSeconds: 600 }),
    { valid: true, expiresAt: NOON + 600_000 },
  ],
  [
    'whose credential loses a scope',
    (deps, { clientId }) => editKey(deps, aCaller(), clientId, { scopes: ['read'] }),
    { valid: true, scopes: ['read'] },
  ],
  ['that its client ends', (deps, client) => revokeToken(deps, asClient(client), client.token), { code: 'revoked' }],
  ['that an operator ends', (deps, { token }) => revokeToken(deps, aCaller(), token), { code: 'revoked' }],
  [
    'in an environment whose keys are revoked',
    (deps, { environment }) => {
      deps.setTime(NOON + 1)
      return revokeEnvironmentKeys(deps, aCaller(), environment.id, {})
    },
    { code: 'revoked' },
  ],
  [
    'in an environment that is deleted',
    (deps, { environment }) => deleteEnvironment(deps, aCaller(), environment.id, { confirm: 'Production' }),
    { code: 'revoked' },
  ],
]

describe.each(CHANGES)('an access token %s', (_, change, seen) => {
  async function twoIsolates() {
    const here = testDeps()
    const client = await aClientWithToken(here)
    const there = anotherIsolate(here)
    for (const deps of [here, there]) expect(await verdict(deps, client.token)).toMatchObject({ valid: true })
    return { here, there, client, token: client.token }
  }

  it('is seen so at once where it was done', async () => {
    const { here, client, token } = await twoIsolates()

    await change(here, client)

    expect(await verdict(here, token)).toMatchObject(seen)
  })

  it('is seen so in another isolate when the bound is over, and not later', async () => {
    const { here, there, client, token } = await twoIsolates()
    await change(here, client)

    here.setTime(NOON + BOUND_MS)
    expect(await verdict(there, token)).toMatchObject({ valid: true, freshness: { source: 'lease', asOf: NOON } })
    here.setTime(NOON + BOUND_MS + 1)
    expect(await verdict(there, token)).toMatchObject(seen)
  })

  it('is never seen otherwise later than the bound and 250 ms, though the ledger answers late', async () => {
    const { here, there, client, token } = await twoIsolates()
    await change(here, client)
    here.setTime(NOON + BOUND_MS + 1)
    const late = async () => here.setTime(NOON + BOUND_MS + 1 + SLACK_MS)

    const slow = { ...there, ledger: flakyLedger(here.ledger, { after: late }) }

    expect(await verdict(slow, token)).toMatchObject(seen)
  })

  it('is seen so at once by a caller that allows no age, and in an isolate that has never seen it', async () => {
    const { here, there, client, token } = await twoIsolates()

    await change(here, client)

    expect(await verifyAccessToken(there, null, { token, maxStalenessMs: 0 })).toMatchObject(seen)
    expect(await verdict(anotherIsolate(here), token)).toMatchObject(seen)
  })
})

describe('a client that ends a token', () => {
  it('ends it and no other, older or newer, not even one of the same second', async () => {
    const deps = testDeps()
    const { token: older, ...client } = await aClientWithToken(deps)
    deps.setTime(NOON + 2000)
    const [token, twin] = [await anAccessToken(deps, client), await anAccessToken(deps, client)]

    await revokeToken(deps, asClient(client), token)
    const next = await anAccessToken(deps, client)

    for (const isolate of [deps, anotherIsolate(deps)]) {
      expect(await verdict(isolate, token)).toMatchObject({ code: 'revoked' })
      for (const other of [older, twin, next]) expect(await verdict(isolate, other)).toMatchObject({ valid: true })
    }
  })

  it('ends each of many that it obtains and ends in one second, and dates none of them later than now', async () => {
    const deps = testDeps()
    const client = await aClientWithToken(deps)
    const tokens = [client.token]
    for (let round = 0; round < 100; round += 1) {
      const token = await anAccessToken(deps, client)
      expect(decodeJwt(token).iat).toBe(NOON / 1000)
      expect(await verdict(deps, token)).toMatchObject({ valid: true })
      await revokeToken(deps, asClient(client), token)
      tokens.push(token)
    }

    const [kept = '', ...ended] = tokens
    const codes = await Promise.all(ended.map(async (token) => (await verdict(anotherIsolate(deps), token)).code))
    expect(new Set(codes)).toEqual(new Set(['revoked']))
    expect(await verdict(anotherIsolate(deps), kept)).toMatchObject({ valid: true })
  })

  it('costs no question for tokens of clients that end none, and one for each token of those that do', async () => {
    const deps = testDeps()
    const client = await aClientWithToken(deps)
    const ledger = flakyLedger(deps.ledger)
    const isolate = { ...anotherIsolate(deps), ledger }
    await verdict(isolate, client.token)
    const cold = ledger.questions
    const more = [await anAccessToken(deps, client), await anAccessToken(deps, client)]
    for (const token of more) await verdict(isolate, token)
    expect(ledger.questions).toBe(cold)

    await revokeToken(deps, asClient(client), client.token)
    deps.setTime(NOON + BOUND_MS + 1)
    for (const token of [...more, ...more]) expect(await verdict(isolate, token)).toMatchObject({ valid: true })
    expect(ledger.questions).toBe(cold + 3)
  })

  it('is heard though D1 was restored to before it', async () => {
    const deps = testDeps()
    const client = await aClientWithToken(deps)
    const restore = await backUp(env.DB)
    await revokeToken(deps, asClient(client), client.token)

    await restore()

    expect(await verdict(anotherIsolate(deps), client.token)).toMatchObject({ code: 'revoked' })
  })

  it('is heard in a grace, from KV, when the ledger is silent', async () => {
    const deps = testDeps()
    const environment = await anEnvironment(deps)
    const bounds = { maxStalenessMs: BOUND_MS, onUnknown: { graceSeconds: 60 } }
    await editEnvironment(deps, aCaller(), environment.id, { bounds })
    const client = await aClientWithToken(deps, { environment })
    const kept = await anAccessToken(deps, client)
    const there = anotherIsolate(deps)
    for (const token of [client.token, kept]) await verdict(there, token)
    await revokeToken(deps, asClient(client), client.token)
    deps.setTime(NOON + BOUND_MS + 1)
    const silent = { ...there, ledger: flakyLedger(deps.ledger, { down: true }) }

    expect(await verdict(silent, client.token)).toMatchObject({ code: 'revoked' })
    expect(await verdict(silent, kept)).toMatchObject({ valid: true, freshness: { source: 'grace' } })
    expect(await verdict({ ...silent, revocations: flakyKv(env.REVOCATIONS, { reads: true }) }, kept)).toMatchObject({
      code: 'unavailable',
    })
  })

  it('ends a token that another clock dated later than now', async () => {
    const deps = testDeps()
    const client = await aClientWithToken(deps)
    deps.setTime(NOON + 120_000)
    const token = await anAccessToken(deps, client)
    deps.setTime(NOON)

    await revokeToken(deps, asClient(client), token)

    deps.setTime(NOON + 120_000)
    expect(await verdict(anotherIsolate(deps), token)).toMatchObject({ code: 'revoked' })
  })

  it('revives nothing when two tokens are ended at once, in whatever order that is written', async () => {
    const deps = testDeps()
    const { token: older, ...client } = await aClientWithToken(deps)
    deps.setTime(NOON + 2000)
    const token = await anAccessToken(deps, client)

    const ends = [token, older, token, older, token, older].map((each) =>
      revokeToken(anotherIsolate(deps), asClient(client), each),
    )
    await Promise.all(ends)

    expect(await verdict(anotherIsolate(deps), token)).toMatchObject({ code: 'revoked' })
  })

  it('ends none of another client', async () => {
    const deps = testDeps()
    const mine = await aClientWithToken(deps)
    const theirs = await aClientWithToken(deps, { environment: mine.environment })

    await revokeToken(deps, asClient(mine), theirs.token)

    expect(await verdict(deps, theirs.token)).toMatchObject({ valid: true })
  })

  it('revokes no API key', async () => {
    const deps = testDeps()
    const client = await aClientWithToken(deps)
    const { token } = await aStoredKey(deps, { environment: client.environment })

    await revokeToken(deps, asClient(client), token)

    expect(await verifyKey(deps, null, { token })).toMatchObject({ valid: true })
  })

  it('may end its own and nothing else of what services can do', async () => {
    const deps = testDeps()
    const client = await aClientWithToken(deps)
    const other = await aClientWithToken(deps, { environment: client.environment })
    const caller = asClient(client)

    for (const attempt of [
      endAllTokens(deps, caller, other.clientId),
      editKey(deps, caller, client.clientId, { name: 'x' }),
      rotateKey(deps, caller, client.clientId, { overlapSeconds: 0 }),
      revokeKey(deps, caller, client.clientId, {}),
      revokeEnvironmentKeys(deps, caller, client.environment.id, {}),
    ]) {
      await expect(attempt).rejects.toMatchObject({ code: 'forbidden' })
    }
  })

  it('hears that it could not be done when it could not', async () => {
    const deps = testDeps()
    const client = await aClientWithToken(deps)
    await verdict(deps, client.token)

    const silent = { ...deps, ledger: flakyLedger(deps.ledger, { down: true }) }

    await expect(revokeToken(silent, asClient(client), client.token)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('hears of no error once the credential is revoked: nothing is left to end', async () => {
    const deps = testDeps()
    const client = await aClientWithToken(deps)
    await revokeKey(deps, aCaller(), client.clientId, {})

    await expect(revokeToken(deps, aCaller(), client.token)).resolves.toBeUndefined()
  })
})

describe('ending all tokens of a credential', () => {
  it('ends those it has obtained, whatever their age, and none that it obtains afterwards', async () => {
    const deps = testDeps()
    const { token: older, ...client } = await aClientWithToken(deps)
    const token = await anAccessToken(deps, client)

    await endAllTokens(deps, aCaller(), client.clientId)
    const next = await anAccessToken(deps, client)

    for (const isolate of [deps, anotherIsolate(deps)]) {
      for (const ended of [older, token]) expect(await verdict(isolate, ended)).toMatchObject({ code: 'revoked' })
      expect(await verdict(isolate, next)).toMatchObject({ valid: true })
    }
  })

  it('ends none that an isolate issues which has not heard of it, nor one that D1 has not', async () => {
    const deps = testDeps()
    const client = await aClientWithToken(deps)
    const elsewhere = anotherIsolate(deps)
    await anAccessToken(elsewhere, client)
    const db = openDatabase(flakyD1(env.DB, { statements: /INSERT INTO "?audit_events/i }))
    await expect(endAllTokens({ ...deps, db }, aCaller(), client.clientId)).rejects.toMatchObject({
      code: 'unavailable',
    })

    const next = await anAccessToken(elsewhere, client)

    expect(await verdict(anotherIsolate(deps), client.token)).toMatchObject({ code: 'revoked' })
    for (const isolate of [deps, elsewhere, anotherIsolate(deps)]) {
      expect(await verdict(isolate, next)).toMatchObject({ valid: true })
    }
  })

  it('lets a client obtain a token under the lease while the ledger is silent', async () => {
    const deps = testDeps()
    const client = await aClientWithToken(deps)

    const next = await anAccessToken({ ...deps, ledger: flakyLedger(deps.ledger, { down: true }) }, client)

    expect(await verdict(deps, next)).toMatchObject({ valid: true })
  })

  it('holds whatever the clock of the isolate says that issued them', async () => {
    const deps = testDeps()
    const client = await aClientWithToken(deps)
    deps.setTime(NOON + 30_000)
    const ahead = await anAccessToken(anotherIsolate(deps), client)
    deps.setTime(NOON)

    await endAllTokens(deps, aCaller(), client.clientId)
    const next = await anAccessToken(deps, client)

    expect(await verdict(anotherIsolate(deps), ahead)).toMatchObject({ code: 'revoked' })
    expect(await verdict(anotherIsolate(deps), next)).toMatchObject({ valid: true })
  })

  it('is not undone by a restore of D1, and D1 is told of it again', async () => {
    const deps = testDeps()
    const client = await aClientWithToken(deps)
    const restore = await backUp(env.DB)
    await endAllTokens(deps, aCaller(), client.clientId)

    await restore()

    expect(await verdict(anotherIsolate(deps), client.token)).toMatchObject({ code: 'revoked' })
  })

  it('is refused for a credential that is revoked', async () => {
    const deps = testDeps()
    const client = await aClientWithToken(deps)
    await revokeKey(deps, aCaller(), client.clientId, {})

    await expect(endAllTokens(deps, aCaller(), client.clientId)).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('while stores fail', () => {
  it('a warm token is verified, though D1 and KV are down', async () => {
    const deps = testDeps()
    const { token } = await aClientWithToken(deps)
    await verdict(deps, token)
    const db = openDatabase(failingD1())

    const broken = { ...deps, db, nearest: () => db, revocations: flakyKv(env.REVOCATIONS, { reads: true }) }

    expect(await verdict(broken, token)).toMatchObject({ valid: true })
  })

  it('a cold one is neither good nor bad', async () => {
    const deps = testDeps()
    const { token } = await aClientWithToken(deps)
    const db = openDatabase(failingD1())

    expect(await verdict({ ...anotherIsolate(deps), db, nearest: () => db }, token)).toMatchObject({
      code: 'unavailable',
    })
    expect(
      await verdict({ ...anotherIsolate(deps), ledger: flakyLedger(deps.ledger, { down: true }) }, token),
    ).toMatchObject({ code: 'unavailable' })
  })

  it('a warm one is no longer known when the ledger is silent and the lease is over', async () => {
    const deps = testDeps()
    const { token } = await aClientWithToken(deps)
    await verdict(deps, token)
    deps.setTime(NOON + BOUND_MS + 1)

    expect(await verdict({ ...deps, ledger: flakyLedger(deps.ledger, { down: true }) }, token)).toMatchObject({
      code: 'unavailable',
    })
  })

  it('one in its environment’s grace is let through and says so, unless a tombstone denies it', async () => {
    const deps = testDeps()
    const environment = await anEnvironment(deps)
    const bounds = { maxStalenessMs: BOUND_MS, onUnknown: { graceSeconds: 60 } }
    await editEnvironment(deps, aCaller(), environment.id, { bounds })
    const { token, credential } = await aClientWithToken(deps, { environment })
    await verdict(deps, token)
    deps.setTime(NOON + BOUND_MS + 1)
    const silent = { ...deps, ledger: flakyLedger(deps.ledger, { down: true }) }

    expect(await verdict(silent, token)).toMatchObject({ valid: true, freshness: { source: 'grace' } })
    await env.REVOCATIONS.put(
      `revoked:v1:${credential.prefix}`,
      JSON.stringify({ keyId: credential.id, environmentId: environment.id, revokedAt: NOON }),
    )
    expect(await verdict(silent, token)).toMatchObject({ code: 'revoked' })
  })

  it('a revocation made without D1 ends its tokens all the same', async () => {
    const deps = testDeps()
    const { token, clientId } = await aClientWithToken(deps)
    await verdict(deps, token)
    const db = openDatabase(failingD1())

    await revokeKey({ ...deps, db, nearest: () => db }, aCaller(), clientId, {})

    expect(await verdict(deps, token)).toMatchObject({ code: 'revoked' })
    expect(await verdict(anotherIsolate(deps), token)).toMatchObject({ code: 'revoked' })
  })
})
