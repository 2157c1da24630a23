// SDK credentials are keys of another kind: what is theirs alone, and what must not leak from one kind into the other.
import { env } from 'cloudflare:workers'
import { inspect } from 'node:util'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { sha256Hex } from '../../src/core/hash.ts'
import { parseToken } from '../../src/core/token.ts'
import { authenticateClient } from '../../src/service/client-authentication.ts'
import { editEnvironment } from '../../src/service/environments.ts'
import { editKey, getKey, listKeys, rotateKey } from '../../src/service/keys.ts'
import { revokeEnvironmentKeys } from '../../src/service/revoke-environment.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { revokeToken } from '../../src/service/revoke-token.ts'
import { getSigner } from '../../src/service/signing-keys.ts'
import { sweep } from '../../src/service/sweep.ts'
import { openDatabase } from '../../src/store/database.ts'
import { backUp } from '../support/backup.ts'
import { countingD1, failingD1, flakyD1, flakyKv } from '../support/broken-bindings.ts'
import {
  aCaller,
  anEnvironment,
  anotherIsolate,
  aStoredKey,
  eventsOf,
  FIRST_PAGE,
  NOON,
  type TestDeps,
  testDeps,
  verifyAccessToken,
} from '../support/factory.ts'
import { aClientWithToken, aCredential, anAccessToken } from '../support/oauth.ts'
import { everythingStored } from '../support/stored.ts'

describe('a credential', () => {
  it('has an id of its own kind and a secret of a brand of its own', async () => {
    const { clientId, clientSecret, credential } = await aCredential(testDeps())

    expect(clientId).toMatch(/^cred_[0-9a-z]{26}$/)
    expect(parseToken(clientSecret, 'nsls')).toEqual({ prefix: credential.prefix })
    expect(parseToken(clientSecret, 'nsl')).toBeNull()
  })

  it('is stored with the hash of its secret, and its secret nowhere', async () => {
    const { clientId, clientSecret } = await aCredential(testDeps())

    const row = await env.DB.prepare('SELECT hash FROM api_key_secrets WHERE key_id = ?').bind(clientId).first()

    expect(row).toEqual({ hash: await sha256Hex(clientSecret) })
  })

  it('is listed among credentials and not among keys, and keys not among credentials', async () => {
    const deps = testDeps()
    const { clientId, environment } = await aCredential(deps)
    const { key } = await aStoredKey(deps, { environment })
    const list = async (kind?: 'key' | 'credential') => {
      const filter = { environmentId: environment.id, ...(kind ? { kind } : {}) }
      return (await listKeys(deps, aCaller(), filter, FIRST_PAGE)).items.map(({ id }) => id)
    }

    expect(await list()).toEqual([key.id])
    expect(await list('key')).toEqual([key.id])
    expect(await list('credential')).toEqual([clientId])
  })

  it('is not found by a search for its prefix or name among keys', async () => {
    const deps = testDeps()
    const { credential, environment } = await aCredential(deps)
    const search = async (text: string) =>
      (await listKeys(deps, aCaller(), { environmentId: environment.id, search: text }, FIRST_PAGE)).items

    expect(await search(credential.prefix)).toEqual([])
    expect(await search('sdk')).toEqual([])
  })

  it('keeps a scope in its environment’s catalogue, as a live key does, until it is revoked', async () => {
    const deps = testDeps()
    const scopes = [{ name: 'a', description: null, required: false }]
    const environment = await anEnvironment(deps, { scopes })
    const { clientId } = await aCredential(deps, { environment, scopes: ['a'] })
    const remove = () => editEnvironment(deps, aCaller(), environment.id, { scopes: [] })

    await expect(remove()).rejects.toMatchObject({ code: 'conflict' })
    await revokeKey(deps, aCaller(), clientId, {})
    expect(await remove()).toBeDefined()
  })

  it('notes when it was last used, by buying a token and by the token’s use', async () => {
    const deps = testDeps()
    const { token, clientId } = await aClientWithToken(deps)
    await deps.settled()
    expect(await getKey(deps, aCaller(), clientId)).toMatchObject({ lastUsedAt: NOON })

    const later = { ...anotherIsolate(deps), clock: () => NOON + 120_000 }
    await verifyAccessToken(later, null, { token })
    await deps.settled()

    expect(await getKey(deps, aCaller(), clientId)).toMatchObject({ lastUsedAt: NOON + 120_000 })
  })

  it('writes its last use at most once a minute, however often its token is verified', async () => {
    const deps = testDeps()
    const { token } = await aClientWithToken(deps)
    await verifyAccessToken(deps, null, { token })
    const { db, count } = countingD1(env.DB)
    const written: number[] = []

    for (const afterMs of [60_001, 60_002, 90_000, 120_002, 120_003]) {
      deps.setTime(NOON + afterMs)
      const before = count.trips
      const verdict = await verifyAccessToken({ ...deps, db: openDatabase(db) }, null, { token })
      expect(verdict).toMatchObject({ valid: true })
      written.push(count.trips - before)
    }

    expect(written).toEqual([1, 0, 0, 1, 0])
  })

  it('leaves events of its own names, with nothing secret in them', async () => {
    const deps = testDeps()
    const { clientId, clientSecret } = await aCredential(deps)
    await editKey(deps, aCaller(), clientId, { name: 'other' })
    const { token: second } = await rotateKey(deps, aCaller(), clientId, { overlapSeconds: 60 })
    await revokeKey(deps, aCaller(), clientId, { reason: 'compromised' })

    const events = await eventsOf(deps, { keyId: clientId })

    expect(events.map(({ action }) => action)).toEqual([
      'credential.created',
      'credential.updated',
      'credential.rotated',
      'credential.revoked',
    ])
    for (const secret of [clientSecret, second]) {
      expect(JSON.stringify(events)).not.toContain(secret.slice(-49))
      expect(JSON.stringify(events)).not.toContain(await sha256Hex(secret))
    }
  })

  it('is revoked with its environment’s keys, under its own name', async () => {
    const deps = testDeps()
    const { clientId, environment } = await aCredential(deps)
    deps.setTime(NOON + 1)

    await revokeEnvironmentKeys(deps, aCaller(), environment.id, { reason: 'compromised' })

    expect(await getKey(deps, aCaller(), clientId)).toMatchObject({ revokedReason: 'compromised' })
    expect((await eventsOf(deps, { keyId: clientId })).map(({ action }) => action)).toEqual([
      'credential.created',
      'credential.revoked',
    ])
  })
})

