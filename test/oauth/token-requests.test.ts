// POST /oauth2/token: what RFC 6749 says of each request, to the letter.
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { Isolate } from '../../src/edge/isolate.ts'
import { rotateKey } from '../../src/service/keys.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { failingD1, flakyLedger } from '../support/broken-bindings.ts'
import { type Answer, ORIGIN } from '../support/client.ts'
import {
  aCaller,
  aManagementKey,
  anEnvironment,
  anotherIsolate,
  aStoredKey,
  type TestDeps,
  testDeps,
} from '../support/factory.ts'
import {
  aCredential,
  basic,
  CLIENT_CREDENTIALS,
  type Credential,
  type Form,
  fetchApp,
  postForm,
  readJwt,
} from '../support/oauth.ts'

type Headers = Record<string, string> | [string, string][]

const GRANTED = 'https://api.example.com/v1'
const OTHER = 'urn:example:books'

let deps: TestDeps
let client: Credential
let other: Credential
beforeAll(async () => {
  deps = testDeps()
  client = await aCredential(deps, { environment: await anEnvironment(deps, { audiences: [GRANTED, OTHER, 'books'] }) })
  other = await aCredential(deps, { environment: client.environment })
})

const ask = (form: Form, headers: Headers = basic(client)) => postForm(deps, '/oauth2/token', form, headers)
const inBody = (shown: Pick<Credential, 'clientId' | 'clientSecret'> = client) => ({
  client_id: shown.clientId,
  client_secret: shown.clientSecret,
})
const encodedBasic = (text: string) => ({ Authorization: `Basic ${btoa(text)}` })

/** Asserts that the answer is the error `code` as RFC 6749 §5.2 has it, and that it tells nothing secret. */
function expectOAuthError({ status, headers, body }: Answer, code: string, expectedStatus = 400): void {
  expect({ status, error: body.error }).toEqual({ status: expectedStatus, error: code })
  expect(Object.keys(body).sort()).toEqual(['error', 'error_description'])
  expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/)
  expect(headers.get('Content-Type')).toMatch(/^application\/json/)
  expect(headers.get('Cache-Control')).toBe('no-store')
  expect(headers.get('Pragma')).toBe('no-cache')
  expect(headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
  expect(headers.get('WWW-Authenticate')).toBe(
    code === 'invalid_client' ? 'Basic realm="keyward", charset="UTF-8"' : null,
  )
  expect(JSON.stringify(body)).not.toContain(client.clientSecret)
}

