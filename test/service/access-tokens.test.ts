// Access tokens: who gets one, for how long it is good, and what a forged one gets.
import { env } from 'cloudflare:workers'
import { crc32 } from 'node:zlib'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { AccessTokenClaims } from '../../src/core/access-token.ts'
import { encodeBase62 } from '../../src/core/base62.ts'
import { MAX_AUDIENCE_LENGTH, MAX_AUDIENCES } from '../../src/core/environment.ts'
import { TOKEN_ALGORITHMS } from '../../src/core/signing-key.ts'
import { authenticateClient } from '../../src/service/client-authentication.ts'
import { editEnvironment } from '../../src/service/environments.ts'
import { issueAccessToken } from '../../src/service/issue-token.ts'
import { editKey, rotateKey } from '../../src/service/keys.ts'
import { deleteEnvironment } from '../../src/service/revoke-environment.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { getSigner } from '../../src/service/signing-keys.ts'
import { openDatabase } from '../../src/store/database.ts'
import { failingD1, flakyLedger, untouchable } from '../support/broken-bindings.ts'
import { ORIGIN } from '../support/client.ts'
import {
  aCaller,
  anEnvironment,
  anotherIsolate,
  aStoredKey,
  NOON,
  type TestDeps,
  testDeps,
  verifyAccessToken,
  verifyAny,
  verifyKey,
} from '../support/factory.ts'
import {
  aClientWithToken,
  aCredential,
  anAccessToken,
  type Credential,
  readJwt,
  signedByUs,
  signingWith,
} from '../support/oauth.ts'

const BOUND_MS = 5000
const SECOND = NOON / 1000

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
})

const verdict = (deps: TestDeps, token: string) => verifyAccessToken(deps, null, { token })

/** The same isolate, none of whose stores may be touched. */
const cutOff = (deps: TestDeps): TestDeps => ({
  ...deps,
  db: untouchable(),
  nearest: () => untouchable(),
  ledger: { ...deps.ledger, sync: () => Promise.reject(new Error('asked')) },
  revocations: untouchable(),
})

