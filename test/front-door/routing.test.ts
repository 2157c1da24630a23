// Which route of the environment a request takes, and from when on an edited table is in force.

import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Deps } from '../../src/service/deps.ts'
import { editEnvironment } from '../../src/service/environments.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { openDatabase } from '../../src/store/database.ts'
import { flakyLedger, laggingD1, staleD1, untouchable } from '../support/broken-bindings.ts'
import { aCaller, anotherIsolate, aStoredKey, NOON, testDeps, verifyKey } from '../support/factory.ts'
import { aDoor, aRoute, askDoor, type Door } from '../support/upstream.ts'

const BOUND_MS = 5000

/** Where each route leads tells which one was taken. */
const to = (host: string) => ({ upstream: { url: `https://${host}.test` } })

describe('a request', () => {
  let door: Door
  beforeAll(async () => {
    door = await aDoor({
      routes: [
        { path: '/api/*', ...to('anything'), methods: ['*'] },
        { path: '/api/items/*', ...to('below-items'), methods: ['GET'] },
        { path: '/api/items/:id', ...to('one-item'), methods: ['GET', 'PUT'] },
        { path: '/api/items/:id', ...to('any-on-item'), methods: ['*'] },
        { path: '/api/items/latest', ...to('latest'), methods: ['GET'] },
        { path: '/api/items', ...to('items'), methods: ['GET'] },
      ],
    })
  })
  beforeEach(() => {
    door.upstream.seen.length = 0
  })

  it.each([
    ['GET', '/api/items', 'items'],
    ['GET', '/api/items/', 'items'],
    ['HEAD', '/api/items', 'items'],
    ['POST', '/api/items', 'anything'],
    ['GET', '/api/items/latest', 'latest'],
    ['HEAD', '/api/items/latest', 'latest'],
    ['GET', '/api/items/7', 'one-item'],
    ['GET', '/api/items/%6catest', 'latest'],
    ['PUT', '/api/items/latest', 'one-item'],
    ['HEAD', '/api/items/7', 'one-item'],
    ['DELETE', '/api/items/7', 'any-on-item'],
    ['PROPFIND', '/api/items/7', 'any-on-item'],
    ['GET', '/api/items/7/reviews', 'below-items'],
    ['PATCH', '/api/items/7/reviews', 'anything'],
    ['GET', '/api', 'anything'],
    ['GET', '/api/', 'anything'],
    ['OPTIONS', '/api/items', 'anything'],
  ])('%s %s takes the most specific route, that of %s', async (method, path, host) => {
    const { status } = await door.ask(path, { method })

    expect(status).toBe(200)
    expect(new URL(door.passed().url).host).toBe(`${host}.test`)
    expect(door.passed().method).toBe(method)
  })

  it.each(['/api/Items', '/api/ITEMS/7', '/api/items/Latest', '/api/%49tems'])(
    'to %s, which only case sets apart from a route, has none',
    async (path) => {
      expect(await door.ask(path)).toMatchObject({ status: 404 })
      expect(door.upstream.seen).toEqual([])
    },
  )

  it('takes the same route whatever the order of the table', async () => {
    const routes = [
      aRoute({ path: '/api/x', methods: ['HEAD'], scopes: [], ...to('head') }),
      aRoute({ path: '/api/x', methods: ['GET'], scopes: ['write'], ...to('get') }),
    ]
    const [first, second] = [await aDoor({ routes }), await aDoor({ routes: routes.toReversed() })]

    const answers = [await first.ask('/api/x', { method: 'HEAD' }), await second.ask('/api/x', { method: 'HEAD' })]

    expect(answers.map(({ status }) => status)).toEqual([200, 200])
  })
})