describe('after D1 was restored to what it was before', () => {
  async function restoredFrom(
    change: (deps: TestDeps, client: Awaited<ReturnType<typeof aClientWithToken>>) => Promise<unknown>,
  ) {
    const deps = testDeps()
    const client = await aClientWithToken(deps)
    await sweep(deps)
    const restore = await backUp(env.DB)
    deps.setTime(NOON + 1000)
    await change(deps, client)
    await deps.settled()
    deps.setTime(NOON + 10_000)
    await sweep(deps)
    await restore()
    return { deps, client }
  }

  it('a revoked credential obtains no tokens, and its tokens are dead', async () => {
    const { deps, client } = await restoredFrom((each, { clientId }) => revokeKey(each, aCaller(), clientId, {}))

    await expect(authenticateClient(anotherIsolate(deps), client)).rejects.toMatchObject({ code: 'invalid_client' })
    expect(await verifyAccessToken(anotherIsolate(deps), null, { token: client.token })).toMatchObject({
      code: 'revoked',
    })
  })

  it('it is revoked again by the next sweep, under its own name', async () => {
    const { deps, client } = await restoredFrom((each, { clientId }) => revokeKey(each, aCaller(), clientId, {}))

    await sweep(deps)

    expect(await getKey(deps, aCaller(), client.clientId)).toMatchObject({ revokedAt: NOON + 1000 })
    expect((await eventsOf(deps, { keyId: client.clientId })).map(({ action }) => action)).toContain(
      'credential.revoked',
    )
  })
})