describe('authenticateClient', () => {
  it('knows a client by its id and secret', async () => {
    const deps = testDeps()
    const { clientId, clientSecret, environment } = await aCredential(deps)

    expect(await authenticateClient(deps, { clientId, clientSecret })).toMatchObject({
      id: clientId,
      record: { environment: { id: environment.id } },
    })
  })

  const BAD: [string, (deps: TestDeps, client: Credential) => Promise<{ clientId: string; clientSecret: string }>][] = [
    ['an unknown id', async (_, client) => ({ ...client, clientId: 'cred_00000000000000000000000000' })],
    ['no id at all', async (_, client) => ({ ...client, clientId: '' })],
    ['the id of a key', async (deps, client) => ({ ...client, clientId: (await aStoredKey(deps)).key.id })],
    ['its prefix for an id', async (_, client) => ({ ...client, clientId: client.credential.prefix })],
    ['an id in upper case', async (_, client) => ({ ...client, clientId: client.clientId.toUpperCase() })],
    [
      'the id of another client of the environment',
      async (deps, client) => ({
        ...client,
        clientId: (await aCredential(deps, { environment: client.environment })).clientId,
      }),
    ],
    [
      'the secret of another client',
      async (deps, client) => ({ ...client, clientSecret: (await aCredential(deps)).clientSecret }),
    ],
    [
      'an API key of the environment',
      async (deps, client) => ({
        ...client,
        clientSecret: (await aStoredKey(deps, { environment: client.environment })).token,
      }),
    ],
    [
      'the hash of its secret',
      async (_, client) => ({ ...client, clientSecret: await storedHash(client.credential.prefix) }),
    ],
    [
      'a secret of another letter and the right checksum',
      async (_, client) => ({ ...client, clientSecret: forgedSecret(client.clientSecret) }),
    ],
    [
      'a secret with a wrong checksum',
      async (_, client) => ({ ...client, clientSecret: `${client.clientSecret.slice(0, -6)}000000` }),
    ],
    ['a secret with a space', async (_, client) => ({ ...client, clientSecret: `${client.clientSecret} ` })],
    ['an empty secret', async (_, client) => ({ ...client, clientSecret: '' })],
    [
      'a revoked credential',
      async (deps, client) => {
        await revokeKey(deps, aCaller(), client.clientId, {})
        return client
      },
    ],
    [
      'a secret that a rotation ended',
      async (deps, client) => {
        await rotateKey(deps, aCaller(), client.clientId, { overlapSeconds: 0 })
        return client
      },
    ],
    [
      'a secret whose overlap is over',
      async (deps, client) => {
        await rotateKey(deps, aCaller(), client.clientId, { overlapSeconds: 1 })
        deps.setTime(NOON + 1000)
        return client
      },
    ],
    [
      'a secret two rotations old',
      async (deps, client) => {
        await rotateKey(deps, aCaller(), client.clientId, { overlapSeconds: 600 })
        await rotateKey(deps, aCaller(), client.clientId, { overlapSeconds: 600 })
        return client
      },
    ],
    [
      'an environment that was deleted',
      async (deps, client) => {
        await deleteEnvironment(deps, aCaller(), client.environment.id, { confirm: 'Production' })
        return client
      },
    ],
  ]

  it.each(BAD)('refuses %s with one and the same error, warm and cold', async (_, spoil) => {
    const deps = testDeps()
    const client = await aCredential(deps)
    await authenticateClient(deps, client)
    const shown = await spoil(deps, client)

    const [warm, cold] = await Promise.all(
      [deps, anotherIsolate(deps)].map((each) => authenticateClient(each, shown).catch((error: unknown) => error)),
    )

    const expected = {
      name: 'OAuthError',
      code: 'invalid_client',
      message: 'The client is unknown, or its secret is wrong.',
    }
    expect(warm).toMatchObject(expected)
    expect(cold).toMatchObject(expected)
  })

  it('takes the old secret and the new one while a rotation overlaps', async () => {
    const deps = testDeps()
    const { clientId, clientSecret } = await aCredential(deps)
    const rotated = await rotateKey(deps, aCaller(), clientId, { overlapSeconds: 60 })

    deps.setTime(NOON + 59_999)
    for (const secret of [clientSecret, rotated.token]) {
      expect(await authenticateClient(deps, { clientId, clientSecret: secret })).toMatchObject({ id: clientId })
    }
  })

  it('does not know while nobody can be asked', async () => {
    const deps = testDeps()
    const client = await aCredential(deps)

    const silent = { ...anotherIsolate(deps), ledger: flakyLedger(deps.ledger, { down: true }) }

    await expect(authenticateClient(silent, client)).rejects.toMatchObject({ name: 'Problem', code: 'unavailable' })
  })

  it('asks no store about a secret that cannot be one', async () => {
    await expect(
      authenticateClient(cutOff(testDeps()), { clientId: 'cred_1', clientSecret: 'nsls_x' }),
    ).rejects.toMatchObject({ code: 'invalid_client' })
  })
})