describe('a good token request', () => {
  it('is answered as RFC 6749 §5.1 has it', async () => {
    const { status, headers, body } = await ask(CLIENT_CREDENTIALS)

    expect(status).toBe(200)
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'read write',
    })
    expect(headers.get('Content-Type')).toMatch(/^application\/json/)
    expect(headers.get('Cache-Control')).toBe('no-store')
    expect(headers.get('Pragma')).toBe('no-cache')
  })

  const written = (pattern: string, as: string) => ({ Authorization: basic(client).Authorization.replace(pattern, as) })

  it.each<[string, () => Headers]>([
    ['by Basic', () => basic(client)],
    ['by Basic, in lower case', () => written('Basic', 'basic')],
    ['by Basic, in upper case', () => written('Basic', 'BASIC')],
    ['by Basic after two spaces', () => written(' ', '  ')],
    [
      'by Basic with every letter percent-encoded',
      () => {
        const whole = (text: string) => text.replace(/./g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)
        return encodedBasic(`${whole(client.clientId)}:${whole(client.clientSecret)}`)
      },
    ],
  ])('shows the client %s', async (_, headers) => {
    expect(await ask(CLIENT_CREDENTIALS, headers())).toMatchObject({ status: 200 })
  })

  it('may name the client in the body as well as by Basic', async () => {
    expect(await ask({ ...CLIENT_CREDENTIALS, client_id: client.clientId })).toMatchObject({ status: 200 })
  })

  it('shows the client in the body', async () => {
    expect(await ask({ ...CLIENT_CREDENTIALS, ...inBody() }, {})).toMatchObject({ status: 200 })
  })

  it.each([
    'application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded;charset=UTF-8',
    'application/x-www-form-urlencoded; charset=utf-8',
    'Application/X-WWW-Form-URLEncoded',
  ])('is of the type %s', async (type) => {
    expect(await ask(CLIENT_CREDENTIALS, { ...basic(client), 'Content-Type': type })).toMatchObject({ status: 200 })
  })

  it.each([
    ['read', 'read'],
    ['write', 'write'],
    ['read write', 'read write'],
    ['write read', 'read write'],
    ['read read', 'read'],
  ])('narrows the scope to %j', async (scope, granted) => {
    const { body } = await ask({ ...CLIENT_CREDENTIALS, scope })

    expect(body.scope).toBe(granted)
    expect(readJwt(body.access_token).payload['scope']).toBe(granted)
  })

  it('ignores what it does not know, and takes a parameter without a value for none (RFC 6749 §3.2)', async () => {
    const unknown = { foo: 'bar', code: 'x', __proto__x: '1', client_assertion: 'a' }
    const empty = { scope: '', audience: '', resource: '', client_id: '', client_secret: '' }

    const { status, body } = await ask({ ...CLIENT_CREDENTIALS, ...unknown, ...empty })

    expect({ status, scope: body.scope }).toEqual({ status: 200, scope: 'read write' })
  })

  it('names for whom the token is to be, besides this service', async () => {
    const { body } = await ask({ ...CLIENT_CREDENTIALS, audience: GRANTED })

    expect(readJwt(body.access_token).payload['aud']).toEqual([`${ORIGIN}/core`, GRANTED])
  })

  it.each<[string, Form, string[]]>([
    ['one resource', { ...CLIENT_CREDENTIALS, resource: GRANTED }, [GRANTED]],
    ['several', `grant_type=client_credentials&resource=${GRANTED}&resource=${OTHER}`, [GRANTED, OTHER]],
    ['one of them twice', `grant_type=client_credentials&resource=${GRANTED}&resource=${GRANTED}`, [GRANTED]],
    ['one of them empty', `grant_type=client_credentials&resource=&resource=${OTHER}`, [OTHER]],
    ['a resource and an audience', { ...CLIENT_CREDENTIALS, resource: GRANTED, audience: 'books' }, ['books', GRANTED]],
    ['our own front door', { ...CLIENT_CREDENTIALS, resource: `${ORIGIN}/core` }, []],
  ])('names %s (RFC 8707 §2)', async (_, form, audiences) => {
    const { status, body } = await ask(form)

    expect(status).toBe(200)
    expect(readJwt(body.access_token).payload['aud']).toEqual([`${ORIGIN}/core`, ...audiences])
  })

  it('of a client that may do nothing is answered without a scope: RFC 6749 §3.3 cannot write none', async () => {
    const environment = await anEnvironment(deps, { scopes: [{ name: 'x', description: null, required: false }] })
    const nobody = await aCredential(deps, { scopes: [], environment })

    const { status, body } = await ask(CLIENT_CREDENTIALS, basic(nobody))

    expect(status).toBe(200)
    expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'token_type'])
  })

  it('is one whatever is in the query, which is no place for parameters (RFC 6749 §2.3.1)', async () => {
    const query = new URLSearchParams(inBody())

    const answer = await postForm(deps, `/oauth2/token?${query}`, CLIENT_CREDENTIALS)

    expectOAuthError(answer, 'invalid_client', 401)
  })

  it('names the configured issuer, and no other host that it was sent to', async () => {
    const fixed = { ...anotherIsolate(deps), config: { ...deps.config, issuer: 'https://keys.example.com' } }

    const { body } = await postForm(fixed, '/oauth2/token', CLIENT_CREDENTIALS, basic(client))

    expect(readJwt(body.access_token).payload).toMatchObject({
      iss: 'https://keys.example.com',
      aud: ['https://keys.example.com/core'],
    })
  })

  it('says the lifetime that was configured', async () => {
    const brief = { ...anotherIsolate(deps), config: { ...deps.config, accessTokenLifetimeSeconds: 60 } }

    const { body } = await postForm(brief, '/oauth2/token', CLIENT_CREDENTIALS, basic(client))

    const { iat, exp } = readJwt(body.access_token).payload
    expect(body.expires_in).toBe(60)
    expect(Number(exp) - Number(iat)).toBe(60)
  })
})