describe('what the upstream is asked', () => {
  it.each([
    ['https://a.test', '/api/x', 'https://a.test/api/x'],
    ['https://a.test/base/', '/api/x?y=1', 'https://a.test/base/api/x?y=1'],
    ['https://a.test:8443', '/api/Z%C3%BCrich%20a', 'https://a.test:8443/api/Z%C3%BCrich%20a'],
    ['https://a.test', '/api/x/', 'https://a.test/api/x/'],
    ['https://a.test', '/api/x?a=1&&b=%2F%20+&a=2&=&c', 'https://a.test/api/x?a=1&&b=%2F%20+&a=2&=&c'],
    ['https://a.test', '/api/x?%zz&%ff=%', 'https://a.test/api/x?%zz&%ff=%'],
    ['https://a.test', '/api/x?rerank_mode=off&rerank_depth=1', 'https://a.test/api/x?rerank_mode=off&rerank_depth=1'],
    [
      'https://a.test',
      '/api/x?a=1;b=2&context_id=a&context_id=b',
      'https://a.test/api/x?a=1;b=2&context_id=a&context_id=b',
    ],
  ])('of %s for %s is %s, byte for byte', async (url, path, address) => {
    const door = await aDoor({ routes: [{ upstream: { url } }] })

    await door.ask(path)

    expect(door.passed().url).toBe(address)
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('with %s has the body as it came', async (method) => {
    const bytes = crypto.getRandomValues(new Uint8Array(65_536))
    let arrived: ArrayBuffer | undefined
    const door = await aDoor({
      answer: async (request) => {
        arrived = await request.arrayBuffer()
        return new Response()
      },
    })

    await door.ask('/api/x', { method, body: bytes, headers: { 'Content-Type': 'application/octet-stream' } })

    expect(new Uint8Array(arrived ?? new ArrayBuffer())).toEqual(bytes)
    expect(door.passed().headers.get('Content-Type')).toBe('application/octet-stream')
  })

  // The platform asks for WebSockets by GET, whatever the method was that the scopes are for.
  it.each(['POST', 'PUT', 'DELETE', 'HEAD'])('is never a WebSocket that came by %s', async (method) => {
    const door = await aDoor({ routes: [{ webSocket: true }] })

    const answer = await door.ask('/api/x', { method, headers: { Upgrade: 'WebSocket', Connection: 'Upgrade' } })

    expect(answer.status).toBe(400)
    expect(door.upstream.seen).toEqual([])
  })

  it('never has a length that is no number of bytes', async () => {
    const door = await aDoor()

    const answer = await door.ask('/api/x', {
      method: 'POST',
      body: 'x',
      headers: { 'Content-Length': '9007199254740993' },
    })

    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'Content-Length' }] } })
    expect(door.upstream.seen).toEqual([])
  })

  it('by service binding is asked of that Worker, and of nothing on the Internet', async () => {
    const asked: Request[] = []
    const service = {
      fetch: async (...request: Parameters<Fetcher['fetch']>) =>
        asked.push(new Request(...request)) && new Response('from the binding'),
    }
    const deps = testDeps({ services: { RECOMMENDER: service as unknown as Fetcher } }) // the part we use
    const door = await aDoor({ deps, routes: [{ upstream: { service: 'RECOMMENDER' } }] })

    const answer = await door.ask('/api/x?y=1', { method: 'POST', body: 'z' })

    expect(answer).toMatchObject({ status: 200, body: 'from the binding' })
    expect(asked.map(({ method, url }) => [method, new URL(url).pathname, new URL(url).search])).toEqual([
      ['POST', '/api/x', '?y=1'],
    ])
    expect(asked[0]?.headers.get('X-Keyward-Key-Id')).toBe(door.key.id)
    expect(door.upstream.seen).toEqual([])
  })
})

describe('an environment', () => {
  it('has routes of its own: the key chooses, not the request', async () => {
    const [one, other] = [
      await aDoor({ routes: [{ path: '/api/one' }] }),
      await aDoor({ routes: [{ path: '/api/other' }] }),
    ]

    expect((await one.ask('/api/one')).status).toBe(200)
    expect((await one.ask('/api/other')).status).toBe(404)
    expect((await other.ask('/api/other')).status).toBe(200)
    expect((await askDoor(one.deps, '/api/other', { token: other.token })).status).toBe(200)
    expect((await askDoor(one.deps, '/api/one', { token: other.token })).status).toBe(404)
  })

  it('without routes lets nobody anywhere', async () => {
    const door = await aDoor({ routes: [] })

    expect((await door.ask('/api/x')).status).toBe(404)
  })

  it('begins with the routes of its template, which lead nowhere yet', async () => {
    const deps = testDeps()
    const { token } = await aStoredKey(deps)

    expect(await askDoor(deps, '/api/rest/books', { token })).toMatchObject({
      status: 502,
      body: { code: 'bad_gateway' },
    })
    expect((await askDoor(deps, '/api/rest/books', { token, method: 'POST' })).status).toBe(403)
    expect((await askDoor(deps, '/api/elsewhere', { token })).status).toBe(404)
  })
})

