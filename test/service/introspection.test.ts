// What a token is worth, and to whom that is told (RFC 7662).
import { beforeAll, describe, expect, it } from 'vitest'
import { type Actor, ROOT } from '../../src/core/actor.ts'
import { introspect } from '../../src/service/introspection.ts'
import { editKey, rotateKey } from '../../src/service/keys.ts'
import { revokeEnvironmentKeys } from '../../src/service/revoke-environment.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { revokeToken } from '../../src/service/revoke-token.ts'
import { failingD1, flakyLedger } from '../support/broken-bindings.ts'
import { ORIGIN } from '../support/client.ts'
import {
  aCaller,
  anEnvironment,
  anotherIsolate,
  aStoredKey,
  NOON,
  type TestDeps,
  testDeps,
} from '../support/factory.ts'
import { aClientWithToken, aCredential, anAccessToken, readJwt, signedByUs } from '../support/oauth.ts'

const SECOND = NOON / 1000
const INACTIVE = { active: false }

const aClientActor = (environmentId: string, id = 'cred_1'): Actor => ({
  type: 'client',
  id,
  name: 'sdk',
  role: 'client',
  environmentId,
})

const { actor: member } = aCaller({ role: 'member' })
const { actor: verifier } = aCaller({ role: 'verifier' })
const boundTo = (environmentId: string) => aCaller({ role: 'verifier', environmentId }).actor

describe('a good token', () => {
  it('that is an access token is described by its claims', async () => {
    const deps = testDeps()
    const { token, clientId, environment, credential } = await aClientWithToken(deps)

    expect(await introspect(deps, ROOT, token)).toEqual({
      active: true,
      scope: 'read write',
      client_id: clientId,
      token_type: 'Bearer',
      exp: SECOND + 3600,
      iat: SECOND,
      sub: clientId,
      aud: [`${ORIGIN}/core`],
      iss: ORIGIN,
      jti: readJwt(token).payload['jti'],
      kind: 'access_token',
      environment_id: environment.id,
      project_id: credential.projectId,
    })
  })

  it('that is an API key is described by what is known of it', async () => {
    const deps = testDeps()
    const { key, token, environment } = await aStoredKey(deps, { expiresAt: NOON + 60_500 })

    expect(await introspect(deps, ROOT, token)).toEqual({
      active: true,
      scope: 'read',
      token_type: 'Bearer',
      exp: SECOND + 60,
      sub: key.id,
      kind: 'api_key',
      environment_id: environment.id,
      project_id: key.projectId,
    })
  })

  it('without an end has none in the answer', async () => {
    const deps = testDeps()
    const { token } = await aStoredKey(deps)

    expect(await introspect(deps, ROOT, token)).not.toHaveProperty('exp')
  })

  it('says when it is over as things stand, where a rotation ends it sooner than it says itself', async () => {
    const deps = testDeps()
    const { token, clientId } = await aClientWithToken(deps)
    await rotateKey(deps, aCaller(), clientId, { overlapSeconds: 600 })

    expect(await introspect(deps, ROOT, token)).toMatchObject({ active: true, exp: SECOND + 600 })
  })

  it('says what it may still do', async () => {
    const deps = testDeps()
    const { token, clientId } = await aClientWithToken(deps)
    await editKey(deps, aCaller(), clientId, { scopes: ['read'] })

    expect(await introspect(deps, ROOT, token)).toMatchObject({ active: true, scope: 'read' })
  })
})