describe('a malformed token request', () => {
  it.each<[string, Form, string]>([
    ['nothing in it', '', 'invalid_request'],
    ['no grant type', { scope: 'read' }, 'invalid_request'],
    ['an empty grant type', { grant_type: '' }, 'invalid_request'],
    ['the grant type twice', 'grant_type=client_credentials&grant_type=client_credentials', 'invalid_request'],
    ['the scope twice', 'grant_type=client_credentials&scope=read&scope=write', 'invalid_request'],
    ['the scope twice, once empty', 'grant_type=client_credentials&scope=&scope=write', 'invalid_request'],
    ['the audience twice', 'grant_type=client_credentials&audience=a&audience=b', 'invalid_request'],
    ['the client id twice', 'grant_type=client_credentials&client_id=a&client_id=a', 'invalid_request'],
    ['an audience with a space', { ...CLIENT_CREDENTIALS, audience: 'a b' }, 'invalid_request'],
    ['an audience with a line break', { ...CLIENT_CREDENTIALS, audience: 'a\nb' }, 'invalid_request'],
    ['an audience that is too long', { ...CLIENT_CREDENTIALS, audience: 'a'.repeat(201) }, 'invalid_request'],
    ['an audience in other letters', { ...CLIENT_CREDENTIALS, audience: 'ä' }, 'invalid_request'],
    ['another grant type', { grant_type: 'authorization_code' }, 'unsupported_grant_type'],
    ['the password grant', { grant_type: 'password', username: 'a', password: 'b' }, 'unsupported_grant_type'],
    ['the grant type in upper case', { grant_type: 'CLIENT_CREDENTIALS' }, 'unsupported_grant_type'],
    ['the grant type with a space', { grant_type: 'client_credentials ' }, 'unsupported_grant_type'],
    ['a scope the client lacks', { ...CLIENT_CREDENTIALS, scope: 'read admin' }, 'invalid_scope'],
    ['a scope in upper case', { ...CLIENT_CREDENTIALS, scope: 'READ' }, 'invalid_scope'],
    ['scopes with commas', { ...CLIENT_CREDENTIALS, scope: 'read,write' }, 'invalid_scope'],
    ['scopes two spaces apart', { ...CLIENT_CREDENTIALS, scope: 'read  write' }, 'invalid_scope'],
    ['a space before the scope', { ...CLIENT_CREDENTIALS, scope: ' read' }, 'invalid_scope'],
    ['a space after the scope', { ...CLIENT_CREDENTIALS, scope: 'read ' }, 'invalid_scope'],
    ['only a space for the scope', { ...CLIENT_CREDENTIALS, scope: ' ' }, 'invalid_scope'],
    ['a tab in the scope', { ...CLIENT_CREDENTIALS, scope: 'read\twrite' }, 'invalid_scope'],
    ['a quotation mark in the scope', { ...CLIENT_CREDENTIALS, scope: '"read"' }, 'invalid_scope'],
    ['a NUL in the scope', { ...CLIENT_CREDENTIALS, scope: 'read\u0000' }, 'invalid_request'],
    ['a NUL in the name of a parameter', { ...CLIENT_CREDENTIALS, 'x\u0000': 'y' }, 'invalid_request'],
    ['an audience that is not granted', { ...CLIENT_CREDENTIALS, audience: 'https://other.example' }, 'invalid_target'],
    ['an audience with a quotation mark', { ...CLIENT_CREDENTIALS, audience: 'a"b' }, 'invalid_request'],
    ['a resource that is not granted', { ...CLIENT_CREDENTIALS, resource: 'https://other.example' }, 'invalid_target'],
    ['a resource that is no URI', { ...CLIENT_CREDENTIALS, resource: 'books' }, 'invalid_target'],
    ['a resource that is a relative URI', { ...CLIENT_CREDENTIALS, resource: '/core' }, 'invalid_target'],
    ['a resource with a fragment', { ...CLIENT_CREDENTIALS, resource: `${GRANTED}#x` }, 'invalid_target'],
    ['a resource with an empty fragment', { ...CLIENT_CREDENTIALS, resource: `${GRANTED}#` }, 'invalid_target'],
    ['a resource with a space', { ...CLIENT_CREDENTIALS, resource: `${GRANTED}/a b` }, 'invalid_target'],
    ['a resource in other letters', { ...CLIENT_CREDENTIALS, resource: 'https://bücher.example' }, 'invalid_target'],
    [
      'one resource of two that is not granted',
      `grant_type=client_credentials&resource=${GRANTED}&resource=urn:x`,
      'invalid_target',
    ],
    ['JSON in the body', '{"grant_type":"client_credentials"}', 'invalid_request'],
    ['broken percent-encoding', 'grant_type=%client_credentials', 'invalid_request'],
    ['half a percent-encoding at the end', 'grant_type=client_credentials&x=%4', 'invalid_request'],
    ['encoded bytes that are no UTF-8', 'grant_type=client_credentials%FF', 'invalid_request'],
    ['an encoded surrogate', 'grant_type=client_credentials&x=%ED%A0%80', 'invalid_request'],
    ['an overlong encoding', 'grant_type=client_credentials&x=%C0%AF', 'invalid_request'],
    ['a byte order mark', '\uFEFFgrant_type=client_credentials', 'invalid_request'],
    ['an unknown parameter twice', 'grant_type=client_credentials&x=1&x=2', 'invalid_request'],
    ['a parameter twice, once encoded', 'grant_type=client_credentials&scope=read&%73cope=write', 'invalid_request'],
    ['semicolons between', 'grant_type=client_credentials;scope=read', 'unsupported_grant_type'],
  ])('with %s is refused as RFC 6749 §5.2 has it', async (_, form, code) => {
    expectOAuthError(await ask(form), code)
  })

  it.each([
    ['', 'none'],
    ['application/json', 'JSON'],
    ['multipart/form-data; boundary=x', 'multipart'],
    ['text/plain', 'text'],
    ['application/x-www-form-urlencodedx', 'one that begins alike'],
    ['text/html, application/x-www-form-urlencoded', 'two'],
  ])('of the type %j is refused', async (type) => {
    expectOAuthError(await ask(CLIENT_CREDENTIALS, { ...basic(client), 'Content-Type': type }), 'invalid_request')
  })

  it.each([
    ['Latin-1', [0x78, 0x3d, 0xfc]],
    ['half a letter', [0x78, 0x3d, 0xc3]],
    ['UTF-16', [0x78, 0x00, 0x3d, 0x00]],
  ])('of bytes that are %s is refused', async (_, bytes) => {
    const body = new Uint8Array([...new TextEncoder().encode('grant_type=client_credentials&'), ...bytes])
    const headers = { ...basic(client), 'Content-Type': 'application/x-www-form-urlencoded' }

    expectOAuthError(await fetchApp(deps, '/oauth2/token', { method: 'POST', body, headers }), 'invalid_request')
  })

  it('is refused before anything of the client is looked at', async () => {
    expectOAuthError(await ask('grant_type=a&grant_type=b', {}), 'invalid_request')
  })

  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('by %s is none (RFC 6749 §3.2)', async (method) => {
    const query = `?${new URLSearchParams({ ...CLIENT_CREDENTIALS, ...inBody() })}`

    const { status } = await fetchApp(deps, `/oauth2/token${query}`, { method, headers: basic(client) })

    expect(status).toBe(405)
  })
})

