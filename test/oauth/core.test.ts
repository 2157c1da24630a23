// `/core/*`: the front door for access tokens. What holds at `/api/*` for keys holds here, and neither opens the other.
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { flakyLedger } from '../support/broken-bindings.ts'
import { ORIGIN } from '../support/client.ts'
import { aCaller, anotherIsolate } from '../support/factory.ts'
import { aClientWithToken, anAccessToken, type Credential } from '../support/oauth.ts'
import { type Asked, aDoor, askDoor, type Door } from '../support/upstream.ts'

let door: Door
let client: Credential & { token: string }
beforeAll(async () => {
  door = await aDoor({
    routes: [
      { path: '/api/rest/*', methods: ['GET', 'POST'], scopes: ['read'] },
      { path: '/api/admin', scopes: ['read', 'write'] },
      { path: '/api/search', rerank: true },
    ],
  })
  client = await aClientWithToken(door.deps, { environment: door.environment })
})

beforeEach(() => {
  door.upstream.seen.length = 0
  vi.spyOn(console, 'warn').mockReturnValue()
})

const ask = (path: string, asked: Asked = {}) => askDoor(door.deps, path, { token: client.token, ...asked })
const INVALID_TOKEN = 'Bearer realm="keyward", error="invalid_token"'
/** RFC 9728 §5.1: at /core alone. */
const METADATA = `resource_metadata="${ORIGIN}/.well-known/oauth-protected-resource/core"`

describe('a good access token', () => {
  it.each(['Bearer', 'bearer', 'BEARER'])('is let through by %s', async (scheme) => {
    const answer = await ask('/core/rest/x?a=1', {
      token: null,
      headers: { Authorization: `${scheme} ${client.token}` },
    })

    expect(answer).toMatchObject({ status: 200, body: 'from upstream' })
    expect(door.passed().url).toBe('https://upstream.test/core/rest/x?a=1')
  })

  it('tells the upstream which client it is, and no key', async () => {
    const spoofed = { 'X-Keyward-Key-Id': 'key_x', 'X-Keyward-Client-Id': 'cred_x', x_keyward_client_id: 'cred_y' }

    await ask('/core/rest/x', { headers: spoofed })

    const headers = Object.fromEntries(door.passed().headers)
    expect(headers).toMatchObject({
      'x-keyward-client-id': client.clientId,
      'x-keyward-environment-id': door.environment.id,
      'x-keyward-scopes': 'read write',
    })
    expect(Object.keys(headers)).not.toContain('x-keyward-key-id')
    expect(JSON.stringify(headers)).not.toContain('cred_y')
  })

  it('goes no further than here, in any header, query or cookie', async () => {
    const { token } = client
    const headers = { Cookie: `a=${token}; b=1`, Referer: `https://a.test/?k=${token}`, 'X-Copy': token }

    await ask(`/core/rest/x?k=${token}&a=1`, { headers })

    const { url, headers: passed } = door.passed()
    expect(JSON.stringify([url, [...passed]])).not.toContain(token)
    expect(JSON.stringify([url, [...passed]])).not.toContain(token.split('.')[2])
  })

  it('is 400 in the path, where it cannot be taken out', async () => {
    expect(await ask(`/core/rest/${client.token}`)).toMatchObject({ status: 400 })
    expect(door.upstream.seen).toEqual([])
  })

  it('is asked for the scopes of the route', async () => {
    const token = await anAccessToken(door.deps, client, { scopes: ['read'] })

    const answer = await ask('/core/admin', { token })

    expect(answer).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } })
    expect(answer.headers.get('WWW-Authenticate')).toBe(
      `Bearer realm="keyward", error="insufficient_scope", scope="read write", ${METADATA}`,
    )
    expect(await ask('/core/admin')).toMatchObject({ status: 200 })
  })

  it('finds the routes of /api, and no others', async () => {
    expect(await ask('/core/nowhere')).toMatchObject({ status: 404 })
    expect(await ask('/core')).toMatchObject({ status: 404 })
    expect(await ask('/core/rest/x', { method: 'DELETE' })).toMatchObject({ status: 404 })
    expect(await ask('/core/api/rest/x')).toMatchObject({ status: 404 })
  })

  it('chooses its reranking itself', async () => {
    const query = '?context_id=home&surface=search&rerank_mode=aggressive&rerank_depth=900'

    await ask(`/core/search${query}`)

    expect(new URL(door.passed().url).search).toBe(query)
  })

  it('opens nothing at /api, by any header', async () => {
    const answers = [
      await ask('/api/rest/x'),
      await ask('/api/rest/x', { token: null, headers: { 'X-API-Key': client.token } }),
    ]

    for (const answer of answers) {
      expect(answer.status).toBe(401)
      expect(answer.headers.get('WWW-Authenticate')).toBe(INVALID_TOKEN)
    }
    expect(door.upstream.seen).toEqual([])
  })

  it('is no credential of whoami or of the management API', async () => {
    expect(await ask('/v1/whoami')).toMatchObject({ status: 401 })
    expect(await ask('/v1/projects')).toMatchObject({ status: 401 })
  })
})