const CHECKSUM_LENGTH = 6
/** Everything about a client secret or an access token that nobody may see. */
const partsOf = (secret: string) =>
  secret.includes('.')
    ? [secret, secret.split('.')[2] ?? '', secret.split('.').slice(0, 2).join('.')]
    : [secret, secret.slice(-49), secret.slice(-49, -CHECKSUM_LENGTH)]

describe('secrets and access tokens', () => {
  const logged: unknown[] = []
  beforeEach(() => {
    logged.length = 0
    for (const method of ['debug', 'log', 'info', 'warn', 'error', 'trace'] as const) {
      vi.spyOn(console, method).mockImplementation((...line: unknown[]) => void logged.push(...line))
    }
  })

  it('are in no column of no table and in no value of KV, but for the hash of the secret', async () => {
    const deps = testDeps()
    const { token, ...client } = await aClientWithToken(deps)
    const { token: second } = await rotateKey(deps, aCaller(), client.clientId, { overlapSeconds: 60 })
    const other = await anAccessToken(deps, { ...client, clientSecret: second })
    await verifyAccessToken(deps, null, { token })
    await revokeToken(deps, aCaller(), other)
    await revokeKey(deps, aCaller(), client.clientId, {})
    await deps.settled()

    const stored = await everythingStored()

    for (const secret of [client.clientSecret, second, token, other].flatMap(partsOf))
      expect(stored).not.toContain(secret)
    for (const secret of [client.clientSecret, second]) expect(stored.split(await sha256Hex(secret))).toHaveLength(2)
    for (const each of [token, other]) expect(stored).not.toContain(await sha256Hex(each))
  })

  const FAILURES: [string, () => TestDeps][] = [
    ['D1 is down', () => testDeps({ db: failingD1() })],
    ['KV is down', () => testDeps({ kv: flakyKv(env.REVOCATIONS, { reads: true, writes: true }) })],
    ['D1 refuses what touches secrets', () => testDeps({ db: flakyD1(env.DB, { statements: /api_key_secrets/ }) })],
    ['D1 refuses what touches signing keys', () => testDeps({ db: flakyD1(env.DB, { statements: /signing_keys/ }) })],
    ['D1 refuses writes', () => testDeps({ db: flakyD1(env.DB, { statements: /^(insert|update)/i }) })],
  ]

  it.each(FAILURES)('are named in no log line and no error when %s', async (_, brokenDeps) => {
    const { token, ...client } = await aClientWithToken(testDeps())
    const deps = brokenDeps()
    const outcomes = await Promise.allSettled([
      authenticateClient(deps, client),
      anAccessToken(deps, client),
      verifyAccessToken(deps, null, { token }),
      verifyAccessToken(deps, null, { token: `${token.slice(0, -3)}AAA` }),
      revokeToken(deps, aCaller(), token),
      getSigner(deps),
    ])

    const failures = [
      await deps.settled(),
      ...outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])),
    ]
    const told = inspect([logged, failures], { depth: null, showHidden: true, maxStringLength: null })
    expect(failures.flat().length + logged.length).toBeGreaterThan(0)
    expect(told).not.toMatch(/[0-9a-f]{64}/)
    for (const secret of [token, client.clientSecret].flatMap(partsOf)) expect(told).not.toContain(secret)
    const { results } = await env.DB.prepare('SELECT private_key FROM signing_keys').all<{ private_key: string }>()
    for (const { private_key: sealed } of results) expect(told).not.toContain(sealed)
  })

  it('leave no copy in what the isolate remembers of a token', async () => {
    const deps = testDeps()
    const { token, clientSecret } = await aClientWithToken(deps)
    await verifyAccessToken(deps, null, { token })

    const remembered = inspect([[...deps.isolate.keyring.tokens.entries()], deps.isolate], {
      depth: null,
      showHidden: true,
      maxStringLength: null,
    })

    for (const secret of [token, clientSecret].flatMap(partsOf)) expect(remembered).not.toContain(secret)
  })
})
