// The front door's decision for other proxies: 200, 401, 403 or 503, and nothing else whatever they send.

import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFetch } from '../../src/app.ts'
import { ConfigError } from '../../src/config.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { failingD1, flakyLedger, untouchable } from '../support/broken-bindings.ts'
import { ORIGIN } from '../support/client.ts'
import { aCaller, anotherIsolate, aStoredKey, testDeps } from '../support/factory.ts'
import { type Asked, aDoor, askDoor, type Door } from '../support/upstream.ts'

let door: Door
beforeAll(async () => {
  door = await aDoor({
    key: { ownerId: 'Zoë' },
    routes: [
      { path: '/api/items', methods: ['GET'], scopes: ['read'] },
      { path: '/api/items', methods: ['POST'], scopes: ['read', 'write'] },
      { path: '/api/unset', upstream: null },
    ],
  })
})
beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
  vi.spyOn(console, 'error').mockReturnValue()
})

const about = (method: string, uri: string) => ({ 'X-Forwarded-Method': method, 'X-Forwarded-Uri': uri })

const asks = (
  headers: NonNullable<Asked['headers']>,
  { path = '/forward-auth', ...asked }: Asked & { path?: string } = {},
) => door.ask(path, { headers, ...asked })

describe('a request that the front door would let through', () => {
  it('is 200 with whose key it is, and no body', async () => {
    const answer = await asks(about('GET', '/api/items?x=1'))

    expect(answer).toMatchObject({ status: 200, body: '' })
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-keyward-key-id': door.key.id,
      'x-keyward-environment-id': door.environment.id,
      'x-keyward-project-id': door.environment.projectId,
      'x-keyward-owner-id': 'Zo%C3%AB',
      'x-keyward-scopes': 'read',
      'cache-control': 'no-store',
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(JSON.stringify([...answer.headers])).not.toContain(door.token)
  })

  it('is told with every identity header, empty where there is nothing to say', async () => {
    const { token } = await aStoredKey(door.deps, { environment: door.environment, ownerId: null })

    const { headers } = await asks(about('GET', '/api/items'), { token })

    expect([...headers.keys()].filter((name) => name.startsWith('x-keyward-'))).toEqual([
      'x-keyward-client-id',
      'x-keyward-environment-id',
      'x-keyward-key-id',
      'x-keyward-owner-id',
      'x-keyward-project-id',
      'x-keyward-scopes',
    ])
    expect(headers.get('X-Keyward-Owner-Id')).toBe('')
    expect(headers.get('X-Keyward-Client-Id')).toBe('')
  })

  it.each(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'])(
    'is 200 by whatever method the proxy asks: %s',
    async (method) => {
      expect((await asks(about('GET', '/api/items'), { method })).status).toBe(200)
    },
  )

  it('is 200 though its route has no upstream here: the proxy has its own', async () => {
    expect((await asks(about('GET', '/api/unset'))).status).toBe(200)
  })

  it('is 200 with the key by X-API-Key', async () => {
    const answer = await asks({ ...about('GET', '/api/items'), 'X-API-Key': door.token }, { token: null })

    expect(answer.status).toBe(200)
  })

  it('reaches no upstream', async () => {
    await asks(about('GET', '/api/items'))

    expect(door.upstream.seen).toEqual([])
  })
})

