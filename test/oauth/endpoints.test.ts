// Introspection, revocation and discovery as a client meets them: RFC 7662, 7009, 8414, 7517.
import { decodeJwt } from 'jose'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { getSigner } from '../../src/service/signing-keys.ts'
import { failingD1, flakyLedger } from '../support/broken-bindings.ts'
import { type Answer, ORIGIN } from '../support/client.ts'
import { aManagementKey, anotherIsolate, aStoredKey, eventsOf, type TestDeps, testDeps } from '../support/factory.ts'
import {
  aClientWithToken,
  aCredential,
  anAccessToken,
  basic,
  type Credential,
  fetchApp,
  postForm,
} from '../support/oauth.ts'

let deps: TestDeps
let client: Credential & { token: string }
let stranger: Credential
beforeAll(async () => {
  deps = testDeps()
  client = await aClientWithToken(deps)
  stranger = await aCredential(deps)
})

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
})

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
const rootKey = () => bearer(deps.config.rootKey)
const aRole = async (role: 'admin' | 'member' | 'verifier', environmentId: string | null = null) =>
  bearer((await aManagementKey(deps, { role, environmentId })).token)

const introspect = (token: string, headers: Record<string, string> = basic(client)) =>
  postForm(deps, '/oauth2/introspect', { token }, headers)
const revoke = (token: string, headers: Record<string, string> = basic(client)) =>
  postForm(deps, '/oauth2/revoke', { token }, headers)

const ENDPOINTS = ['/oauth2/introspect', '/oauth2/revoke']

function expectError(
  { status, headers, body }: Answer,
  expectedStatus: number,
  error: string,
  challenge: string | null,
) {
  expect({ status, error: body.error }).toEqual({ status: expectedStatus, error })
  expect(Object.keys(body).sort()).toEqual(['error', 'error_description'])
  expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/)
  expect(headers.get('WWW-Authenticate')).toBe(challenge)
  expect(headers.get('Cache-Control')).toBe('no-store')
}

const BASIC = 'Basic realm="keyward", charset="UTF-8"'
const INVALID_TOKEN = 'Bearer realm="keyward", error="invalid_token"'
const INSUFFICIENT = 'Bearer realm="keyward", error="insufficient_scope"'

