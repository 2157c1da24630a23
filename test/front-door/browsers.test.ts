// Requests from web pages: keys are for servers, unless an environment lets an origin in.
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { editEnvironment } from '../../src/service/environments.ts'
import { failingD1 } from '../support/broken-bindings.ts'
import { ORIGIN } from '../support/client.ts'
import { aCaller, anotherIsolate, NOON, testDeps } from '../support/factory.ts'
import { type Asked, aDoor, askDoor, type Door } from '../support/upstream.ts'

const PAGE = 'https://app.example.com'
const NOBODYS_PAGE = 'https://nobody.example.com'
const OTHERS_PAGE = 'https://other.example.com'

let closed: Door
let open: Door
let others: Door
beforeAll(async () => {
  const routes = [{ path: '/api/x' }, { path: '/api/admin', scopes: ['write'] }, { path: '/api/none', upstream: null }]
  closed = await aDoor({ routes })
  open = await aDoor({ routes, browserOrigins: [PAGE] })
  others = await aDoor({ routes, browserOrigins: [OTHERS_PAGE] })
})
beforeEach(() => {
  for (const { upstream } of [closed, open, others]) upstream.seen.length = 0
})

const corsHeaders = (headers: Headers) => [...headers.keys()].filter((name) => name.startsWith('access-control-'))

