// Requests from web pages: keys are for servers, unless an environment lets an origin in.
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { editEnvironment } from '../../src/service/environments.ts'
import { countingD1, failingD1 } from '../support/broken-bindings.ts'
import { ORIGIN } from '../support/client.ts'
import { aCaller, anotherIsolate, NOON, type TestDeps, testDeps } from '../support/factory.ts'
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
  [
    'what a browser sends with a link that is followed',
    { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Site': 'none', 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-User': '?1' },
  ],
  ['a link from another page of the same site', { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Site': 'same-site' }],
  ['a picture of a page', { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Dest': 'image' }],
  ['a site that is empty', { 'Sec-Fetch-Site': '' }],
  ['the origin of the front door', { Origin: ORIGIN }],
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
  ['Node’s fetch with a language', { 'Sec-Fetch-Mode': 'cors', 'Accept-Language': 'fr-CA', 'User-Agent': 'node' }],
  ['Node’s fetch without one', { 'Sec-Fetch-Mode': 'cors' }],
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

  it('is never one of the front door’s own origin, even where an environment says so', async () => {
    const door = await aDoor({ browserOrigins: [ORIGIN] })

    for (const headers of [{ Origin: ORIGIN }, { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Site': 'same-origin' }]) {
      const answer = await door.ask('/api/x', { headers })
      expect(answer).toMatchObject({ status: 403, body: { code: 'browser_not_allowed' } })
      expect(corsHeaders(answer.headers)).toEqual([])
    }
    expect(door.upstream.seen).toEqual([])
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

describe('an origin that is asked about without a good key', () => {
  const counted = () => {
    const { db, count } = countingD1(env.DB)
    const { db: counting, nearest } = testDeps({ db })
    return { deps: { ...anotherIsolate(open.deps), db: counting, nearest }, count }
  }
  const preflightOf = (deps: TestDeps, origin: string) =>
    askDoor(deps, '/api/x', { method: 'OPTIONS', headers: { Origin: origin, 'Access-Control-Request-Method': 'GET' } })
  const keyless = (deps: TestDeps, origin: string) => askDoor(deps, '/api/x', { headers: { Origin: origin } })

  it.each<[string, typeof keyless]>([
    ['a preflight', preflightOf],
    ['a request', keyless],
  ])('that is made up anew for each of 200 requests leads to few statements: %s', async (_, ask) => {
    const { deps, count } = counted()

    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => ask(deps, `https://made-up-${index}.example`)),
    )

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]))
    expect(answers.flatMap(({ headers }) => corsHeaders(headers))).toEqual([])
    expect(count.trips).toBeLessThanOrEqual(20)
    expect(count.trips).toBeGreaterThan(0)
  })

  it('is looked up again in the next second', async () => {
    const { deps, count } = counted()
    const askMany = async (name: string) => {
      for (let index = 0; index < 50; index += 1) await preflightOf(deps, `https://${name}-${index}.example`)
    }
    await askMany('first')
    const trips = count.trips

    deps.setTime(NOON + 1000)
    await askMany('second')
    deps.setTime(NOON)

    expect(count.trips).toBe(2 * trips)
  })

  it.each([
    [PAGE, 204],
    [NOBODYS_PAGE, 403],
  ])('is remembered for seconds: a preflight of %s is %i without I/O, and then asked again', async (origin, status) => {
    const { deps, count } = counted()
    await preflightOf(deps, origin)
    const trips = count.trips

    for (let index = 0; index < 20; index += 1) expect((await preflightOf(deps, origin)).status).toBe(status)
    expect(count.trips).toBe(trips)

    deps.setTime(NOON + 5001)
    await preflightOf(deps, origin)
    deps.setTime(NOON)
    expect(count.trips).toBe(2 * trips)
  })

  it('is asked about once, however many pages ask at the same time', async () => {
    const { deps, count } = counted()

    const answers = await Promise.all(Array.from({ length: 50 }, () => preflightOf(deps, PAGE)))

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 204))
    expect(count.trips).toBe(1)
  })

  it('stays let in while made-up ones keep it from being looked up again', async () => {
    const { deps } = counted()
    await preflightOf(deps, PAGE)

    deps.setTime(NOON + 30_000)
    for (let index = 0; index < 3000; index += 1) await preflightOf(deps, `https://made-up-${index}.example`)
    const answer = await preflightOf(deps, PAGE)
    deps.setTime(NOON)

    expect(answer.status).toBe(204)
  })

  it.each([
    ORIGIN,
    'null',
    '',
    '*',
    'unknown',
    `https://${'a'.repeat(300)}.example`,
    'https://a.example/',
    'ftp://a.example',
  ])('is looked up nowhere where no environment can let it in: %s', async (origin) => {
    const { deps, count } = counted()

    expect((await preflightOf(deps, origin)).status).toBe(403)
    expect((await keyless(deps, origin)).status).toBe(403)
    expect(count.trips).toBe(0)
  })

  it('is looked up nowhere where the request does not say it', async () => {
    const { deps, count } = counted()

    const answer = await askDoor(deps, '/api/x', { token: open.token, headers: { 'Sec-Fetch-Site': 'cross-site' } })

    expect(answer.status).toBe(403)
    expect(count.trips).toBe(0)
  })

  it('is let in at once by the isolate that was told so, and in every other within seconds', async () => {
    const door = await aDoor()
    const there = anotherIsolate(door.deps)
    const origin = 'https://new.example.com'
    expect((await preflightOf(door.deps, origin)).status).toBe(403)
    expect((await preflightOf(there, origin)).status).toBe(403)

    await editEnvironment(door.deps, aCaller(), door.environment.id, { browserOrigins: [origin] })
    expect((await preflightOf(door.deps, origin)).status).toBe(204)
    there.setTime(NOON + 5001)
    const answer = await preflightOf(there, origin)
    there.setTime(NOON)

    expect(answer.status).toBe(204)
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
