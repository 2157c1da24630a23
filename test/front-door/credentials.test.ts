// Who is let in at `/api/*`, and what those who are not are told.
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFetch } from '../../src/app.ts'
import { ConfigError } from '../../src/config.ts'
import { editKey } from '../../src/service/keys.ts'
import { deleteEnvironment } from '../../src/service/revoke-environment.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { failingD1, flakyLedger } from '../support/broken-bindings.ts'
import { type Answer, ORIGIN } from '../support/client.ts'
import { aCaller, aManagementKey, anotherIsolate, aStoredKey, NOON, testDeps } from '../support/factory.ts'
import { aDoor, askDoor, type Door } from '../support/upstream.ts'

let door: Door
beforeAll(async () => {
  door = await aDoor({ routes: [{ path: '/api/rest/*' }, { path: '/api/admin', scopes: ['write'] }] })
})

beforeEach(() => {
  door.upstream.seen.length = 0
  vi.spyOn(console, 'warn').mockReturnValue()
})

const send = (headers: Record<string, string> | [string, string][], path = '/api/rest/x') =>
  door.ask(path, { token: null, headers })

describe('a good key', () => {
  it.each<[string, (token: string) => Record<string, string>]>([
    ['Bearer', (token) => ({ Authorization: `Bearer ${token}` })],
    ['bearer', (token) => ({ Authorization: `bearer ${token}` })],
    ['BEARER', (token) => ({ Authorization: `BEARER ${token}` })],
    ['bEaReR after two spaces', (token) => ({ Authorization: `bEaReR  ${token}` })],
    ['X-API-Key', (token) => ({ 'X-API-Key': token })],
    ['x-api-key', (token) => ({ 'x-api-key': token })],
  ])('is taken by %s', async (_, headers) => {
    const answer = await send(headers(door.token))

    expect(answer).toMatchObject({ status: 200, body: 'from upstream' })
  })
})

describe('a request without a key', () => {
  it.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['an empty Authorization', { Authorization: '' }],
    ['an empty X-API-Key', { 'X-API-Key': '' }],
    ['Digest, with commas', { Authorization: 'Digest username="a", realm="b"' }],
    ['Basic', { Authorization: `Basic ${btoa('a:b')}` }],
    ['another scheme that begins alike', { Authorization: 'BearerX abc' }],
    ['Negotiate', { Authorization: 'Negotiate abc' }],
  ])('with %s is 401 with a challenge that names no error', async (_, headers) => {
    const answer = await send(headers)

    expect(answer.status).toBe(401)
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="keyward"')
    expect(door.upstream.seen).toEqual([])
  })

  it('is 401 with the key in the query, a cookie or another header: those are no places for it', async () => {
    const { token } = door

    const answer = await send({ Cookie: `key=${token}`, 'X-Auth': token }, `/api/rest/x?api_key=${token}`)

    expect(answer.status).toBe(401)
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="keyward"')
  })
})

describe('more than one key', () => {
  it.each<[string, (token: string) => [string, string][]]>([
    [
      'both headers',
      (token) => [
        ['Authorization', `Bearer ${token}`],
        ['X-API-Key', token],
      ],
    ],
    [
      'two Authorization headers',
      (token) => [
        ['Authorization', `Bearer ${token}`],
        ['Authorization', `Bearer ${token}`],
      ],
    ],
    [
      'two X-API-Key headers',
      (token) => [
        ['X-API-Key', token],
        ['X-API-Key', token],
      ],
    ],
    ['two in one Authorization', (token) => [['Authorization', `Bearer ${token},${token}`]]],
    ['two in one X-API-Key', (token) => [['X-API-Key', `${token}, ${token}`]]],
  ])('by %s is 400, though it is good', async (_, headers) => {
    const answer = await send(headers(door.token))

    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="keyward", error="invalid_request"')
    expect(door.upstream.seen).toEqual([])
  })
})