describe('a large token request', () => {
  it('of 64 KiB is read', async () => {
    const padding = 65_536 - 'grant_type=client_credentials&x='.length

    expect(await ask(`grant_type=client_credentials&x=${'a'.repeat(padding)}`)).toMatchObject({ status: 200 })
  })

  it.each([
    ['letters', 'a'.repeat(65_536)],
    ['letters of many bytes', 'ä'.repeat(40_000)],
    ['names', '&a'.repeat(40_000)],
  ])('of more, in %s, is 413 as everywhere', async (_, more) => {
    const { status, headers, body } = await ask(`grant_type=client_credentials&x=${more}`)

    expect({ status, code: body.code }).toEqual({ status: 413, code: 'payload_too_large' })
    expect(headers.get('Cache-Control')).toBe('no-store')
  })

  it('with a token request’s own parts as large as that is refused, never 5xx', async () => {
    const large = 'a'.repeat(60_000)

    expectOAuthError(await ask({ ...CLIENT_CREDENTIALS, scope: large }), 'invalid_scope')
    expectOAuthError(await ask({ ...CLIENT_CREDENTIALS, audience: large }), 'invalid_request')
    expectOAuthError(await ask({ grant_type: large }), 'unsupported_grant_type')
    expectOAuthError(
      await ask({ ...CLIENT_CREDENTIALS, client_id: large, client_secret: 'x' }, {}),
      'invalid_client',
      401,
    )
    expectOAuthError(
      await ask({ ...CLIENT_CREDENTIALS, client_id: 'x', client_secret: large }, {}),
      'invalid_client',
      401,
    )
  })
})