describe('an access token', () => {
  it('says what RFC 9068 asks for', async () => {
    const deps = testDeps()
    const client = await aCredential(deps)

    const { header, payload } = readJwt(await anAccessToken(deps, client))

    expect(header).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: (await getSigner(deps)).kid })
    expect(payload).toEqual({
      iss: ORIGIN,
      sub: client.clientId,
      client_id: client.clientId,
      aud: [`${ORIGIN}/core`],
      iat: SECOND,
      exp: SECOND + 3600,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      scope: 'read write',
      environment_id: client.environment.id,
      project_id: client.credential.projectId,
      secret_prefix: client.credential.prefix,
      credential_revision: 1,
    })
  })

  it('has an id that no other has', async () => {
    const deps = testDeps()
    const client = await aCredential(deps)
    const tokens = await Promise.all(Array.from({ length: 5 }, () => anAccessToken(deps, client)))

    expect(new Set(tokens.map((token) => readJwt(token).payload['jti'])).size).toBe(5)
  })

  it('is for another resource as well when that was asked for', async () => {
    const deps = testDeps()
    const environment = await anEnvironment(deps, { audiences: ['https://api.example.com'] })
    const client = await aCredential(deps, { environment })
    const token = await anAccessToken(deps, client, { audiences: ['https://api.example.com'] })

    expect(readJwt(token).payload['aud']).toEqual([`${ORIGIN}/core`, 'https://api.example.com'])
    expect(await verdict(deps, token)).toMatchObject({ valid: true })
  })

  it('is for nobody else whom its environment does not grant, and for our own always', async () => {
    const deps = testDeps()
    const other = await anEnvironment(deps, { audiences: ['https://api.example.com'] })
    const client = await aCredential(deps)

    for (const audience of ['https://api.example.com', other.id, ORIGIN, `${ORIGIN}/core/`]) {
      await expect(anAccessToken(deps, client, { audiences: [audience] })).rejects.toMatchObject({
        code: 'invalid_target',
      })
    }
    const token = await anAccessToken(deps, client, { audiences: [`${ORIGIN}/core`] })
    expect(readJwt(token).payload['aud']).toEqual([`${ORIGIN}/core`])
  })

  it('is no longer issued for an audience once its environment takes it away, within the bound everywhere', async () => {
    const deps = testDeps()
    const audiences = ['https://api.example.com']
    const environment = await anEnvironment(deps, { audiences })
    const client = await aCredential(deps, { environment })
    const elsewhere = anotherIsolate(deps)
    await anAccessToken(elsewhere, client, { audiences })

    await editEnvironment(deps, aCaller(), environment.id, { audiences: [] })

    await expect(anAccessToken(deps, client, { audiences })).rejects.toMatchObject({ code: 'invalid_target' })
    deps.setTime(NOON + 60_001)
    await expect(anAccessToken(elsewhere, client, { audiences })).rejects.toMatchObject({ code: 'invalid_target' })
  })

  it('has a verdict like that of a key, which says what kind it is', async () => {
    const deps = testDeps()
    const { token, clientId, environment, credential } = await aClientWithToken(deps)

    expect(await verdict(deps, token)).toEqual({
      valid: true,
      code: 'valid',
      kind: 'access_token',
      keyId: clientId,
      name: 'sdk',
      prefix: credential.prefix,
      projectId: credential.projectId,
      environment: { id: environment.id, name: 'Production', tag: 'production' },
      scopes: ['read', 'write'],
      ownerId: null,
      metadata: {},
      expiresAt: NOON + 3_600_000,
      freshness: { asOf: NOON, ageMs: 0, boundMs: BOUND_MS, source: 'lease' },
    })
  })

  it('can do what was asked for and no more, also when the credential can', async () => {
    const deps = testDeps()
    const token = await anAccessToken(deps, await aCredential(deps), { scopes: ['read'] })

    expect(await verdict(deps, token)).toMatchObject({ valid: true, scopes: ['read'] })
    expect(await verifyAccessToken(deps, null, { token, scopes: ['write'] })).toMatchObject({
      code: 'insufficient_scope',
      missingScopes: ['write'],
    })
  })

  it.each([[['admin']], [['read', 'admin']], [['READ']]])(
    'is not issued for %j when the credential lacks it',
    async (scopes) => {
      const deps = testDeps()

      await expect(anAccessToken(deps, await aCredential(deps), { scopes })).rejects.toMatchObject({
        code: 'invalid_scope',
      })
    },
  )

  it('gains nothing when its credential gains a scope, and loses what its credential loses', async () => {
    const deps = testDeps()
    const { clientId, token, ...client } = await aClientWithToken(deps, { scopes: ['read'] })
    await editKey(deps, aCaller(), clientId, { scopes: ['read', 'write'] })
    expect(await verdict(deps, token)).toMatchObject({ scopes: ['read'] })

    const wider = await anAccessToken(deps, { clientId, ...client })
    expect(await verdict(deps, wider)).toMatchObject({ scopes: ['read', 'write'] })
    await editKey(deps, aCaller(), clientId, { scopes: ['read'] })
    expect(await verdict(deps, wider)).toMatchObject({ scopes: ['read'] })
  })

  it('does not outlive the secret it was issued for, nor say that it will', async () => {
    const deps = testDeps()
    const client = await aCredential(deps)
    await rotateKey(deps, aCaller(), client.clientId, { overlapSeconds: 600 })

    const issued = await issueAccessToken(deps, await authenticateClient(deps, client), {
      scopes: null,
      audiences: [],
      issuer: ORIGIN,
    })

    expect(issued.lifetimeSeconds).toBe(600)
    expect(readJwt(issued.token).payload['exp']).toBe(SECOND + 600)
  })

  it('is not issued to a secret whose last second has begun', async () => {
    const deps = testDeps()
    const client = await aCredential(deps)
    deps.setTime(NOON + 500)
    await rotateKey(deps, aCaller(), client.clientId, { overlapSeconds: 1 })
    deps.setTime(NOON + 1000)

    await expect(anAccessToken(deps, client)).rejects.toMatchObject({ code: 'invalid_client' })
  })

  it('is verified with no I/O at all once its client is known', async () => {
    const deps = testDeps()
    const { token } = await aClientWithToken(deps)
    await verdict(deps, token)
    await deps.settled()

    expect(await verdict(cutOff(deps), token)).toMatchObject({ valid: true, freshness: { source: 'lease' } })
  })

  it('verifies for a second token of the client with no I/O, as soon as the key is known', async () => {
    const deps = testDeps()
    const { token, ...client } = await aClientWithToken(deps)
    await verdict(deps, token)
    const second = await anAccessToken(deps, client)
    await deps.settled()

    expect(await verdict(cutOff(deps), second)).toMatchObject({ valid: true })
  })

  it.each(TOKEN_ALGORITHMS)(
    'of the greatest client there may be, signed with %s, is verified all the same',
    async (algorithm) => {
      const deps = signingWith(testDeps(), algorithm)
      const names = Array.from({ length: 100 }, (_, index) => `s${index}`.padEnd(64, 'x'))
      const scopes = names.map((name) => ({ name, description: null, required: false }))
      const audiences = Array.from({ length: MAX_AUDIENCES }, (_, index) =>
        `urn:${index}`.padEnd(MAX_AUDIENCE_LENGTH, 'a'),
      )
      const environment = await anEnvironment(deps, { scopes, audiences })
      const client = await aCredential(deps, { environment, scopes: names })

      // The longest name a host may have (RFC 1035 §2.3.4).
      const issuer = `https://${'a'.repeat(253)}:65535`
      const token = await anAccessToken(deps, client, { audiences, issuer })

      expect(await verifyAny(deps, null, { token })).toMatchObject({ valid: true, scopes: names })
    },
  )
})