describe('a key beside a field that holds no key', () => {
  it.each<[string, (token: string) => Record<string, string>]>([
    ['Basic', (token) => ({ Authorization: 'Basic YTpi', 'X-API-Key': token })],
    ['Negotiate', (token) => ({ Authorization: 'Negotiate YII=', 'X-API-Key': token })],
    ['Digest, with commas', (token) => ({ Authorization: 'Digest username="a", realm="b"', 'X-API-Key': token })],
    ['an empty Authorization', (token) => ({ Authorization: '', 'X-API-Key': token })],
    ['an empty X-API-Key', (token) => ({ Authorization: `Bearer ${token}`, 'X-API-Key': '' })],
  ])('is taken: %s', async (_, headers) => {
    const sent = headers(door.token)

    expect((await send(sent)).status).toBe(200)
    expect(door.passed().headers.has('Authorization')).toBe(false)
    expect((await door.ask('/forward-auth?scopes=read', { token: null, headers: sent })).status).toBe(200)
    expect((await door.ask('/v1/whoami', { token: null, headers: sent })).status).toBe(200)
  })
})

/** All of an answer that a stranger could compare, but for what is different for every request. */
function comparable({ status, headers, body }: Answer): string {
  const rest = [...headers].filter(([name]) => name !== 'x-request-id')
  expect(body.requestId).toBe(headers.get('X-Request-Id'))
  return JSON.stringify([status, rest, { ...body, requestId: '' }])
}

const BAD_KEYS: [string, (good: Door) => Promise<string> | string][] = [
  ['empty', () => ''],
  ['not a token at all', () => 'abc'],
  ['of another brand', ({ token }) => token.replace('nsl_', 'abc_')],
  ['with another last letter', ({ token }) => token.slice(0, -1) + (token.endsWith('0') ? '1' : '0')],
  ['with a letter more', ({ token }) => `${token}0`],
  ['in upper case', ({ token }) => token.toUpperCase()],
  ['with a space in it', ({ token }) => token.replace('_', ' ')],
  ['513 characters long', () => 'x'.repeat(513)],
  ['between quotation marks', ({ token }) => `"${token}"`],
  ['a management key', async () => (await aManagementKey(door.deps)).token],
  ['the root key', () => door.deps.config.rootKey],
  ['the hash of a good one', async ({ token }) => hexHash(token)],
  ['unknown', async () => (await aStoredKey(testDeps())).token.replace(/.{6}$/, 'zzzzzz')],
  [
    'revoked',
    async ({ deps, environment }) => {
      const { key, token } = await aStoredKey(deps, { environment })
      await revokeKey(deps, aCaller(), key.id, {})
      return token
    },
  ],
  [
    'expired',
    async ({ deps, environment }) => {
      const { key, token } = await aStoredKey(deps, { environment })
      await editKey(deps, aCaller(), key.id, { expiresAt: NOON })
      return token
    },
  ],
  [
    'disabled',
    async ({ deps, environment }) => {
      const { key, token } = await aStoredKey(deps, { environment })
      await editKey(deps, aCaller(), key.id, { enabled: false })
      return token
    },
  ],
  [
    'of a deleted environment',
    async ({ deps }) => {
      const { token, environment } = await aStoredKey(deps)
      await deleteEnvironment(deps, aCaller(), environment.id, { confirm: 'Production' })
      return token
    },
  ],
]

async function hexHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

describe('a bad key', () => {
  it.each(BAD_KEYS)('that is %s is told from no other bad key, in any header or byte', async (_, badKey) => {
    const reference = await send({ Authorization: 'Bearer nsl_x' })

    const answer = await send({ Authorization: `Bearer ${await badKey(door)}` })

    expect(answer.status).toBe(401)
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="keyward", error="invalid_token"')
    expect(comparable(answer)).toBe(comparable(reference))
    expect(door.upstream.seen).toEqual([])
  })

  // An X-API-Key that is empty is no credential.
  it.each(BAD_KEYS.slice(1))('that is %s is refused alike by X-API-Key', async (_, badKey) => {
    const reference = await send({ Authorization: 'Bearer nsl_x' })

    const answer = await send({ 'X-API-Key': await badKey(door) })

    expect(comparable(answer)).toBe(comparable(reference))
  })

  it('that is separated from the scheme by a tab is a bad one, though it is good', async () => {
    const answer = await send({ Authorization: `Bearer\t${door.token}` })

    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="keyward", error="invalid_token"')
  })

  it.each(['/api/nowhere', '/api', '/api/rest/x', '/api/admin'])(
    'is 401 on %s as anywhere: what there is, is told to good keys alone',
    async (path) => {
      expect((await door.ask(path, { token: 'nsl_x' })).status).toBe(401)
      expect((await door.ask(path, { token: null })).status).toBe(401)
    },
  )
})