const FROM_PAGES: [string, Record<string, string>][] = [
  ['an origin', { Origin: NOBODYS_PAGE }],
  ['an origin that is null', { Origin: 'null' }],
  ['an empty origin', { Origin: '' }],
  ['Sec-Fetch-Mode: cors from another site', { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Site': 'cross-site' }],
  ['Sec-Fetch-Mode: cors from the same origin', { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Site': 'same-origin' }],
  ['Sec-Fetch-Mode: cors alone', { 'Sec-Fetch-Mode': 'cors' }],
  [
    'what Chromium sends for a GET to its own origin',
    { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Site': 'same-origin', 'Accept-Language': 'de-DE,de;q=0.9' },
  ],
  [
    'any language accepted, but a site named',
    { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Site': 'same-origin', 'Accept-Language': '*' },
  ],
  ['an origin, and otherwise like Node', { Origin: NOBODYS_PAGE, 'Sec-Fetch-Mode': 'cors', 'Accept-Language': '*' }],
]

const FROM_SERVERS: [string, Record<string, string>][] = [
  ['curl', { 'User-Agent': 'curl/8', Accept: '*/*' }],
  ['Node’s fetch', { 'Sec-Fetch-Mode': 'cors', 'Accept-Language': '*', 'User-Agent': 'node', Accept: '*/*' }],
  ['a link that is followed', { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Site': 'none' }],
]

describe('by default', () => {
  it.each(FROM_PAGES)('a request with %s is refused, though its key is good', async (_, headers) => {
    const answer = await closed.ask('/api/x', { headers })

    expect(answer).toMatchObject({ status: 403, body: { code: 'browser_not_allowed' } })
    expect(corsHeaders(answer.headers)).toEqual([])
    expect(closed.upstream.seen).toEqual([])
  })

  it.each(FROM_SERVERS)('a request of %s is let through', async (_, headers) => {
    expect((await closed.ask('/api/x', { headers })).status).toBe(200)
  })

  it('a page that no environment lets in is told nothing of its key', async () => {
    const headers = { Origin: NOBODYS_PAGE }

    const answers = [
      await closed.ask('/api/x', { headers }),
      await closed.ask('/api/x', { headers, token: 'nsl_x' }),
      await closed.ask('/api/nowhere', { headers, token: null }),
    ]

    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      answers.map(() => [403, 'browser_not_allowed']),
    )
  })
})

describe('a page of an origin that the environment lets in', () => {
  const ask = (path: string, asked: Asked = {}) => open.ask(path, { headers: { Origin: PAGE }, ...asked })

  it.each<[number, string, Asked]>([
    [200, '/api/x', {}],
    [200, '/api/x', { method: 'POST', body: 'x' }],
    [401, '/api/x', { token: null }],
    [401, '/api/x', { token: 'nsl_x' }],
    [403, '/api/admin', {}],
    [404, '/api/nowhere', {}],
    [400, '/api/a%2fb', {}],
    [502, '/api/none', {}],
  ])('may read the answer of status %i', async (status, path, asked) => {
    const answer = await ask(path, asked)

    expect(answer.status).toBe(status)
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(PAGE)
    expect(answer.headers.get('Vary')).toMatch(/\bOrigin\b/)
    expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull()
  })

  it('may read a challenge', async () => {
    const answer = await ask('/api/admin')

    expect(answer.headers.get('Access-Control-Expose-Headers')).toMatch(/^(\*|.*WWW-Authenticate.*)$/i)
  })

  it('may read an answer whatever the upstream says of that', async () => {
    const door = await aDoor({
      browserOrigins: [PAGE],
      answer: () =>
        new Response('x', {
          headers: {
            'Access-Control-Allow-Origin': 'https://evil.example.com',
            'Access-Control-Allow-Credentials': 'true',
            Vary: 'Accept',
          },
        }),
    })

    const answer = await door.ask('/api/x', { headers: { Origin: PAGE } })

    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(PAGE)
    expect(answer.headers.has('Access-Control-Allow-Credentials')).toBe(false)
    expect(answer.headers.get('Vary')).toMatch(/Accept.*Origin/)
  })

  it('is a server’s as well when it comes without an origin', async () => {
    expect((await open.ask('/api/x')).status).toBe(200)
  })

  it.each([
    'https://app.example.com.evil.test',
    'https://evil.test?https://app.example.com',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://APP.example.com',
    'https://app.example.com/',
    'https://app.example.com, https://evil.test',
    'null',
    'unknown',
    '',
    '*',
    OTHERS_PAGE,
  ])('is not one of %j', async (origin) => {
    const answer = await open.ask('/api/x', { headers: { Origin: origin } })

    expect(answer).toMatchObject({ status: 403, body: { code: 'browser_not_allowed' } })
    expect(open.upstream.seen).toEqual([])
  })

  it('is told so when the key is of an environment that lets it not in', async () => {
    const answer = await others.ask('/api/x', { headers: { Origin: PAGE } })

    expect(answer).toMatchObject({ status: 403, body: { code: 'browser_not_allowed' } })
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(PAGE)
    expect(others.upstream.seen).toEqual([])
  })

  it('on the front door’s own origin needs no Origin header to be known', async () => {
    const door = await aDoor({ browserOrigins: [ORIGIN] })
    const headers = { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Site': 'same-origin', 'Accept-Language': 'de' }

    expect((await door.ask('/api/x', { headers })).status).toBe(200)
  })

  it('is refused in every isolate within the bound once it is let in no longer', async () => {
    const door = await aDoor({ browserOrigins: [PAGE] })
    const there = anotherIsolate(door.deps)
    const askThere = () => askDoor(there, '/api/x', { token: door.token, headers: { Origin: PAGE } })
    expect((await askThere()).status).toBe(200)

    await editEnvironment(door.deps, aCaller(), door.environment.id, { browserOrigins: [] })
    door.deps.setTime(NOON + 5001)

    expect((await askThere()).status).toBe(403)
    expect((await door.ask('/api/x', { headers: { Origin: PAGE } })).status).toBe(403)
  })
})

describe('a preflight', () => {
  const preflight = (origin: string, headers: Record<string, string> = {}, door = open) =>
    door.ask('/api/x', {
      method: 'OPTIONS',
      token: null,
      headers: { Origin: origin, 'Access-Control-Request-Method': 'POST', ...headers },
    })

  it('of an origin that is let in is answered without a key, and does not reach the upstream', async () => {
    const answer = await preflight(PAGE, { 'Access-Control-Request-Headers': 'authorization,x-custom' })

    expect(answer).toMatchObject({ status: 204, body: '' })
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(PAGE)
    expect(answer.headers.get('Access-Control-Allow-Methods')).toBe('POST')
    expect(answer.headers.get('Access-Control-Allow-Headers')?.toLowerCase()).toMatch(/authorization.*x-custom/)
    expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull()
    expect(answer.headers.get('Vary')).toMatch(/\bOrigin\b/)
    expect(open.upstream.seen).toEqual([])
  })

  it('is the same whatever the path: what there is, is told to good keys alone', async () => {
    const headers = { Origin: PAGE, 'Access-Control-Request-Method': 'POST' }

    const answer = await open.ask('/api/nowhere', { method: 'OPTIONS', token: null, headers })

    expect(answer.status).toBe(204)
  })

  it('has a request id and is kept by no shared cache, as every answer', async () => {
    const answer = await preflight(PAGE)

    expect(answer.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
  })

  it.each([NOBODYS_PAGE, 'null', '*', '', 'unknown', `${PAGE}/`, "' OR 1=1 --", '%'])(
    'of the unknown origin %j is 403, and says nothing of who may',
    async (origin) => {
      const answer = await preflight(origin)

      expect(answer).toMatchObject({ status: 403, body: { code: 'browser_not_allowed' } })
      expect(corsHeaders(answer.headers)).toEqual([])
    },
  )

  it.each(['TRACE', 'CONNECT', '*', 'GET, POST', 'x y', '', 'GET\tX'])(
    'for the method %j is refused',
    async (method) => {
      const answer = await preflight(PAGE, { 'Access-Control-Request-Method': method })

      expect(answer.status).toBe(403)
    },
  )

  it('without a method is a request like any other, and needs a key', async () => {
    const answer = await open.ask('/api/x', { method: 'OPTIONS', token: null, headers: { Origin: PAGE } })

    expect(answer.status).toBe(401)
  })

  it('without an origin is a request like any other', async () => {
    const headers = { 'Access-Control-Request-Method': 'POST' }

    expect((await open.ask('/api/x', { method: 'OPTIONS', headers })).status).toBe(200)
    expect(open.passed().method).toBe('OPTIONS')
  })

  it('cannot be answered while D1 is down, and is not answered with yes', async () => {
    vi.spyOn(console, 'warn').mockReturnValue()
    const { db, nearest } = testDeps({ db: failingD1() })
    const headers = { Origin: PAGE, 'Access-Control-Request-Method': 'POST' }

    const answer = await askDoor({ ...anotherIsolate(open.deps), db, nearest }, '/api/x', {
      method: 'OPTIONS',
      headers,
    })

    expect(answer.status).toBe(503)
    expect(corsHeaders(answer.headers)).toEqual([])
  })
})