describe('the time of an access token', () => {
  it('is over on the millisecond', async () => {
    const deps = testDeps()
    const { token, clientId } = await aClientWithToken(deps)

    deps.setTime(NOON + 3_600_000 - 1)
    expect(await verdict(deps, token)).toMatchObject({ valid: true })
    deps.setTime(NOON + 3_600_000)
    expect(await verdict(deps, token)).toMatchObject({ valid: false, code: 'expired', keyId: clientId })
  })

  it.each([
    [-60_000, 'valid'],
    [-61_000, 'not_found'],
    [60_000, 'valid'],
  ])('where a verifier is %i ms off, it is %s', async (difference, code) => {
    const deps = testDeps()
    const { token } = await aClientWithToken(deps)

    const elsewhere = { ...anotherIsolate(deps), clock: () => NOON + difference }

    expect(await verdict(elsewhere, token)).toMatchObject({ code })
  })

  it('is not made longer by a verifier whose clock is behind, beyond what its clock says', async () => {
    const deps = testDeps()
    const { token } = await aClientWithToken(deps)

    const behind = { ...anotherIsolate(deps), clock: () => NOON + 3_600_000 - 60_000 }
    const ahead = { ...anotherIsolate(deps), clock: () => NOON + 3_600_000 + 60_000 }

    expect(await verdict(behind, token)).toMatchObject({ code: 'valid' })
    expect(await verdict(ahead, token)).toMatchObject({ code: 'expired' })
  })

  it('is asked each time, though the signature was found good before', async () => {
    const deps = testDeps()
    const { token } = await aClientWithToken(deps)
    expect(await verdict(deps, token)).toMatchObject({ valid: true })

    deps.setTime(NOON - 61_000)
    expect(await verdict(deps, token)).toEqual({ valid: false, code: 'not_found' })
  })
})