describe('a request that the front door would refuse', () => {
  it.each<[number, string, NonNullable<Asked['headers']>, string | null]>([
    [403, 'lacks a scope', about('POST', '/api/items'), 'error="insufficient_scope", scope="read write"'],
    [403, 'has no route', about('GET', '/api/nowhere'), null],
    [403, 'has no route for its method', about('DELETE', '/api/items'), null],
    [403, 'is not below /api', about('GET', '/v1/projects'), null],
    [403, 'comes from a page', { ...about('GET', '/api/items'), Origin: 'https://page.test' }, null],
    [403, 'has no method', { 'X-Forwarded-Uri': '/api/items' }, null],
    [403, 'has no URI', { 'X-Forwarded-Method': 'GET' }, null],
    [403, 'has neither', {}, null],
    [403, 'has an empty method', about('', '/api/items'), null],
    [403, 'has an empty URI', about('GET', ''), null],
    [403, 'has a method in lower case', about('get', '/api/items'), null],
    [403, 'has every method', about('*', '/api/items'), null],
    [403, 'has two methods', about('GET, POST', '/api/items'), null],
    [403, 'has a fragment', about('GET', '/api/items#x'), null],
    [403, 'has a method that tunnels', about('CONNECT', '/api/items'), null],
    [403, 'has a method that echoes', about('TRACE', '/api/items'), null],
  ])('is %i when it %s', async (status, _, headers, challenge) => {
    const answer = await asks(headers)

    expect(answer.status).toBe(status)
    expect(answer.headers.get('WWW-Authenticate')).toBe(challenge && `Bearer realm="keyward", ${challenge}`)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect([...answer.headers.keys()].filter((name) => name.startsWith('x-keyward-'))).toEqual([])
  })

  it.each<[string, Asked, string]>([
    ['has no key', { token: null }, ''],
    [
      'has a key by Basic',
      { token: null, headers: { ...about('GET', '/api/items'), Authorization: 'Basic YTpi' } },
      '',
    ],
    ['has a bad key', { token: 'nsl_x' }, ', error="invalid_token"'],
    ['has two keys', { headers: { ...about('GET', '/api/items'), 'X-API-Key': 'x' } }, ', error="invalid_request"'],
  ])('is 401 when it %s', async (_, asked, challenge) => {
    const answer = await asks(about('GET', '/api/items'), asked)

    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    expect(answer.headers.get('WWW-Authenticate')).toBe(`Bearer realm="keyward"${challenge}`)
  })

  it('is 401 once the key is revoked', async () => {
    const { key, token } = await aStoredKey(door.deps, { environment: door.environment })
    expect((await asks(about('GET', '/api/items'), { token })).status).toBe(200)

    await revokeKey(door.deps, aCaller(), key.id, {})

    expect((await asks(about('GET', '/api/items'), { token })).status).toBe(401)
  })
})

describe('a page', () => {
  const PAGE = 'https://app.example.com'
  let open: Door
  beforeAll(async () => {
    open = await aDoor({
      browserOrigins: [PAGE],
      routes: [{ path: '/api/items' }, { path: '/api/admin', scopes: ['write'] }],
    })
  })
  const ask = (uri: string, asked: Asked = {}, origin = PAGE) =>
    open.ask('/forward-auth', { ...asked, headers: { ...about('GET', uri), Origin: origin } })

  it.each<[number, string, Asked]>([
    [200, '/api/items', {}],
    [401, '/api/items', { token: null }],
    [401, '/api/items', { token: 'nsl_x' }],
    [403, '/api/admin', {}],
    [403, '/api/nowhere', {}],
    [403, '/api/a%2fb', {}],
  ])('of an origin that is let in may read the answer of status %i for %s', async (status, uri, asked) => {
    const answer = await ask(uri, asked)

    expect(answer.status).toBe(status)
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(PAGE)
    expect(answer.headers.get('Vary')).toMatch(/\bOrigin\b/)
  })

  it('of an origin that nobody lets in is told nothing of its key', async () => {
    for (const asked of [{}, { token: null }, { token: 'nsl_x' }]) {
      const answer = await ask('/api/items', asked, 'https://nobody.example.com')

      expect(answer).toMatchObject({ status: 403, body: { code: 'browser_not_allowed' } })
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBeNull()
    }
  })

  it.each(['OPTIONS', 'GET'])(
    'gets no yes without a key, though its request is a preflight asked about by %s',
    async (method) => {
      const preflight = { Origin: PAGE, 'Access-Control-Request-Method': 'POST' }

      const answer = await open.ask('/forward-auth', {
        method,
        token: null,
        headers: { ...about('OPTIONS', '/api/items'), ...preflight },
      })

      expect(answer.status).toBe(401)
    },
  )
})