describe('a token that is not good', () => {
  const REASONS: [string, (deps: TestDeps) => Promise<string>][] = [
    ['empty', async () => ''],
    ['garbage', async () => 'garbage'],
    ['64 KiB long', async () => 'a'.repeat(65_536)],
    ['a JWT of somebody else', async () => 'eyJhbGciOiJub25lIn0.e30.AAAA'],
    ['a client secret', async (deps) => (await aCredential(deps)).clientSecret],
    ['the root key', async (deps) => deps.config.rootKey],
    ['an unknown key', async (deps) => (await aStoredKey(deps)).token.replace(/.{6}$/, 'zzzzzz')],
    [
      'an access token whose end has come',
      async (deps) => {
        const { token } = await aClientWithToken(deps)
        deps.setTime(NOON + 3_600_000)
        return token
      },
    ],
    [
      'an access token from the future',
      async (deps) => {
        const { token } = await aClientWithToken(deps)
        deps.setTime(NOON - 61_000)
        return token
      },
    ],
    [
      'an access token of a revoked credential',
      async (deps) => {
        const { token, clientId } = await aClientWithToken(deps)
        await revokeKey(deps, aCaller(), clientId, {})
        return token
      },
    ],
    [
      'an access token of a secret that was rotated out',
      async (deps) => {
        const { token, clientId } = await aClientWithToken(deps)
        await rotateKey(deps, aCaller(), clientId, { overlapSeconds: 0 })
        return token
      },
    ],
    [
      'an access token that was ended',
      async (deps) => {
        const { token } = await aClientWithToken(deps)
        await revokeToken(deps, aCaller(), token)
        return token
      },
    ],
    [
      'an access token with a changed payload',
      async (deps) => {
        const { token } = await aClientWithToken(deps)
        const [header, , signature] = token.split('.')
        return `${header}.${(await signedByUs(deps, { a: 1 })).split('.')[1]}.${signature}`
      },
    ],
    [
      'an access token of an environment whose keys were revoked',
      async (deps) => {
        const { token, environment } = await aClientWithToken(deps)
        deps.setTime(NOON + 1)
        await revokeEnvironmentKeys(deps, aCaller(), environment.id, {})
        return token
      },
    ],
    [
      'a revoked key',
      async (deps) => {
        const { token, key } = await aStoredKey(deps)
        await revokeKey(deps, aCaller(), key.id, {})
        return token
      },
    ],
    ['a disabled key', async (deps) => (await aStoredKey(deps, { enabled: false })).token],
    [
      'an expired key',
      async (deps) => {
        const { token, key } = await aStoredKey(deps)
        await editKey(deps, aCaller(), key.id, { expiresAt: NOON })
        return token
      },
    ],
  ]

  it.each(REASONS)('because it is %s is inactive, and nothing more is said', async (_, spoilt) => {
    const deps = testDeps()
    const token = await spoilt(deps)

    expect(await introspect(deps, ROOT, token)).toEqual(INACTIVE)
    expect(await introspect(anotherIsolate(deps), verifier, token)).toEqual(INACTIVE)
  })
})

describe('who may ask', () => {
  let deps: TestDeps
  let client: Awaited<ReturnType<typeof aClientWithToken>>
  let apiKey: string
  beforeAll(async () => {
    deps = testDeps()
    client = await aClientWithToken(deps)
    apiKey = (await aStoredKey(deps, { environment: client.environment })).token
  })

  it.each<[string, () => Actor]>([
    ['the root key', () => ROOT],
    ['an admin', () => aCaller({ role: 'admin' }).actor],
    ['a member', () => member],
    ['a verifier', () => verifier],
    ['a verifier bound to the environment', () => boundTo(client.environment.id)],
    ['the client itself', () => aClientActor(client.environment.id, client.clientId)],
    ['another client of the environment', () => aClientActor(client.environment.id)],
  ])('%s is told, of access tokens and of API keys', async (_, actor) => {
    expect(await introspect(deps, actor(), client.token)).toMatchObject({ active: true, kind: 'access_token' })
    expect(await introspect(deps, actor(), apiKey)).toMatchObject({ active: true, kind: 'api_key' })
  })

  it.each<[string, (environmentId: string) => Actor]>([
    ['a verifier bound to another environment', boundTo],
    ['a client of another environment', aClientActor],
    ['a client of another environment that knows the id of ours', (id) => aClientActor(id, client.clientId)],
  ])('%s learns nothing, good or bad', async (_, actorOf) => {
    const stranger = actorOf((await anEnvironment(deps)).id)
    const dead = await aClientWithToken(deps, { environment: client.environment })
    await revokeKey(deps, aCaller(), dead.clientId, {})

    for (const token of [client.token, apiKey, dead.token, client.clientSecret, 'x']) {
      expect(await introspect(deps, stranger, token)).toEqual(INACTIVE)
    }
  })
})

describe('while nobody can say', () => {
  it.each<[string, (deps: TestDeps) => TestDeps]>([
    ['the ledger', (deps) => ({ ...anotherIsolate(deps), ledger: flakyLedger(deps.ledger, { down: true }) })],
    [
      'D1',
      (deps) => {
        const { db, nearest } = testDeps({ db: failingD1() })
        return { ...anotherIsolate(deps), db, nearest }
      },
    ],
  ])('because %s is silent, a token is neither active nor inactive', async (_, broken) => {
    const deps = testDeps()
    const { token, ...client } = await aClientWithToken(deps)
    await anAccessToken(deps, client)

    await expect(introspect(broken(deps), ROOT, token)).rejects.toMatchObject({ code: 'unavailable' })
  })
})