describe.each(ENDPOINTS)('%s', (path) => {
  it('takes a client by Basic', async () => {
    expect(await postForm(deps, path, { token: 'x' }, basic(client))).toMatchObject({ status: 200 })
  })

  it('takes a client in the body', async () => {
    const form = { token: 'x', client_id: client.clientId, client_secret: client.clientSecret }

    expect(await postForm(deps, path, form)).toMatchObject({ status: 200 })
  })

  it('takes the root key', async () => {
    expect(await postForm(deps, path, { token: 'x' }, rootKey())).toMatchObject({ status: 200 })
  })

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['nobody', {}, {}],
    ['a wrong client by Basic', { Authorization: `Basic ${btoa('a:b')}` }, {}],
    ['a wrong client in the body', {}, { client_id: 'a', client_secret: 'b' }],
    ['half a client', {}, { client_id: 'a' }],
    ['another scheme', { Authorization: 'Digest a' }, {}],
    ['X-API-Key', { 'X-API-Key': 'nsl_x' }, {}],
  ])('refuses %s as RFC 6749 §5.2 has it', async (_, headers, form) => {
    expectError(await postForm(deps, path, { token: 'x', ...form }, headers), 401, 'invalid_client', BASIC)
  })

  it('refuses a management key that is none, an API key, and an access token for one (RFC 6750 §3.1)', async () => {
    const { token } = await aStoredKey(deps)

    for (const wrong of ['nslm_x', token, client.token, client.clientSecret]) {
      expectError(await postForm(deps, path, { token: 'x' }, bearer(wrong)), 401, 'invalid_token', INVALID_TOKEN)
    }
  })

  it('refuses who shows a client and a management key', async () => {
    const form = { token: 'x', client_id: client.clientId, client_secret: client.clientSecret }

    expectError(await postForm(deps, path, form, rootKey()), 400, 'invalid_request', null)
  })

  it.each([
    ['no token', {}],
    ['an empty token', { token: '' }],
    ['a token under another name', { access_token: 'x' }],
  ])('refuses %s', async (_, form) => {
    expectError(await postForm(deps, path, form, basic(client)), 400, 'invalid_request', null)
  })

  it.each([
    ['the token twice', 'token=a&token=b'],
    ['the hint twice', 'token=a&token_type_hint=b&token_type_hint=c'],
  ])('refuses %s', async (_, form) => {
    expectError(await postForm(deps, path, form, basic(client)), 400, 'invalid_request', null)
  })

  it('refuses JSON', async () => {
    const headers = { ...basic(client), 'Content-Type': 'application/json' }

    expectError(await postForm(deps, path, '{"token":"x"}', headers), 400, 'invalid_request', null)
  })

  it.each(['access_token', 'refresh_token', 'api_key', 'nonsense'])(
    'takes the hint %s for no more than that',
    async (hint) => {
      const { token } = await aClientWithToken(deps)
      const { status } = await postForm(deps, path, { token, token_type_hint: hint }, basic(client))

      expect(status).toBe(200)
    },
  )

  it('takes no token from the query', async () => {
    const answer = await postForm(deps, `${path}?token=${client.token}`, {}, basic(client))

    expectError(answer, 400, 'invalid_request', null)
  })

  it('takes a token of 60 KB for one that is none, and refuses a body above 64 KiB', async () => {
    expect(await postForm(deps, path, { token: 'a'.repeat(60_000) }, basic(client))).toMatchObject({ status: 200 })
    expect(await postForm(deps, path, { token: 'a'.repeat(66_000) }, basic(client))).toMatchObject({ status: 413 })
  })

  it('is there for POST alone', async () => {
    expect(await fetchApp(deps, `${path}?token=x`, { headers: basic(client) })).toMatchObject({ status: 405 })
  })

  it('says 503 while nobody can be asked who asks', async () => {
    const silent = { ...anotherIsolate(deps), ledger: flakyLedger(deps.ledger, { down: true }) }

    const answer = await postForm(silent, path, { token: 'x' }, basic(client))

    expectError(answer, 503, 'temporarily_unavailable', null)
    expect(answer.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)
  })

  it('says 503 while nobody can be asked about the token', async () => {
    const silent = { ...anotherIsolate(deps), ledger: flakyLedger(deps.ledger, { down: true }) }

    expectError(await postForm(silent, path, { token: client.token }, rootKey()), 503, 'temporarily_unavailable', null)
  })

  it('never says the token again', async () => {
    const answers = [
      await postForm(deps, path, { token: client.clientSecret }, basic(client)),
      await postForm(deps, path, { token: client.token }, bearer('nslm_x')),
      await postForm(deps, path, `token=${client.token}&token=${client.token}`, basic(client)),
    ]

    for (const { body, headers } of answers) {
      const told = JSON.stringify([body, [...headers]])
      expect(told).not.toContain(client.token)
      expect(told).not.toContain(client.clientSecret)
    }
  })
})