/** Deps of the isolate that can reach nothing but the upstream. */
const cutOff = (deps: Door['deps']): Deps => ({
  ...deps,
  db: untouchable(),
  nearest: () => untouchable(),
  revocations: untouchable(),
  ledger: untouchable(),
})

describe('a warm request', () => {
  it('does no I/O but the upstream’s', async () => {
    const door = await aDoor()
    await door.ask('/api/x')
    await door.deps.settled()

    const answer = await askDoor(cutOff(door.deps), '/api/y', { token: door.token })

    expect(answer).toMatchObject({ status: 200, body: 'from upstream' })
    expect(door.upstream.seen).toHaveLength(2)
  })

  it.each([
    [404, '/api/nowhere'],
    [403, '/api/admin'],
    [400, '/api/a%2fb'],
  ])('that is refused with %i does none either', async (status, path) => {
    const door = await aDoor({ routes: [{ path: '/api/x' }, { path: '/api/admin', scopes: ['write'] }] })
    await door.ask('/api/x')
    await door.deps.settled()

    expect((await askDoor(cutOff(door.deps), path, { token: door.token })).status).toBe(status)
  })

  it('of one environment says nothing of another', async () => {
    const door = await aDoor()
    const other = await aStoredKey(door.deps)
    await door.ask('/api/x')

    expect((await askDoor(door.deps, '/api/x', { token: other.token })).status).toBe(404)
  })
})