describe('a client that does not show who it is', () => {
  it.each<[string, Headers, Record<string, string>]>([
    ['nothing', {}, {}],
    ['only an id', {}, { client_id: 'cred_1' }],
    ['only a secret', {}, { client_secret: 'x' }],
    ['an empty secret', {}, { client_id: 'cred_1', client_secret: '' }],
    ['an empty Authorization', { Authorization: '' }, {}],
    ['Basic without anything', { Authorization: 'Basic' }, {}],
    ['Basic and a space', { Authorization: 'Basic ' }, {}],
    ['Basic that is no base64', { Authorization: 'Basic !!!!' }, {}],
    ['Basic with the letters of base64url', { Authorization: 'Basic __--' }, {}],
    ['Basic with half a group', { Authorization: 'Basic YTpiYw=' }, {}],
    ['Basic with a space inside', { Authorization: 'Basic YT pi' }, {}],
    ['Basic without a colon', encodedBasic('abc'), {}],
    ['Basic with a bare percent', encodedBasic('%:x'), {}],
    ['Basic with a percent that is no UTF-8', encodedBasic('%FF:x'), {}],
    ['Basic with bytes that are no ASCII', encodedBasic('é:x'), {}],
    ['Basic with an empty id', encodedBasic(':secret'), {}],
    ['Basic with an empty secret', encodedBasic('cred_1:'), {}],
    ['Basic with NULs', encodedBasic('\u0000:\u0000'), {}],
    ['Basic as a parameter', { Authorization: 'Basic realm="x"' }, {}],
    ['Bearer', { Authorization: 'Bearer abc' }, {}],
    ['Digest', { Authorization: 'Digest username="a"' }, {}],
    [
      'Basic twice',
      [
        ['Authorization', 'Basic YTpi'],
        ['Authorization', 'Basic YTpi'],
      ],
      {},
    ],
    ['X-API-Key', { 'X-API-Key': 'abc' }, {}],
  ])('with %s is 401 invalid_client, with the scheme it may use', async (_, headers, form) => {
    expectOAuthError(await ask({ ...CLIENT_CREDENTIALS, ...form }, headers), 'invalid_client', 401)
  })

  it('shows it neither by a colon more: what follows the first is the secret', async () => {
    expectOAuthError(
      await ask(CLIENT_CREDENTIALS, encodedBasic(`${client.clientId}:${client.clientSecret}:`)),
      'invalid_client',
      401,
    )
  })

  it('shows it neither by a plus for a space, nor by encoding twice', async () => {
    const twice = encodeURIComponent(encodeURIComponent(`${client.clientSecret} `))

    for (const secret of [`${client.clientSecret}+`, twice, `${client.clientSecret}%20`]) {
      expectOAuthError(
        await ask(CLIENT_CREDENTIALS, encodedBasic(`${client.clientId}:${secret}`)),
        'invalid_client',
        401,
      )
    }
  })
})