describe('?scopes=', () => {
  it.each([
    [200, '?scopes=read'],
    [200, '?scopes=read,read'],
    [200, '?scopes=+read+'],
    [200, '?scopes=read&scopes=read'],
    [403, '?scopes=write'],
    [403, '?scopes=read,write'],
    [403, '?scopes=read%20write'],
    [403, '?scopes=read&scopes=write'],
    [403, '?scopes=unheard-of'],
    [403, '?scopes='],
    [403, '?scopes'],
    [403, '?scopes=,'],
    [403, '?scopes=*'],
    [403, '?scopes=READ'],
    [403, '?scopes=read%00'],
    [403, `?scopes=${'a,'.repeat(2000)}`],
    [403, '?scopes=read&scopes=%ff'],
  ])('is answered with %i for %s', async (status, query) => {
    expect((await asks({}, { path: `/forward-auth${query}` })).status).toBe(status)
  })

  it('names what is needed when a scope is missing', async () => {
    const answer = await asks({}, { path: '/forward-auth?scopes=read,write' })

    expect(answer.headers.get('WWW-Authenticate')).toBe(
      'Bearer realm="keyward", error="insufficient_scope", scope="read write"',
    )
  })

  it('takes the place of the route table, whatever the request is', async () => {
    const answer = await asks(about('DELETE', '/elsewhere'), { path: '/forward-auth?scopes=read' })

    expect(answer.status).toBe(200)
  })

  it.each([
    '/reports/../api/admin',
    '/reports/%2e%2e/api/admin',
    '/reports/..%2fapi/admin',
    '/reports/%252e%252e/api/admin',
    '/reports//api/admin',
    '/reports/;/../api/admin',
    '/reports/x#/../../api/admin',
    'reports',
    '*',
    '',
  ])('is refused for the path %s, which the API could read as another than the proxy', async (uri) => {
    const answer = await asks(about('GET', uri), { path: '/forward-auth?scopes=read' })

    expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  })

  it('cannot be widened by the client in the URI of its own request', async () => {
    expect((await asks(about('POST', '/api/items?scopes=read'))).status).toBe(403)
  })
})

describe('while stores fail', () => {
  it('is 503 when the ledger is silent', async () => {
    const cold = { ...anotherIsolate(door.deps), ledger: flakyLedger(door.deps.ledger, { down: true }) }

    const answer = await askDoor(cold, '/forward-auth', { token: door.token, headers: about('GET', '/api/items') })

    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(answer.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)
  })

  it('is 503 when D1 is down and nothing is remembered', async () => {
    const { db, nearest } = testDeps({ db: failingD1() })
    const cold = { ...anotherIsolate(door.deps), db, nearest }

    const answer = await askDoor(cold, '/forward-auth', { token: door.token, headers: about('GET', '/api/items') })

    expect(answer.status).toBe(503)
  })

  it('is 200 from memory, with no I/O at all', async () => {
    await asks(about('GET', '/api/items'))
    await door.deps.settled()
    const cutOff = {
      ...door.deps,
      db: untouchable<Door['deps']['db']>(),
      nearest: () => untouchable<Door['deps']['db']>(),
    }

    const answer = await askDoor(cutOff, '/forward-auth', { token: door.token, headers: about('GET', '/api/items') })

    expect(answer.status).toBe(200)
  })

  it('is 503 when Keyward is not configured', async () => {
    const answerOf = createFetch(() => {
      throw new ConfigError('ROOT_KEY must be set')
    })

    expect((await answerOf(new Request(`${ORIGIN}/forward-auth`), env, createExecutionContext())).status).toBe(503)
    expect((await answerOf(new Request(`${ORIGIN}/api/x`), env, createExecutionContext())).status).toBe(503)
  })
})

describe('whatever is sent', () => {
  const VALUES = [
    '',
    '/',
    '*',
    '%',
    '%00',
    '%ff',
    '..',
    '/api/items',
    'GET',
    'x'.repeat(9000),
    '[',
    'http://[',
    'a b',
    '"',
    ',',
  ]
  const NAMES = [
    'X-Forwarded-Method',
    'X-Forwarded-Uri',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'Origin',
    'Sec-Fetch-Mode',
    'Authorization',
    'Upgrade',
    'Via',
  ]

  it.each(NAMES)('in %s, the answer is 200, 401, 403 or 503, and no-store', async (name) => {
    for (const value of VALUES) {
      const headers = { ...about('GET', '/api/items'), 'Sec-Fetch-Site': 'same-origin', [name]: value }
      const answer = await asks(headers, name === 'Authorization' ? { token: null } : {})

      expect([200, 401, 403, 503]).toContain(answer.status)
      expect(answer.headers.get('Cache-Control')).toBe('no-store')
    }
  })

  it.each(VALUES)('in the query, as %j, the answer is 200, 401, 403 or 503', async (value) => {
    for (const query of [`?${value}`, `?scopes=${value}`]) {
      expect([200, 401, 403, 503]).toContain(
        (await asks(about('GET', '/api/items'), { path: `/forward-auth${query}` })).status,
      )
    }
  })
})
