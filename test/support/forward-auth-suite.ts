// What every page of docs/forward-auth promises, asked of the proxy that runs with the page's configuration.
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import {
  type Api,
  type AtALoss,
  aClient,
  aKey,
  anEnvironment,
  CLAIMS,
  type Header,
  IDENTITY,
  identityIn,
  type Key,
  OVERRIDES,
  readLoosely,
  revoke,
  type Sent,
  send,
  startApi,
  startAtALoss,
  startMute,
} from './forward-auth-stand.ts'
import { isInstalled, type ProxyProgram, type RunningProxy, readDocumentedFiles, startProxy } from './proxy.ts'
import { freePorts } from './running-server.ts'

type Page = {
  name: string
  /** What becomes of a request whose `Connection` names a header of ours. */
  namedInConnection: 'passes' | 'is refused'
}

/** A proxy asks `/forward-auth` by the route table below `/api/`, and for the scope `write` below `/reports/`. */
export function describeForwardAuth(program: ProxyProgram, { name: page, namedInConnection }: Page): void {
  describe.skipIf(!isInstalled(program))(`${program.name} with the configuration of docs/forward-auth/${page}`, () => {
    const server = inject('server')
    const files = readDocumentedFiles(page)
    let api: Api
    let lost: AtALoss
    let mute: { close: () => void }
    const proxies: RunningProxy[] = []
    /** In front of Keyward, of one that answers 503, of one that never answers, and of none. */
    let urls: { asking: string; atALoss: string; waiting: string; alone: string }
    let reader: Key
    let writer: Key
    /** Of another environment, with the same routes and scopes. */
    let stranger: Key
    let environmentId: string

    beforeAll(async () => {
      const first = await freePorts(8)
      const [apiPort, lostPort, mutePort, nobody] = [first + 4, first + 5, first + 6, first + 7]
      api = await startApi(apiPort)
      lost = await startAtALoss(lostPort)
      mute = await startMute(mutePort)
      environmentId = await anEnvironment(server.url, [PAGE])
      const keywards = [Number(new URL(server.url).port), lostPort, mutePort, nobody]
      for (const [index, keyward] of keywards.entries()) {
        const ports = { listen: first + index, keyward, api: apiPort }
        proxies.push(await startProxy(program, files, { ports, environmentId }))
      }
      const [asking = '', atALoss = '', waiting = '', alone = ''] = proxies.map(({ url }) => url)
      urls = { asking, atALoss, waiting, alone }
      reader = await aKey(server.url, environmentId, { name: 'reader', scopes: ['read'], ownerId: 'user-7' })
      writer = await aKey(server.url, environmentId, { name: 'writer', scopes: ['read', 'write'] })
      stranger = await aKey(server.url, await anEnvironment(server.url), {
        name: 'stranger',
        scopes: ['read', 'write'],
      })
    })

    beforeEach(() => {
      api.seen.length = 0
    })

    afterAll(async () => {
      for (const { stop } of proxies) await stop()
      for (const stand of [api?.server, lost?.server, mute]) stand?.close()
    })

    const ask = (path: string, sent: Sent = {}) => send(urls.asking + path, sent)
    const as = (key: Key, path: string, { headers = [], ...sent }: Sent = {}) =>
      ask(path, { ...sent, headers: [...headers, ['X-API-Key', key.token]] })
    /** What the API reads of the writer, who has no owner, when nobody interferes. */
    const writerAsRead = () => ({
      'x-keyward-key-id': writer.id,
      'x-keyward-client-id': '',
      'x-keyward-environment-id': writer.environmentId,
      'x-keyward-project-id': writer.projectId,
      'x-keyward-owner-id': '',
      'x-keyward-scopes': 'read write',
    })

    describe('a good key', () => {
      it.each(['Authorization', 'X-API-Key'])(
        'by %s passes, and the API is told whose it is but not the key',
        async (name) => {
          const credential = name === 'Authorization' ? `bearer ${reader.token}` : reader.token

          const { status } = await ask('/api/rest/things?limit=2', { headers: [[name, credential]] })

          expect(status).toBe(200)
          expect(api.last().url).toBe('/api/rest/things?limit=2')
          expect(identityIn(api.last())).toEqual({
            'x-keyward-key-id': reader.id,
            'x-keyward-client-id': '',
            'x-keyward-environment-id': reader.environmentId,
            'x-keyward-project-id': reader.projectId,
            'x-keyward-owner-id': 'user-7',
            'x-keyward-scopes': 'read',
          })
          expect(JSON.stringify(api.last())).not.toContain(reader.token)
        },
      )

      it('passes with the request id that Keyward knows it by', async () => {
        await as(writer, '/api/rest/things', { headers: [['X-Request-Id', 'mine']] })

        expect(readLoosely(api.last(), 'X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
      })

      it('without an owner passes as one without an owner', async () => {
        await as(writer, '/api/rest/things')

        expect(identityIn(api.last())).toEqual(writerAsRead())
      })

      it('passes with its method and body as they were sent', async () => {
        const body = 'a'.repeat(100_000)

        const { status } = await as(writer, '/api/rest/things', { method: 'POST', body })

        expect(status).toBe(200)
        expect(api.last()).toMatchObject({ method: 'POST', body })
      })

      it('passes with its path as it was sent', async () => {
        const { status } = await as(writer, '/api/rest/Zo%C3%AB%20x?q=%2f&r=a+b')

        expect(status).toBe(200)
        expect(api.last().url).toBe('/api/rest/Zo%C3%AB%20x?q=%2f&r=a+b')
      })

      it('passes by the scopes that the configuration names', async () => {
        expect((await as(reader, '/reports/today')).status).toBe(403)
        expect((await as(writer, '/reports/today')).status).toBe(200)
      })

      it('passes no more once it is revoked: no answer was kept', async () => {
        const key = await aKey(server.url, environmentId, {
          name: 'short-lived',
          scopes: ['read'],
          expiresAt: TOMORROW,
        })
        expect((await as(key, '/api/rest/things')).status).toBe(200)

        await revoke(server.url, key)

        expect((await as(key, '/api/rest/things')).status).toBe(401)
      })
    })

    it('tells the API which client an access token is of', async () => {
      const client = await aClient(server.url, environmentId)

      const { status } = await ask('/reports/today', { headers: [['Authorization', `Bearer ${client.accessToken}`]] })

      expect(status).toBe(200)
      expect(identityIn(api.last())).toMatchObject({ 'x-keyward-client-id': client.id, 'x-keyward-key-id': '' })
    })

    describe('a request that is refused', () => {
      it('for want of a key is 401 with the challenge', async () => {
        const { status, headers } = await ask('/api/rest/things')

        expect(status).toBe(401)
        expect(headers['www-authenticate']).toBe('Bearer realm="keyward"')
      })

      it.each<[string, Header[], string]>([
        ['a bad key', [['X-API-Key', 'nonsense']], 'invalid_token'],
        [
          'two keys',
          [
            ['X-API-Key', 'nonsense'],
            ['Authorization', 'Bearer nonsense'],
          ],
          'invalid_request',
        ],
        [
          'a key twice',
          [
            ['X-API-Key', 'nonsense'],
            ['X-API-Key', 'nonsense'],
          ],
          'invalid_request',
        ],
      ])('for %s is 401 with the reason', async (_, headers, error) => {
        const answer = await ask('/api/rest/things', { headers })

        expect(answer.status).toBe(401)
        expect(answer.headers['www-authenticate']).toContain(`error="${error}"`)
      })

      it('for two good keys is 401', async () => {
        const { status } = await as(reader, '/api/rest/things', {
          headers: [['Authorization', `Bearer ${writer.token}`]],
        })

        expect(status).toBe(401)
        expect(api.seen).toEqual([])
      })

      it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
        'for the scope of a %s is 403 with what is needed',
        async (method) => {
          const { status, headers } = await as(reader, '/api/rest/things', { method })

          expect(status).toBe(403)
          expect(headers['www-authenticate']).toContain('error="insufficient_scope", scope="write"')
        },
      )

      it('for want of a route is 403', async () => {
        const { status, headers } = await as(writer, '/api/elsewhere')

        expect(status).toBe(403)
        expect(headers['www-authenticate']).toBeUndefined()
      })

      it.each(['/api/rest/things', '/reports/'])('for a key of another environment is 401 at %s', async (path) => {
        expect((await as(stranger, path)).status).toBe(401)
      })

      it.each([
        '/api/rest/things/../../custom/query',
        '/api/rest/things/%2e%2e/%2e%2e/custom/query',
        '/api/rest/..%2fcustom/query',
        '/api/rest//things',
        '/api/rest/things;a=b',
        '/api/rest/things%252f',
        '/api/rest/things%5c',
        '/api/rest/things#/../../custom/query',
        '/reports/../api/custom/query',
        '/reports/%2e%2e/api/custom/query',
        '/reports/..%2fapi/custom/query',
        '/reports/%252e%252e/api/custom/query',
        '/reports//../api/custom/query',
        '/reports/;/../api/custom/query',
      ])('for the path %s, which two servers could read as two things, does not reach the API', async (path) => {
        const { status } = await as(writer, path)

        expect([400, 403]).toContain(status)
        expect(api.seen).toEqual([])
      })

      it.each([
        ['cannot find out', 'atALoss'],
        ['does not answer in time', 'waiting'],
        ['cannot be reached', 'alone'],
      ] as const)('because Keyward %s is 503, and not 500 or 200', async (_, site) => {
        const { status, headers } = await send(`${urls[site]}/api/rest/things`, {
          headers: [['X-API-Key', reader.token]],
        })

        expect(status).toBe(503)
        expect(headers['retry-after']).toBe('1')
        expect(api.seen).toEqual([])
      })
    })

    describe('what a client says of itself', () => {
      it.each(CLAIMS)('as %s, is not what the API reads', async (name) => {
        const { status } = await as(writer, '/api/rest/things', { headers: [[name, 'admin']] })

        expect(status).toBe(200)
        expect(identityIn(api.last())).toEqual(writerAsRead())
      })

      it('as one header in two spellings, is not either', async () => {
        const { status } = await as(writer, '/api/rest/things', {
          headers: [
            ['X_Keyward_Owner_Id', 'admin'],
            ['X_Keyward_Owner-Id', ''],
            ['X-Keyward-Owner-Id', 'admin'],
            ['X-Keyward-Owner-Id', 'root'],
          ],
        })

        expect(status).toBe(200)
        expect(identityIn(api.last())).toEqual(writerAsRead())
      })

      it.each(CONNECTIONS)(
        `named in Connection: %s, ${namedInConnection}, and takes nothing from what the API reads`,
        async (...values) => {
          const { status } = await as(writer, '/api/rest/things', {
            headers: values.map((value): Header => ['Connection', value]),
          })

          expect(status).toBe(namedInConnection === 'passes' ? 200 : 400)
          expect(api.seen.map(identityIn)).toEqual(namedInConnection === 'passes' ? [writerAsRead()] : [])
          expect(api.seen.map((received) => readLoosely(received, 'Connection')).join()).not.toMatch(/keyward/i)
        },
      )

      it.each(['close', 'keep-alive', 'TE, close', 'keep-alive, Upgrade'])(
        'in an ordinary Connection: %s, hinders nothing',
        async (value) => {
          expect((await as(writer, '/api/rest/things', { headers: [['Connection', value]] })).status).toBe(200)
        },
      )

      it('does not choose which request or which scopes Keyward is asked about', async () => {
        const { status } = await as(reader, '/api/rest/things?scopes=read', {
          method: 'POST',
          headers: [
            ['X-Forwarded-Method', 'GET'],
            ['X-Forwarded-Uri', '/api/rest/things'],
          ],
        })

        expect(status).toBe(403)
        expect(api.seen).toEqual([])
      })

      it('is not what Keyward is asked about', async () => {
        lost.asked.length = 0

        await send(`${urls.atALoss}/api/rest/things?limit=2`, {
          method: 'DELETE',
          headers: [
            ['X-API-Key', reader.token],
            ['X-Forwarded-Method', 'GET'],
            ['X-Forwarded-Uri', '/api/mine'],
            ['X-Forwarded-Host', 'mine.example.com'],
            ['X-Forwarded-Proto', 'https'],
            ['X-Forwarded-For', '203.0.113.9'],
          ],
        })

        expect(lost.asked).toEqual([
          expect.objectContaining({
            'x-api-key': reader.token,
            'x-forwarded-method': 'DELETE',
            'x-forwarded-uri': expect.stringMatching(/^\/api\/rest\/things(\?limit=2)?$/),
            'x-forwarded-host': new URL(urls.atALoss).host,
            'x-forwarded-proto': 'http',
            'x-forwarded-for': '127.0.0.1',
          }),
        ])
      })

      it('does not choose it by what Connection names', async () => {
        const headers: Header[] = [['Connection', 'close, X-Forwarded-Method, X-Forwarded-Uri']]

        const { status } = await as(reader, '/api/rest/things', { method: 'POST', headers })

        expect(status).toBe(namedInConnection === 'passes' ? 403 : 400)
      })

      it.each(OVERRIDES)('as %s, does not make the API do something else than was judged', async (name) => {
        const { status } = await as(reader, '/api/rest/things', { headers: [[name, '/api/custom/query']] })

        expect(status).toBe(200)
        expect(readLoosely(api.last(), name)).toBe('')
      })
    })

    describe('a web page', () => {
      const preflight = (origin: string, path = '/api/rest/things') =>
        ask(path, {
          method: 'OPTIONS',
          headers: [
            ['Origin', origin],
            ['Access-Control-Request-Method', 'POST'],
            ['Access-Control-Request-Headers', 'authorization'],
          ],
        })

      it.each(['/api/rest/things', '/api/rest/things?scopes=read', '/reports/today'])(
        'of an origin that is let in has its preflight for %s answered by Keyward',
        async (path) => {
          const { status, headers } = await preflight(PAGE, path)

          expect(status).toBe(204)
          expect(headers).toMatchObject({
            'access-control-allow-origin': PAGE,
            'access-control-allow-methods': 'POST',
            'access-control-allow-headers': 'authorization',
          })
          expect(api.seen).toEqual([])
        },
      )

      it('of any other origin has its preflight refused', async () => {
        const { status, headers } = await preflight('https://nobody.example.com')

        expect(status).toBe(403)
        expect(headers['access-control-allow-origin']).toBeUndefined()
      })

      it.each<[number, string, () => Key]>([
        [200, '/api/rest/things', () => reader],
        [403, '/reports/today', () => reader],
        [401, '/api/rest/things', () => stranger],
      ])('of an origin that is let in may read the answer of status %i', async (expected, path, keyOf) => {
        const { status, headers } = await as(keyOf(), path, { headers: [['Origin', PAGE]] })

        expect(status).toBe(expected)
        expect(headers['access-control-allow-origin']).toBe(PAGE)
        expect(headers.vary).toMatch(/\bOrigin\b/i)
      })

      it('of any other origin is refused with a good key', async () => {
        const { status } = await as(reader, '/api/rest/things', { headers: [['Origin', 'https://nobody.example.com']] })

        expect(status).toBe(403)
        expect(api.seen).toEqual([])
      })
    })

    it('does not answer Keyward’s own paths to the outside', async () => {
      for (const path of ['/forward-auth?scopes=read', '/_keyward', '/v1/whoami', '/console', '/healthz']) {
        const { body } = await as(writer, path)

        expect(body).not.toMatch(/keyward/i)
      }
      expect(api.seen).toEqual([])
    })
  })
}

const CONNECTIONS: [string, ...string[]][] = [
  ...IDENTITY.map((name): [string] => [`close, ${name}`]),
  ['X-Keyward-Owner-Id'],
  ['keep-alive,\tx-keyward-scopes'],
  ['close', 'X-KEYWARD-SCOPES'],
  ['X-Request-Id'],
]

const TOMORROW = new Date(Date.now() + 86_400_000).toISOString()

const PAGE = 'https://app.example.com'