describe('POST /oauth2/introspect', () => {
  it('answers JSON that nobody keeps', async () => {
    const { status, headers, body } = await introspect(client.token)

    expect(status).toBe(200)
    expect(headers.get('Content-Type')).toMatch(/^application\/json/)
    expect(headers.get('Cache-Control')).toBe('no-store')
    expect(body).toMatchObject({ active: true, client_id: client.clientId, token_type: 'Bearer' })
  })

  it('says of API keys too what they are worth', async () => {
    const { token, key } = await aStoredKey(deps, { environment: client.environment })

    expect((await introspect(token)).body).toMatchObject({ active: true, kind: 'api_key', sub: key.id })
  })

  it('tells a client of another environment nothing', async () => {
    const { token } = await aStoredKey(deps, { environment: client.environment })

    for (const each of [client.token, token]) {
      expect((await introspect(each, basic(stranger))).body).toEqual({ active: false })
    }
  })

  it('tells a verifier bound to another environment nothing', async () => {
    const headers = await aRole('verifier', stranger.environment.id)

    expect((await introspect(client.token, headers)).body).toEqual({ active: false })
  })

  it.each(['admin', 'member', 'verifier'] as const)('answers a management key of the role %s', async (role) => {
    expect((await introspect(client.token, await aRole(role))).body).toMatchObject({ active: true })
  })
})

describe('POST /oauth2/revoke', () => {
  it('ends the token of the client, and answers with an empty object, which clients read as JSON', async () => {
    const { token, ...own } = await aClientWithToken(deps)

    const { status, body, headers } = await revoke(token, basic(own))

    expect({ status, body }).toEqual({ status: 200, body: {} })
    expect(headers.get('Content-Type')).toMatch(/^application\/json/)
    expect(headers.get('Cache-Control')).toBe('no-store')
    expect((await introspect(token, rootKey())).body).toEqual({ active: false })
  })

  it('says the same of a token that is none, is dead, or is another client’s, and ends nothing', async () => {
    const { token, ...own } = await aClientWithToken(deps)
    const dead = await anAccessToken(deps, own)
    await revoke(dead, basic(own))

    for (const each of ['nonsense', dead, client.token, client.clientSecret, '..']) {
      expect(await revoke(each, basic(own))).toMatchObject({ status: 200, body: {} })
    }
    expect((await introspect(client.token)).body).toMatchObject({ active: true })
    expect((await introspect(token, rootKey())).body).toMatchObject({ active: true })
    expect((await introspect(dead, rootKey())).body).toEqual({ active: false })
  })

  it('revokes no key for a client', async () => {
    const { token } = await aStoredKey(deps, { environment: client.environment })

    expect(await revoke(token)).toMatchObject({ status: 200 })
    expect((await introspect(token)).body).toMatchObject({ active: true })
  })

  it.each(['admin', 'member'] as const)(
    'ends tokens and revokes API keys for a management key of the role %s',
    async (role) => {
      const headers = await aRole(role)
      const { token: accessToken } = await aClientWithToken(deps)
      const { token: apiKey } = await aStoredKey(deps)

      for (const token of [accessToken, apiKey]) {
        expect(await revoke(token, headers)).toMatchObject({ status: 200 })
        expect((await introspect(token, rootKey())).body).toEqual({ active: false })
      }
    },
  )

  it('is not for verifiers, and does not tell them whether the token was one', async () => {
    const headers = await aRole('verifier')

    for (const token of [client.token, 'nonsense']) {
      expectError(await revoke(token, headers), 403, 'insufficient_scope', INSUFFICIENT)
    }
    expect((await introspect(client.token)).body).toMatchObject({ active: true })
  })

  it('leaves an event of who did it', async () => {
    const { token, ...own } = await aClientWithToken(deps)

    await revoke(token, basic(own))

    expect((await eventsOf(deps, { keyId: own.clientId, action: 'credential.token_ended' })).at(-1)).toMatchObject({
      actor: { type: 'client', id: own.clientId },
      after: { jti: decodeJwt(token).jti, expiresAt: expect.any(Number) },
    })
  })
})

