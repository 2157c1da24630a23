import { Hono } from 'hono'
import { describe, expect, expectTypeOf, it, vi } from 'vitest'
import { type RequireKeyOptions, requireKey } from '../../packages/keyward/src/hono.ts'
import type { ValidKey } from '../../packages/keyward/src/index.ts'
import {
  aYes,
  DENIALS,
  hang,
  INSUFFICIENT_SCOPE,
  json,
  MANAGEMENT_KEY,
  NOT_A_YES,
  recordWarnings,
  TOKEN,
  withStub,
} from './stub-keyward.ts'

const warned = recordWarnings()

const saying = (answer: unknown) => ({ verify: vi.fn(async (_question: object) => answer) })
const BEARER = { Authorization: `Bearer ${TOKEN}` }

/** An app with one guarded route, and whether its handler was reached. */
function guarded(options: RequireKeyOptions) {
  const handler = vi.fn()
  const app = new Hono().get('/reports', requireKey(options), (c) => {
    handler()
    return c.json(c.get('key'))
  })
  const get = async (headers: HeadersInit, env?: object) => {
    const response = await app.request('/reports', { headers }, env)
    const challenge = response.headers.get('WWW-Authenticate')
    return {
      response,
      status: response.status,
      challenge,
      body: await response.text(),
      reached: handler.mock.calls.length > 0,
    }
  }
  return { get }
}

/** By each way a verdict can come. */
const WAYS: [string, (answer: unknown) => RequireKeyOptions][] = [
  ['a binding', (answer) => ({ binding: saying(answer) })],
  ['a binding found in the context', (answer) => ({ binding: () => saying(answer) })],
  // A verifier of the user's own may say anything.
  ['a verifier', (answer) => ({ verifier: saying(answer) }) as RequireKeyOptions],
  ['a verifier found in the context', (answer) => ({ verifier: () => saying(answer) }) as RequireKeyOptions],
  [
    'a URL',
    (answer) => ({
      url: 'https://keys.example.com',
      managementKey: () => MANAGEMENT_KEY,
      fetch: async () => Response.json(answer),
    }),
  ],
]

describe.each(WAYS)('requireKey by %s', (_, by) => {
  it('lets a good key on, with its verdict', async () => {
    const { status, body } = await guarded(by(aYes())).get(BEARER)

    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual(aYes())
  })

  it.each(DENIALS.filter(({ code }) => code !== 'insufficient_scope'))('refuses $code with 401', async (denial) => {
    const { status, challenge, reached } = await guarded(by(denial)).get(BEARER)

    expect([status, challenge]).toEqual([401, 'Bearer realm="keyward", error="invalid_token"'])
    expect(reached).toBe(false)
  })

  it.each(NOT_A_YES.filter(([, value]) => value !== undefined))('is not opened by %s', async (_name, value) => {
    const { status, reached } = await guarded(by(value)).get(BEARER)

    expect(status).toBe(503)
    expect(reached).toBe(false)
  })
})