describe('at /core', () => {
  const credentials: [string, () => Promise<Asked> | Asked][] = [
    ['an API key', () => ({ token: door.token })],
    ['a client secret', () => ({ token: client.clientSecret })],
    ['a client id', () => ({ token: client.clientId })],
    ['the root key', () => ({ token: door.deps.config.rootKey })],
    ['an API key by X-API-Key', () => ({ token: null, headers: { 'X-API-Key': door.token } })],
    ['an access token by X-API-Key', () => ({ token: null, headers: { 'X-API-Key': client.token } })],
    ['a changed access token', () => ({ token: `${client.token.slice(0, -3)}AAA` })],
    [
      'an access token of a revoked credential',
      async () => {
        const revoked = await aClientWithToken(door.deps, { environment: door.environment })
        await revokeKey(door.deps, aCaller(), revoked.clientId, {})
        return { token: revoked.token }
      },
    ],
    ['garbage', () => ({ token: 'garbage' })],
    ['64 KiB', () => ({ token: 'a'.repeat(65_536) })],
  ]

  it.each(credentials)('%s is refused with the same bytes as any other', async (_, asked) => {
    const comparable = async (each: Asked) => {
      const { status, headers, body } = await ask('/core/rest/x', each)
      return JSON.stringify([
        status,
        [...headers].filter(([name]) => name !== 'x-request-id'),
        { ...body, requestId: '' },
      ])
    }

    const refused = await comparable(await asked())

    expect(refused).toBe(await comparable({ token: 'nsl_x' }))
    expect(refused).toContain('invalid_token')
    expect(refused).toContain('The access token is not valid.')
    expect(JSON.parse(refused)[0]).toBe(401)
    expect(door.upstream.seen).toEqual([])
  })

  it('no credential is 401 without an error, and Basic is none', async () => {
    for (const headers of [{}, { Authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` }]) {
      const answer = await ask('/core/rest/x', { token: null, headers })

      expect(answer).toMatchObject({ status: 401, body: { detail: expect.stringContaining('Send an access token') } })
      expect(answer.body.detail).not.toMatch(/API key|X-API-Key/)
      expect(answer.headers.get('WWW-Authenticate')).toBe(`Bearer realm="keyward", ${METADATA}`)
    }
  })

  it('a token in the query or the body is none (RFC 6750 §2.2 and §2.3 are not offered)', async () => {
    const { token } = client

    const answers = [
      await ask(`/core/rest/x?access_token=${token}`, { token: null }),
      await ask('/core/rest/x', {
        token: null,
        method: 'POST',
        body: `access_token=${token}`,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      }),
    ]

    for (const answer of answers) {
      expect(answer.headers.get('WWW-Authenticate')).toBe(`Bearer realm="keyward", ${METADATA}`)
    }
  })

  it.each<[string, (token: string) => [string, string][]]>([
    [
      'two Authorization headers',
      (token) => [
        ['Authorization', `Bearer ${token}`],
        ['Authorization', `Bearer ${token}`],
      ],
    ],
    [
      'Authorization and X-API-Key',
      (token) => [
        ['Authorization', `Bearer ${token}`],
        ['X-API-Key', token],
      ],
    ],
  ])('%s are 400', async (_, headers) => {
    const answer = await ask('/core/rest/x', { token: null, headers: headers(client.token) })

    expect(answer.status).toBe(400)
    expect(answer.headers.get('WWW-Authenticate')).toBe(`Bearer realm="keyward", error="invalid_request", ${METADATA}`)
  })

  it('a client is sent to the metadata of the issuer that was configured', async () => {
    const fixed = { ...door.deps, config: { ...door.deps.config, issuer: 'https://keys.example.com' } }

    const { headers } = await askDoor(fixed, '/core/rest/x', {})

    expect(headers.get('WWW-Authenticate')).toBe(
      'Bearer realm="keyward", resource_metadata="https://keys.example.com/.well-known/oauth-protected-resource/core"',
    )
  })

  it('and nowhere else, a client is sent to metadata: API keys are not issued to clients', async () => {
    expect((await ask('/api/rest/x', { token: null })).headers.get('WWW-Authenticate')).toBe('Bearer realm="keyward"')
  })

  it('what nobody knows is 503, and never 401 or 200', async () => {
    const silent = { ...anotherIsolate(door.deps), ledger: flakyLedger(door.deps.ledger, { down: true }) }

    const answer = await askDoor(silent, '/core/rest/x', { token: client.token })

    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(answer.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)
    expect(door.upstream.seen).toEqual([])
  })

  it('pages are refused as at /api', async () => {
    expect(await ask('/core/rest/x', { headers: { Origin: 'https://page.test' } })).toMatchObject({
      status: 403,
      body: { code: 'browser_not_allowed' },
    })
  })

  it('paths that servers read in different ways are refused as at /api', async () => {
    for (const path of ['/core//rest/x', '/core/rest/x%2fy', '/core/rest/x;y']) {
      expect(await ask(path)).toMatchObject({ status: 400 })
    }
  })
})

describe('/forward-auth', () => {
  it('asks for an access token at /core', async () => {
    const headers = { 'X-Forwarded-Method': 'GET', 'X-Forwarded-Uri': '/core/rest/x' }

    const { status, body } = await ask('/forward-auth', { token: null, headers })

    expect({ status, detail: body.detail }).toMatchObject({
      status: 401,
      detail: expect.stringContaining('Send an access token'),
    })
  })

  const forwarded = (uri: string, asked: Asked = {}) =>
    ask('/forward-auth', {
      ...asked,
      headers: { 'X-Forwarded-Method': 'GET', 'X-Forwarded-Uri': uri, ...(asked.headers as Record<string, string>) },
    })

  it('takes an access token under /core and a key under /api', async () => {
    const answer = await forwarded('/core/rest/x')

    expect(answer.status).toBe(200)
    expect(answer.headers.get('X-Keyward-Client-Id')).toBe(client.clientId)
    expect(answer.headers.get('X-Keyward-Key-Id')).toBe('')
    expect(await forwarded('/api/rest/x')).toMatchObject({ status: 401 })
    expect(await forwarded('/core/rest/x', { token: door.token })).toMatchObject({ status: 401 })
    expect(await forwarded('/api/rest/x', { token: door.token })).toMatchObject({ status: 200 })
  })

  it('takes either kind where only scopes are asked for', async () => {
    expect(await ask('/forward-auth?scopes=read')).toMatchObject({ status: 200 })
    expect(await ask('/forward-auth?scopes=read', { token: door.token })).toMatchObject({ status: 200 })
  })

  it('refuses an access token by X-API-Key, as the front door does', async () => {
    const byKeyHeader = { token: null, headers: { 'X-API-Key': client.token } }

    expect(await forwarded('/core/rest/x', byKeyHeader)).toMatchObject({ status: 401 })
    expect(await ask('/forward-auth?scopes=read', byKeyHeader)).toMatchObject({ status: 401 })
  })
})