describe('a token of another environment', () => {
  it('does not exist for who is bound to one, in whatever state it is', async () => {
    const deps = testDeps()
    const mine = await anEnvironment(deps)
    const { token, clientId } = await aClientWithToken(deps)

    expect(await verifyAccessToken(deps, mine.id, { token })).toEqual({ valid: false, code: 'not_found' })
    expect(await verifyAccessToken(deps, null, { token, environmentId: mine.id })).toEqual({
      valid: false,
      code: 'not_found',
    })
    await revokeKey(deps, aCaller(), clientId, {})
    expect(await verifyAccessToken(deps, mine.id, { token })).toEqual({ valid: false, code: 'not_found' })
    const db = openDatabase(failingD1())
    const blind = { ...anotherIsolate(deps), isolate: deps.isolate, db, nearest: () => db }
    expect(await verifyAccessToken(blind, mine.id, { token })).toEqual({ valid: false, code: 'not_found' })
  })
})

describe('kinds are not taken for one another', () => {
  it('a client secret is no API key, no access token, and is known to nobody who verifies', async () => {
    const deps = testDeps()
    const { clientSecret } = await aCredential(deps)

    expect(await verifyKey(deps, null, { token: clientSecret })).toEqual({ valid: false, code: 'malformed' })
    expect(await verifyAny(deps, null, { token: clientSecret })).toEqual({ valid: false, code: 'malformed' })
  })

  it('a client secret is no API key either where the brand has become what its own was', async () => {
    const deps = testDeps()
    const { clientSecret } = await aCredential(deps)

    const rebranded = { ...anotherIsolate(deps), config: { ...deps.config, brand: 'nsls' } }

    expect(await verifyKey(rebranded, null, { token: clientSecret })).toEqual({ valid: false, code: 'not_found' })
  })

  it('an API key is no client secret where the brand of secrets has become what its own was', async () => {
    const deps = testDeps()
    const rebranded = { ...deps, config: { ...deps.config, brand: 'nsls' } }
    const { key, token } = await aStoredKey(rebranded)

    await expect(authenticateClient(deps, { clientId: key.id, clientSecret: token })).rejects.toMatchObject({
      code: 'invalid_client',
    })
  })

  it('an access token is no API key, and the other way round', async () => {
    const deps = testDeps()
    const { token } = await aClientWithToken(deps)
    const { token: apiKey } = await aStoredKey(deps)

    expect(await verifyKey(deps, null, { token })).toEqual({ valid: false, code: 'malformed' })
    expect(await verifyAccessToken(deps, null, { token: apiKey })).toEqual({ valid: false, code: 'malformed' })
  })

  it('a token that names the prefix of an API key finds nothing', async () => {
    const deps = testDeps()
    const { key } = await aStoredKey(deps)
    const { token } = await aClientWithToken(deps)
    const forged = await signedByUs(deps, { ...claimsOf(token), secret_prefix: key.prefix })

    expect(await verdict(deps, forged)).toEqual({ valid: false, code: 'not_found' })
  })

  it('a token that names the secret of another client finds nothing', async () => {
    const deps = testDeps()
    const { token } = await aClientWithToken(deps)
    const other = await aCredential(deps)
    const forged = await signedByUs(deps, { ...claimsOf(token), secret_prefix: other.credential.prefix })

    expect(await verdict(deps, forged)).toEqual({ valid: false, code: 'not_found' })
  })
})

const claimsOf = (token: string) => readJwt(token).payload as AccessTokenClaims // the tests' own tokens

async function storedHash(prefix: string): Promise<string> {
  const row = await env.DB.prepare('SELECT hash FROM api_key_secrets WHERE prefix = ?')
    .bind(prefix)
    .first<{ hash: string }>()
  return row?.hash ?? ''
}

/** The same prefix with another secret and the checksum that goes with it. */
function forgedSecret(secret: string): string {
  const body = `${secret.slice(0, -7)}${secret.at(-7) === 'a' ? 'b' : 'a'}`
  return body + encodeBase62(crc32(body), 6)
}