describe('GET /.well-known/oauth-authorization-server', () => {
  it('says what RFC 8414 §2 asks for, and every address it names is there', async () => {
    const { status, headers, body } = await fetchApp(deps, '/.well-known/oauth-authorization-server')

    expect(status).toBe(200)
    expect(headers.get('Content-Type')).toMatch(/^application\/json/)
    expect(body).toEqual({
      issuer: ORIGIN,
      token_endpoint: `${ORIGIN}/oauth2/token`,
      jwks_uri: `${ORIGIN}/.well-known/jwks.json`,
      introspection_endpoint: `${ORIGIN}/oauth2/introspect`,
      revocation_endpoint: `${ORIGIN}/oauth2/revoke`,
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      protected_resources: [`${ORIGIN}/core`],
      service_documentation: `${ORIGIN}/docs`,
    })
    for (const path of ['/oauth2/token', ...ENDPOINTS]) {
      expect((await postForm(deps, path, {}, basic(client))).status).toBe(400)
    }
    for (const path of ['/.well-known/jwks.json', '/docs']) expect((await fetchApp(deps, path)).status).toBe(200)
  })

  it('names the issuer that was configured, wherever it is asked', async () => {
    const fixed = { ...deps, config: { ...deps.config, issuer: 'https://keys.example.com' } }

    const { body } = await fetchApp(fixed, '/.well-known/oauth-authorization-server')

    expect(body).toMatchObject({
      issuer: 'https://keys.example.com',
      token_endpoint: 'https://keys.example.com/oauth2/token',
    })
  })
})

describe('GET /.well-known/oauth-authorization-server, by RFC 8414 §3.2,', () => {
  it('has no member without elements', async () => {
    const { body } = await fetchApp(deps, '/.well-known/oauth-authorization-server')

    for (const value of Object.values(body)) expect(value).not.toEqual([])
  })
})

describe('GET /.well-known/openid-configuration', () => {
  it('is 404: there are no ID tokens here', async () => {
    expect(await fetchApp(deps, '/.well-known/openid-configuration')).toMatchObject({ status: 404 })
  })
})

describe.each(['/.well-known/oauth-protected-resource/core', '/.well-known/oauth-protected-resource'])(
  'GET %s',
  (path) => {
    it('says what RFC 9728 §2 asks for', async () => {
      const { status, headers, body } = await fetchApp(deps, path)

      expect(status).toBe(200)
      expect(headers.get('Content-Type')).toMatch(/^application\/json/)
      expect(body).toEqual({
        resource: `${ORIGIN}/core`,
        authorization_servers: [ORIGIN],
        bearer_methods_supported: ['header'],
        resource_name: 'Keyward front door',
        resource_documentation: `${ORIGIN}/docs`,
      })
    })

    it('names the issuer that was configured, wherever it is asked', async () => {
      const fixed = { ...deps, config: { ...deps.config, issuer: 'https://keys.example.com' } }

      expect((await fetchApp(fixed, path)).body).toMatchObject({
        resource: 'https://keys.example.com/core',
        authorization_servers: ['https://keys.example.com'],
      })
    })
  },
)

describe('GET /.well-known/jwks.json', () => {
  it('publishes public keys for whoever asks (RFC 7517 §5)', async () => {
    const { kid } = await getSigner(deps)

    const { status, headers, body } = await fetchApp(deps, '/.well-known/jwks.json')

    expect(status).toBe(200)
    expect(headers.get('Content-Type')).toMatch(/^application\/json/)
    expect(Object.keys(body)).toEqual(['keys'])
    expect(body.keys).toContainEqual({
      kty: 'OKP',
      crv: 'Ed25519',
      x: expect.stringMatching(/^[\w-]{43}$/),
      kid,
      use: 'sig',
      alg: 'EdDSA',
    })
  })

  it('holds nothing private', async () => {
    const { body } = await fetchApp(deps, '/.well-known/jwks.json')

    for (const key of body.keys) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x'])
  })

  it('is 503 while D1 cannot be asked, and never an empty set', async () => {
    const { db, nearest } = testDeps({ db: failingD1() })

    const { status, body } = await fetchApp({ ...anotherIsolate(deps), db, nearest }, '/.well-known/jwks.json')

    expect({ status, error: body.error }).toEqual({ status: 503, error: 'temporarily_unavailable' })
  })
})