describe('a client that shows who it is twice', () => {
  it.each<[string, () => Record<string, string>]>([
    ['by Basic and in the body', () => inBody()],
    ['by Basic, and its secret in the body', () => ({ client_secret: client.clientSecret })],
    ['by Basic, and another id in the body', () => ({ client_id: other.clientId })],
    ['by Basic, and another client in the body', () => inBody(other)],
  ])('%s is 400 (RFC 6749 §2.3)', async (_, form) => {
    expectOAuthError(await ask({ ...CLIENT_CREDENTIALS, ...form() }), 'invalid_request')
  })

  it('by Bearer and in the body is 400', async () => {
    expectOAuthError(
      await ask({ ...CLIENT_CREDENTIALS, ...inBody() }, { Authorization: 'Bearer abc' }),
      'invalid_request',
    )
  })
})

describe('a client that is not who it says', () => {
  const shown: [string, () => Promise<Pick<Credential, 'clientId' | 'clientSecret'>>][] = [
    ['an unknown id', async () => ({ ...client, clientId: 'cred_00000000000000000000000000' })],
    ['a wrong secret', async () => ({ ...client, clientSecret: 'wrong' })],
    [
      'a well-formed secret that nobody has',
      async () => ({ ...client, clientSecret: (await aCredential(testDeps())).clientSecret.replace(/.$/, 'z') }),
    ],
    ['its own id and a foreign secret', async () => ({ ...client, clientSecret: other.clientSecret })],
    ['a foreign id and its own secret', async () => ({ ...client, clientId: other.clientId })],
    ['an API key', async () => ({ ...client, clientSecret: (await aStoredKey(deps)).token })],
    ['a management key', async () => ({ ...client, clientSecret: (await aManagementKey(deps)).token })],
    ['the root key', async () => ({ clientId: 'root', clientSecret: deps.config.rootKey })],
    [
      'a revoked credential',
      async () => {
        const revoked = await aCredential(deps)
        await revokeKey(deps, aCaller(), revoked.clientId, {})
        return revoked
      },
    ],
    [
      'a secret that was rotated out',
      async () => {
        const rotated = await aCredential(deps)
        await rotateKey(deps, aCaller(), rotated.clientId, { overlapSeconds: 0 })
        return rotated
      },
    ],
  ]

  /** All of an answer that a stranger could compare, but for what is different for every request. */
  const comparable = ({ status, headers, body }: Answer) =>
    JSON.stringify([status, [...headers].filter(([name]) => name !== 'x-request-id'), body])

  it.each(shown)(
    'with %s gets the same bytes as with any other wrong one, by Basic and in the body',
    async (_, show) => {
      const reference = await ask(CLIENT_CREDENTIALS, encodedBasic('nobody:nothing'))
      const given = await show()

      const answers = [
        await ask(CLIENT_CREDENTIALS, basic(given)),
        await ask({ ...CLIENT_CREDENTIALS, ...inBody(given) }, {}),
      ]

      expectOAuthError(reference, 'invalid_client', 401)
      for (const answer of answers) expect(comparable(answer)).toBe(comparable(reference))
    },
  )

  it('is told of that before it is told of its grant type', async () => {
    expectOAuthError(await ask({ grant_type: 'password' }, encodedBasic('a:b')), 'invalid_client', 401)
  })
})