describe('a good key on a path or method without a route', () => {
  it('is 404, and then only', async () => {
    const answer = await door.ask('/api/nowhere')

    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect(answer.headers.get('WWW-Authenticate')).toBeNull()
  })
})

describe('a key that lacks a scope', () => {
  it('is 403 with a challenge that names what is needed', async () => {
    const answer = await door.ask('/api/admin')

    expect(answer).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } })
    expect(answer.headers.get('WWW-Authenticate')).toBe(
      'Bearer realm="keyward", error="insufficient_scope", scope="write"',
    )
    expect(door.upstream.seen).toEqual([])
  })

  it('is let through as soon as it holds the scope', async () => {
    const { token } = await aStoredKey(door.deps, { environment: door.environment, scopes: ['read', 'write'] })

    expect((await door.ask('/api/admin', { token })).status).toBe(200)
  })

  it('is told every scope that is needed, not only those it lacks', async () => {
    const other = await aDoor({ routes: [{ scopes: ['read', 'write'] }] })

    const answer = await other.ask('/api/x')

    expect(answer.headers.get('WWW-Authenticate')).toContain('scope="read write"')
  })
})

describe('while nobody can say whether the key is good', () => {
  it.each<[string, Parameters<typeof flakyLedger>[1]]>([
    ['is down', { down: true }],
    ['answers nonsense', { answer: { nonsense: true } }],
  ])('because the ledger %s, the answer is 503 with Retry-After, and never 401 or 200', async (_, fault) => {
    const cold = { ...anotherIsolate(door.deps), ledger: flakyLedger(door.deps.ledger, fault) }

    const answer = await askDoor(cold, '/api/rest/x', { token: door.token })

    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(answer.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)
    expect(answer.headers.get('WWW-Authenticate')).toBeNull()
    expect(door.upstream.seen).toEqual([])
  })

  it('because D1 is down, the answer is 503 as well', async () => {
    const { db, nearest } = testDeps({ db: failingD1() })

    const answer = await askDoor({ ...anotherIsolate(door.deps), db, nearest }, '/api/rest/x', { token: door.token })

    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
  })

  it('a key that cannot be one is still 401', async () => {
    const cold = { ...anotherIsolate(door.deps), ledger: flakyLedger(door.deps.ledger, { down: true }) }

    expect((await askDoor(cold, '/api/rest/x', { token: 'nsl_x' })).status).toBe(401)
  })
})

describe('every refusal', () => {
  it.each<[number, string, Record<string, string>]>([
    [400, '/api/rest/x', { 'X-API-Key': 'a', Authorization: 'Bearer b' }],
    [401, '/api/rest/x', {}],
    [401, '/api/rest/x', { Authorization: 'Bearer nsl_x' }],
    [403, '/api/rest/x', { Origin: 'https://page.test' }],
    [502, '/api/rest/x', { Via: '1.1 keyward' }],
  ])(
    'of status %i is kept by no cache, sniffed by no browser, and has its request id',
    async (status, path, headers) => {
      const answer = await send(headers, path)

      expect(answer.status).toBe(status)
      expect(answer.headers.get('Cache-Control')).toBe('no-store')
      expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff')
      expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
      expect(answer.headers.get('X-Request-Id')).toBe(answer.body.requestId)
      expect(answer.body.requestId).toMatch(/^[0-9a-f-]{36}$/)
    },
  )

  it('of HEAD has no body where Keyward is not configured either', async () => {
    const answerOf = createFetch(() => {
      throw new ConfigError('ROOT_KEY must be set')
    })

    const answer = await answerOf(new Request(`${ORIGIN}/api/x`, { method: 'HEAD' }), env, createExecutionContext())

    expect(answer.status).toBe(503)
    expect(answer.body).toBeNull()
  })

  it.each(['http://x y/api/x', 'http://[::1/v1/keys', 'http://a:99999/'])(
    'of a Host that is none is 400: %s',
    async (url) => {
      const request = Object.defineProperty(new Request(`${ORIGIN}/`), 'url', { value: url })

      const answer = await createFetch()(request, env, createExecutionContext())

      expect(answer.status).toBe(400)
      expect(answer.headers.get('Cache-Control')).toBe('no-store')
    },
  )

  it('of HEAD has the headers and no body', async () => {
    const answer = await door.ask('/api/rest/x', { method: 'HEAD', token: null })

    expect(answer).toMatchObject({ status: 401, body: '' })
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="keyward"')
  })
})