describe('requireKey', () => {
  it.each([
    ['Authorization', 'Bearer'],
    ['Authorization', 'bearer'],
    ['authorization', 'BEARER '],
  ])('reads the token of %s: %s', async (header, scheme) => {
    const binding = saying(aYes())

    await guarded({ binding }).get({ [header]: `${scheme} ${TOKEN}` })

    expect(binding.verify).toHaveBeenCalledWith(expect.objectContaining({ token: TOKEN }))
  })

  it('reads the token of X-API-Key', async () => {
    const binding = saying(aYes())

    await guarded({ binding }).get({ 'x-api-key': TOKEN })

    expect(binding.verify).toHaveBeenCalledWith(expect.objectContaining({ token: TOKEN }))
  })

  it('asks for all that the guard needs', async () => {
    const binding = saying(aYes())

    await guarded({ binding, scopes: ['read'], environmentId: 'env_1', maxStalenessMs: 0 }).get(BEARER)

    expect(binding.verify).toHaveBeenCalledWith({
      token: TOKEN,
      scopes: ['read'],
      environmentId: 'env_1',
      maxStalenessMs: 0,
    })
  })

  it.each<[string, HeadersInit]>([
    ['both headers', { ...BEARER, 'X-API-Key': TOKEN }],
    [
      'two Authorization headers',
      [
        ['Authorization', `Bearer ${TOKEN}`],
        ['Authorization', 'Bearer other'],
      ],
    ],
    [
      'two X-API-Key headers',
      [
        ['X-API-Key', TOKEN],
        ['X-API-Key', 'other'],
      ],
    ],
  ])('refuses %s with 400, and asks nobody', async (_, headers) => {
    const binding = saying(aYes())

    const { status, challenge } = await guarded({ binding }).get(headers)

    expect([status, challenge]).toEqual([400, 'Bearer realm="keyward", error="invalid_request"'])
    expect(binding.verify).not.toHaveBeenCalled()
  })

  it.each<[string, HeadersInit]>([
    ['no credential', {}],
    ['another scheme', { Authorization: 'Basic eDp5' }],
    ['a token in a cookie', { Cookie: `key=${TOKEN}` }],
  ])('answers %s with a challenge that names no error', async (_, headers) => {
    const { status, challenge } = await guarded({ binding: saying(aYes()) }).get(headers)

    expect([status, challenge]).toEqual([401, 'Bearer realm="keyward"'])
  })

  it('answers every bad key with the same bytes, but for the id of the request', async () => {
    const denials = [...DENIALS, { valid: false, code: 'code_of_next_year' }].filter(
      ({ code }) => code !== 'insufficient_scope',
    )
    const answers = await Promise.all(denials.map((denial) => guarded({ binding: saying(denial) }).get(BEARER)))
    const unreadable = await guarded({ binding: saying(aYes()) }).get({ Authorization: 'Bearer a b' })

    const seen = [...answers, unreadable].map(({ response, body }) => {
      const requestId = response.headers.get('X-Request-Id') ?? 'none'
      return JSON.stringify([response.status, [...response.headers], body]).replaceAll(requestId, 'its id')
    })
    expect(new Set(seen).size).toBe(1)
  })

  it('names the scopes that a key lacks', async () => {
    const guard = guarded({ binding: saying(INSUFFICIENT_SCOPE), scopes: ['read', 'admin'], realm: 'Reports' })

    const { status, challenge, reached } = await guard.get(BEARER)

    expect(status).toBe(403)
    expect(challenge).toBe('Bearer realm="Reports", error="insufficient_scope", scope="read admin"')
    expect(reached).toBe(false)
  })

  it('says when to try again if nobody could be asked, and why in the log', async () => {
    const binding = saying({ valid: false, code: 'unavailable', retryAfterSeconds: 9 })

    const { response, status, challenge } = await guarded({ binding }).get(BEARER)

    expect([status, response.headers.get('Retry-After'), challenge]).toEqual([503, '9', null])
    expect(warned()).toContain('keyward_unavailable')
  })

  it('answers 503 in time when Keyward hangs', async () => {
    const { status } = await withStub(hang, ({ url }) =>
      guarded({ url, managementKey: MANAGEMENT_KEY, timeoutMs: 50 }).get(BEARER),
    )

    expect(status).toBe(503)
  })

  it('asks Keyward by URL with a key from the context', async () => {
    const { status } = await withStub(json(aYes()), (stub) =>
      guarded({ url: (c) => c.env.URL, managementKey: (c) => c.env.SECRET }).get(BEARER, {
        URL: stub.url,
        SECRET: MANAGEMENT_KEY,
      }),
    )

    expect(status).toBe(200)
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error(TOKEN)
      },
    ],
    ['rejects', () => Promise.reject(new Error(TOKEN))],
    ['gives nothing', () => undefined],
    ['gives a text', () => 'valid'],
    ['gives true', () => true],
  ])('answers 503 when a verifier %s', async (_, verify) => {
    // A verifier without types may do anything.
    const { response, status, body, reached } = await guarded({ verifier: { verify } } as RequireKeyOptions).get(BEARER)

    expect([status, response.headers.get('Retry-After'), reached]).toEqual([503, '2', false])
    expect(body).not.toContain(TOKEN)
  })

  it.each<[string, RequireKeyOptions, object | undefined]>([
    ['the default binding is missing', {}, {}],
    ['there is no environment', {}, undefined],
    ['the default binding is another Worker', {}, { KEYWARD: { fetch: () => {} } }],
    ['the context holds no key', { url: 'https://keys.example.com', managementKey: (c) => c.env.SECRET }, {}],
    [
      'the context cannot be read',
      {
        binding: () => {
          throw new Error('no')
        },
      },
      {},
    ],
  ])('answers 503 when %s', async (_, options, env) => {
    const { status, reached } = await guarded(options).get(BEARER, env)

    expect([status, reached]).toEqual([503, false])
  })

  it('tells in the log what is missing', async () => {
    await guarded({}).get(BEARER, {})

    expect(warned()).toContain('binding has no verify()')
  })

  it('uses the binding KEYWARD when it is given nothing', async () => {
    const { status } = await guarded({}).get(BEARER, { KEYWARD: saying(aYes()) })

    expect(status).toBe(200)
  })

  it('refuses with problem documents that no cache keeps', async () => {
    const unavailable = { valid: false, code: 'unavailable' }
    const refusals = await Promise.all([
      guarded({}).get({}),
      guarded({}).get({ ...BEARER, 'X-API-Key': TOKEN }),
      ...[DENIALS[0], INSUFFICIENT_SCOPE, unavailable].map((no) => guarded({ binding: saying(no) }).get(BEARER)),
    ])

    for (const { response, status, body } of refusals) {
      expect(response.headers.get('Content-Type')).toBe('application/problem+json')
      expect(response.headers.get('Cache-Control')).toBe('no-store')
      expect(JSON.parse(body)).toMatchObject({ type: expect.stringMatching(/^https:/), status })
    }
  })

  it('gives each refusal a request id of its own, in its header and its body', async () => {
    const guard = guarded({ binding: saying(DENIALS[0]) })

    const refusals = [await guard.get({}), await guard.get(BEARER), await guard.get(BEARER)]

    const ids = refusals.map(({ response }) => response.headers.get('X-Request-Id'))
    expect(new Set(ids).size).toBe(3)
    expect(refusals.map(({ body }) => JSON.parse(body).requestId)).toEqual(ids)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  const url = 'https://keys.example.com'
  it.each<[string, RequireKeyOptions, string]>([
    ['its Keyward, by URL', { url, managementKey: 'x' }, `${url}/problems/`],
    ['its Keyward, under a path', { url: `${url}/a/`, managementKey: 'x' }, `${url}/a/problems/`],
    ['its Keyward, by a URL from the context', { url: () => url, managementKey: 'x' }, `${url}/problems/`],
    [
      'the documentation where the context holds no URL',
      { url: (c) => c.env.URL, managementKey: 'x' },
      'https://github.com/keyward/keyward/blob/main/docs/errors.md#',
    ],
    [
      'the documentation, by binding',
      { binding: saying(aYes()) },
      'https://github.com/keyward/keyward/blob/main/docs/errors.md#',
    ],
    ['what it is told', { binding: saying(aYes()), problemsUrl: `${url}/problems` }, `${url}/problems/`],
  ])('explains its problems at %s', async (_, options, start) => {
    const { body } = await guarded(options).get({}, {})

    expect(JSON.parse(body).type).toBe(`${start}unauthenticated`)
  })

  it('leaves the errors of a handler to the app', async () => {
    const app = new Hono()
    app.get('/', requireKey({ binding: saying(aYes()) }), () => {
      throw new Error('mine')
    })
    app.onError((error, c) => c.text(error.message, 500))

    const response = await app.request('/', { headers: BEARER })

    expect([response.status, await response.text()]).toEqual([500, 'mine'])
  })

  it('gives the handlers behind it a typed key', () => {
    new Hono().get('/', requireKey(), (c) => {
      expectTypeOf(c.get('key')).toEqualTypeOf<ValidKey>()
      return c.text(c.var.key.ownerId ?? '')
    })
    new Hono<{ Bindings: { OTHER: string } }>().use(requireKey()).get('/', (c) => {
      expectTypeOf(c.env.OTHER).toBeString()
      return c.text(c.var.key.name)
    })
  })

  it.each<[string, object, RegExp]>([
    ['an option that does not exist', { scope: ['write'] }, /"scope"/],
    ['an environment that was left unset', { environmentId: undefined }, /environmentId/],
    ['an empty environment', { environmentId: '' }, /environmentId/],
    ['scopes that were left unset', { scopes: undefined }, /scopes/],
    ['scopes as text', { scopes: 'read' }, /scopes/],
    ['a scope that would end the challenge', { scopes: ['read", x="'] }, /scopes/],
    ['a realm that would', { realm: 'a", x="' }, /realm/],
    ['a realm of two lines', { realm: 'a\r\nb' }, /realm/],
    ['problems that are no address', { problemsUrl: 'problems' }, /problemsUrl/],
    ['problems explained by script', { problemsUrl: 'javascript:alert(1)' }, /problemsUrl/],
    ['no staleness at all', { maxStalenessMs: -1 }, /maxStalenessMs/],
    ['a binding to another entrypoint', { binding: { fetch: () => {} } }, /KeyVerifier/],
    ['a verifier that is none', { verifier: {} }, /verifier/],
    ['a URL without a key', { url: 'https://keys.example.com' }, /managementKey/],
    ['a key without a URL', { managementKey: MANAGEMENT_KEY }, /url/],
    [
      'two ways',
      { binding: saying(aYes()), url: 'https://keys.example.com', managementKey: MANAGEMENT_KEY },
      /give only one of/,
    ],
    ['a verifier and another way', { verifier: saying(aYes()), binding: saying(aYes()) }, /give only one of/],
  ])('is not made from %s', (_, options, message) => {
    expect(() => requireKey(options as RequireKeyOptions)).toThrow(message)
  })
})