describe('an edited table', () => {
  it('is in force at once where it was edited', async () => {
    const door = await aDoor({ routes: [{ path: '/api/old' }] })
    expect((await door.ask('/api/old')).status).toBe(200)

    await door.setRoutes([{ path: '/api/new' }])

    expect((await door.ask('/api/old')).status).toBe(404)
    expect((await door.ask('/api/new')).status).toBe(200)
  })

  it('is in force in every other isolate within the bound, and not a moment later', async () => {
    const door = await aDoor({ routes: [{ path: '/api/old' }] })
    const there = anotherIsolate(door.deps)
    expect((await askDoor(there, '/api/old', { token: door.token })).status).toBe(200)
    await door.setRoutes([{ path: '/api/new' }])

    door.deps.setTime(NOON + BOUND_MS + 1)

    expect((await askDoor(there, '/api/old', { token: door.token })).status).toBe(404)
    expect((await askDoor(there, '/api/new', { token: door.token })).status).toBe(200)
  })

  it('asks for other scopes within the bound too', async () => {
    const door = await aDoor({ routes: [{ path: '/api/x' }] })
    const there = anotherIsolate(door.deps)
    await askDoor(there, '/api/x', { token: door.token })
    await door.setRoutes([{ path: '/api/x', scopes: ['write'] }])

    door.deps.setTime(NOON + BOUND_MS + 1)

    expect((await askDoor(there, '/api/x', { token: door.token })).status).toBe(403)
  })

  it('of an environment that allows no staleness is in force everywhere at once', async () => {
    const door = await aDoor({ routes: [{ path: '/api/old' }] })
    await editEnvironment(door.deps, aCaller(), door.environment.id, { bounds: { maxStalenessMs: 0 } })
    const there = anotherIsolate(door.deps)
    await askDoor(there, '/api/old', { token: door.token })

    await door.setRoutes([{ path: '/api/new' }])

    expect((await askDoor(there, '/api/old', { token: door.token })).status).toBe(404)
  })

  it('is not lost when the edit falls into the time in which another request reads the table', async () => {
    const door = await aDoor({ routes: [{ path: '/api/old' }] })
    let edited = false
    const editMeanwhile = async () => {
      if (edited) return
      edited = true
      await door.setRoutes([{ path: '/api/new' }])
    }
    const slow = openDatabase(laggingD1(env.DB, editMeanwhile))
    const reader: Deps = { ...door.deps, db: slow, nearest: () => slow }

    await askDoor(reader, '/api/old', { token: door.token })

    expect((await door.ask('/api/old')).status).toBe(404)
    expect((await door.ask('/api/new')).status).toBe(200)
  })

  it('lets nobody in whose key is revoked in the time in which the table is read', async () => {
    const door = await aDoor()
    await verifyKey(door.deps, null, { token: door.token })
    await door.deps.settled()
    const slow = openDatabase(laggingD1(env.DB, () => revokeKey(door.deps, aCaller(), door.key.id, {})))

    const answer = await askDoor({ ...door.deps, db: slow, nearest: () => slow }, '/api/x', { token: door.token })

    expect(answer.status).toBe(401)
    expect(door.upstream.seen).toEqual([])
  })

  it('is found at the primary where the nearest copy of D1 has not heard of it', async () => {
    const door = await aDoor({ routes: [{ path: '/api/old' }] })
    const behind = openDatabase(staleD1(env.DB))
    const there: Deps = { ...anotherIsolate(door.deps), nearest: () => behind }
    await askDoor(there, '/api/old', { token: door.token })
    await door.setRoutes([{ path: '/api/new' }])

    const fresh: Deps = { ...anotherIsolate(door.deps), nearest: () => behind }

    expect((await askDoor(fresh, '/api/new', { token: door.token })).status).toBe(200)
    expect((await askDoor(fresh, '/api/old', { token: door.token })).status).toBe(404)
  })

  it('is not known when D1 is down and nothing is remembered: 503, and never the old table', async () => {
    vi.spyOn(console, 'warn').mockReturnValue()
    const door = await aDoor({ routes: [{ path: '/api/old' }] })
    await door.ask('/api/old')
    const { token } = door
    await door.setRoutes([{ path: '/api/new' }])
    const down = openDatabase(laggingD1(env.DB, () => Promise.reject(new Error('D1_ERROR: Network connection lost.'))))

    const answer = await askDoor({ ...door.deps, db: down, nearest: () => down }, '/api/old', { token })

    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
  })
})

describe('under the grace of an environment, while the ledger is silent', () => {
  const GRACE_SECONDS = 60

  async function inGrace() {
    vi.spyOn(console, 'warn').mockReturnValue()
    const door = await aDoor({ routes: [{ path: '/api/old' }] })
    const bounds = { onUnknown: { graceSeconds: GRACE_SECONDS } }
    await editEnvironment(door.deps, aCaller(), door.environment.id, { bounds })
    const fault = { down: false }
    const there = { ...anotherIsolate(door.deps), ledger: flakyLedger(door.deps.ledger, fault) }
    return { door, fault, there, askThere: (path: string) => askDoor(there, path, { token: door.token }) }
  }

  it('an isolate that remembers nothing asks the primary each time, so that an edit is in force at once', async () => {
    const { door, fault, askThere } = await inGrace()
    fault.down = true
    expect((await askThere('/api/old')).status).toBe(200)

    await door.setRoutes([{ path: '/api/new' }])

    expect((await askThere('/api/old')).status).toBe(404)
    expect((await askThere('/api/new')).status).toBe(200)
  })

  it('an isolate that was idle since before an edit does not go on with the table from then', async () => {
    const { door, fault, askThere } = await inGrace()
    expect((await askThere('/api/old')).status).toBe(200)
    await door.setRoutes([{ path: '/api/new' }])
    fault.down = true

    door.deps.setTime(NOON + 10 * GRACE_SECONDS * 1000)

    expect((await askThere('/api/old')).status).toBe(404)
    expect((await askThere('/api/new')).status).toBe(200)
  })
})