describe('guessing', () => {
  /** Who was counted, by a limiter that lets everybody fail `limit` times. */
  function limited(limit: number) {
    const counted: string[] = []
    const tries: RateLimit = {
      limit: async ({ key }) => {
        counted.push(key)
        return { success: counted.filter((other) => other === key).length <= limit }
      },
    }
    return { counted, deps: { ...deps, isolate: new Isolate(), tries } }
  }
  const ADDRESS = '203.0.113.7'
  const tryAt = (at: TestDeps, shown: Pick<Credential, 'clientId' | 'clientSecret'>, address = ADDRESS) =>
    postForm(at, '/oauth2/token', CLIENT_CREDENTIALS, { ...basic(shown), 'CF-Connecting-IP': address })
  const wrong = () => ({ ...client, clientSecret: 'wrong' })

  it('is slowed for each network, whatever clients are made up', async () => {
    const { deps: at, counted } = limited(2)

    const answers = []
    for (let index = 0; index < 4; index += 1) {
      answers.push(await tryAt(at, { clientId: `cred_${index}${'x'.repeat(1000)}`, clientSecret: 'secret' }))
    }

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 429, 429])
    for (const answer of answers.slice(2)) {
      expectOAuthError(answer, 'rate_limited', 429)
      expect(answer.headers.get('Retry-After')).toBe('60')
    }
    expect(new Set(counted)).toEqual(new Set([`client ${ADDRESS}`]))
  })

  it('holds back neither a right secret nor a neighbour who knows one, however many were wrong', async () => {
    const { deps: at } = limited(0)

    for (let round = 0; round < 3; round += 1) {
      expect(await tryAt(at, wrong())).toMatchObject({ status: 429 })
      expect(await tryAt(at, client)).toMatchObject({ status: 200 })
      expect(await tryAt(at, other)).toMatchObject({ status: 200 })
    }
  })

  it('is judged again after the seconds that were said, and not before', async () => {
    const { deps: at, counted } = limited(1)
    const now = deps.clock()
    await tryAt(at, wrong())
    expect((await tryAt(at, wrong())).headers.get('Retry-After')).toBe('60')

    const later = (ms: number) => ({ ...at, clock: () => now + ms })
    expect((await tryAt(later(30_001), wrong())).headers.get('Retry-After')).toBe('30')
    counted.splice(0)
    expect(await tryAt(later(59_999), wrong())).toMatchObject({ status: 429 })
    expect(await tryAt(later(60_000), wrong())).toMatchObject({ status: 401 })
  })

  it('from addresses of one IPv6 /64 counts together', async () => {
    const { deps: at } = limited(1)

    expect(await tryAt(at, wrong(), '2001:db8:1:2::1')).toMatchObject({ status: 401 })
    expect(await tryAt(at, wrong(), '2001:db8:1:2:a:b:c:d')).toMatchObject({ status: 429 })
    expect(await tryAt(at, wrong(), '2001:db8:1:3::1')).toMatchObject({ status: 401 })
  })

  it.each(['/oauth2/introspect', '/oauth2/revoke'])('is slowed at %s too, and a right secret is not', async (path) => {
    const { deps: at } = limited(0)
    const headers = { 'CF-Connecting-IP': ADDRESS }

    expect(await postForm(at, path, { token: 'x' }, { ...basic(wrong()), ...headers })).toMatchObject({ status: 429 })
    expect(await postForm(at, path, { token: 'x' }, { ...basic(client), ...headers })).toMatchObject({ status: 200 })
  })

  it('is counted by failures alone, and never names the secret to whoever counts', async () => {
    const { deps: at, counted } = limited(100)

    await tryAt(at, client)
    expect(counted).toEqual([])
    await tryAt(at, { ...client, clientSecret: forgedSecret })
    expect(counted.join()).not.toContain(forgedSecret)
  })
})

const forgedSecret = 'a-wrong-secret-of-the-suite'

describe('while nobody can say who the client is', () => {
  const silentLedger = () => ({ ...anotherIsolate(deps), ledger: flakyLedger(deps.ledger, { down: true }) })
  const silentD1 = () => {
    const { db, nearest } = testDeps({ db: failingD1() })
    return { ...anotherIsolate(deps), db, nearest }
  }

  it.each([
    ['the ledger', silentLedger],
    ['D1', silentD1],
  ])('because %s is silent, the answer is 503 temporarily_unavailable, and never 401', async (_, broken) => {
    vi.spyOn(console, 'warn').mockReturnValue()

    const answer = await postForm(broken(), '/oauth2/token', CLIENT_CREDENTIALS, basic(client))

    expectOAuthError(answer, 'temporarily_unavailable', 503)
    expect(answer.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)
  })
})

describe('a defect of ours', () => {
  it('is 500 with nothing of the exception', async () => {
    const error = vi.spyOn(console, 'error').mockReturnValue()
    const broken: TestDeps = {
      ...anotherIsolate(deps),
      clock: () => {
        throw new RangeError(`${client.clientSecret} is in here`)
      },
    }

    const { status, body } = await postForm(broken, '/oauth2/token', CLIENT_CREDENTIALS, basic(client))

    expect({ status, code: body.code }).toEqual({ status: 500, code: 'internal_error' })
    expect(JSON.stringify(body)).not.toContain(client.clientSecret)
    expect(error).toHaveBeenCalledOnce()
  })
})
