// What an upstream is told, and what it is never told, whatever the client sends.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ORIGIN } from '../support/client.ts'
import { aDoor, askDoor, type Door } from '../support/upstream.ts'

let door: Door
beforeAll(async () => {
  door = await aDoor({ key: { ownerId: 'customer-42' } })
})
beforeEach(() => {
  door.upstream.seen.length = 0
})

/** The headers the upstream got, by their names in lower case. */
async function passedHeaders(headers: Record<string, string> | [string, string][], path = '/api/x') {
  const answer = await door.ask(path, { headers })
  expect(answer.status).toBe(200)
  return Object.fromEntries(door.passed().headers)
}

/** All that the upstream can read of the request but its body. */
const allOf = ({ url, method, headers }: Request) => JSON.stringify([url, method, [...headers]])

const encodedAll = (text: string) =>
  [...text].map((letter) => `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')

describe('the credential', () => {
  it.each<[string, (token: string) => Record<string, string>]>([
    ['Authorization', (token) => ({ Authorization: `Bearer ${token}` })],
    ['Authorization in another case', (token) => ({ authorization: `bearer ${token}` })],
    ['X-API-Key', (token) => ({ 'X-API-Key': token })],
  ])('is gone from %s', async (_, headers) => {
    await door.ask('/api/x', { token: null, headers: headers(door.token) })

    const request = door.passed()
    expect(request.headers.has('Authorization')).toBe(false)
    expect(request.headers.has('X-API-Key')).toBe(false)
    expect(allOf(request)).not.toContain(door.token)
  })

  it.each<[string, (token: string) => Record<string, string>]>([
    ['another header', (token) => ({ 'X-Auth': token })],
    ['the middle of a header', (token) => ({ 'X-Debug': `key=${token}; more` })],
    ['Referer', (token) => ({ Referer: `https://a.test/?key=${token}` })],
    ['Proxy-Authorization', (token) => ({ 'Proxy-Authorization': `Bearer ${token}` })],
    ['a WebSocket protocol', (token) => ({ 'Sec-WebSocket-Protocol': `chat, ${token}` })],
    ['X_API_Key', (token) => ({ X_API_Key: token })],
    ['Via', (token) => ({ Via: `1.1 ${token}` })],
    ['where the request came from', (token) => ({ 'CF-Connecting-IP': token })],
    ['a Referer that encodes it', (token) => ({ Referer: `https://a.test/?key=${encodedAll(token)}` })],
    [
      'a Referer that encodes a part of it',
      (token) => ({ Referer: `https://a.test/?key=${token.replaceAll('_', '%5F')}` }),
    ],
  ])('is gone from %s', async (_, headers) => {
    await passedHeaders(headers(door.token))

    expect(decodeURIComponent(allOf(door.passed()))).not.toContain(door.token)
  })

  it.each<[string, (token: string) => string, string | undefined]>([
    ['the only one', (token) => `key=${token}`, undefined],
    ['one of several', (token) => `a=1; key=${token}; b=2`, 'a=1; b=2'],
    ['one in quotation marks', (token) => `a=1; key="${token}"`, 'a=1'],
    ['one that is encoded', (token) => `a=1; key=${encodedAll(token)}; b=2`, 'a=1; b=2'],
  ])('is gone from cookies, as %s', async (_, cookies, left) => {
    const headers = await passedHeaders({ Cookie: cookies(door.token) })

    expect(headers.cookie).toBe(left)
  })

  it.each<[string, (token: string) => string, string]>([
    ['the only parameter', (token) => `?api_key=${token}`, ''],
    ['one of several', (token) => `?a=1&key=${token}&b=2`, '?a=1&b=2'],
    ['a name', (token) => `?${token}&a=1`, '?a=1'],
    ['a part of a value', (token) => `?a=1&u=https://x.test/${token}/y`, '?a=1'],
    ['all encoded', (token) => `?a=1&key=${encodedAll(token)}`, '?a=1'],
    ['partly encoded', (token) => `?key=${token.replaceAll('_', '%5F')}&a=1`, '?a=1'],
    ['several copies', (token) => `?a=1&key=${token}&key=${token}`, '?a=1'],
  ])('is gone from the query, as %s', async (_, query, left) => {
    await passedHeaders({}, `/api/x${query(door.token)}`)

    expect(new URL(door.passed().url).search).toBe(left)
  })

  it('is not passed on in the path: the request is refused, or the key is gone from it', async () => {
    await door.ask(`/api/x/${door.token}`)

    expect(door.upstream.seen.map(({ url }) => url).join()).not.toContain(door.token)
  })
})

describe('whose request it is', () => {
  it('is told by the front door, whole', async () => {
    const headers = await passedHeaders({})

    expect(headers).toMatchObject({
      'x-keyward-key-id': door.key.id,
      'x-keyward-environment-id': door.environment.id,
      'x-keyward-project-id': door.environment.projectId,
      'x-keyward-owner-id': 'customer-42',
      'x-keyward-scopes': 'read',
    })
  })

  it.each([
    'X-Keyward-Key-Id',
    'x-keyward-key-id',
    'X-KEYWARD-SCOPES',
    'X-Keyward-Owner-Id',
    'X-Keyward-Role',
    'X-Keyward-',
    'X_Keyward_Key_Id',
    'X-Keyward_Key-Id',
    'x_keyward-owner_id',
    'X_KEYWARD_ADMIN',
  ])('is never told by the client, in %s', async (name) => {
    const headers = await passedHeaders([
      [name, 'spoofed'],
      [name, 'spoofed'],
    ])

    expect(JSON.stringify(headers)).not.toContain('spoofed')
  })

  it.each([
    'X-Keyward-Key-Id',
    'x-keyward-key-id, close',
    'close, X-Keyward-Scopes',
    'X-Forwarded-Host',
    'Via, X-Request-Id',
  ])('is told all the same when the client names it in Connection: %s', async (connection) => {
    const headers = await passedHeaders({ Connection: connection, 'X-Keyward-Key-Id': 'spoofed' })

    expect(headers).toMatchObject({
      'x-keyward-key-id': door.key.id,
      'x-keyward-scopes': 'read',
      'x-forwarded-host': new URL(ORIGIN).host,
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      via: '1.1 keyward',
    })
    expect(headers).not.toHaveProperty('connection')
  })

  it('has no owner when the key has none, whatever the client says', async () => {
    const other = await aDoor()

    await other.ask('/api/x', { headers: { 'X-Keyward-Owner-Id': 'admin' } })

    expect(other.passed().headers.has('X-Keyward-Owner-Id')).toBe(false)
  })

  it.each([
    ['Zoë Müller', 'Zo%C3%AB%20M%C3%BCller'],
    ['100%', '100%25'],
    ['%41dmin', '%2541dmin'],
    ['日本🎌', '%E6%97%A5%E6%9C%AC%F0%9F%8E%8C'],
    ['a, b; c="d"', undefined],
  ])('is told as visible ASCII that decodes to what the owner is called: %s', async (ownerId, expected) => {
    const other = await aDoor({ key: { ownerId } })

    await other.ask('/api/x')

    const header = other.passed().headers.get('X-Keyward-Owner-Id') ?? ''
    expect(header).toMatch(/^[!-~]+$/)
    expect(decodeURIComponent(header)).toBe(ownerId)
    if (expected !== undefined) expect(header).toBe(expected)
  })

  it('is told of a key without scopes as well', async () => {
    const other = await aDoor()
    const headers = { 'X-Keyward-Scopes': 'admin' }
    await askDoor(other.deps, '/api/x', { token: other.token, headers })

    expect(other.passed().headers.get('X-Keyward-Scopes')).toBe('read')
  })
})

describe('where a request comes from', () => {
  it('is told by the front door alone', async () => {
    const headers = await passedHeaders({
      'CF-Connecting-IP': '203.0.113.9',
      'X-Forwarded-For': '10.0.0.1',
      'X-Forwarded-Proto': 'spoofed',
      'X-Forwarded-Host': 'spoofed.test',
      'X-Forwarded-Port': '1',
      'X-Forwarded-Prefix': '/spoofed',
      X_Forwarded_For: '10.0.0.1',
      Forwarded: 'for=10.0.0.1;host=spoofed.test',
      'X-Real-IP': '10.0.0.1',
      X_Real_IP: '10.0.0.1',
      'X-Client-IP': '10.0.0.1',
      'True-Client-IP': '10.0.0.1',
    })

    expect(headers).toMatchObject({
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': new URL(ORIGIN).host,
    })
    expect(JSON.stringify(headers)).not.toMatch(/10\.0\.0\.1|spoofed/)
    expect(headers).not.toHaveProperty('x-forwarded-port')
  })

  it.each([
    'X-Forwarded',
    'X-Forwarded-By',
    'X-Forwarded-Client-Cert',
    'X-Forward-For',
    'HTTP_X_FORWARDED_FOR',
    'X-Original-Forwarded-For',
    'X-Original-Host',
    'X-Original-Proto',
    'X-Host',
    'X-HTTP-Host-Override',
    'X-Cluster-Client-IP',
    'X-Remote-IP',
    'X-Remote-Addr',
    'X-Originating-IP',
    'X-ProxyUser-IP',
    'Client-IP',
    'Proxy-Client-IP',
    'WL-Proxy-Client-IP',
    'X-Envoy-External-Address',
    'X-Envoy-Original-Path',
    'X-AppEngine-User-IP',
    'X-Azure-ClientIP',
    'X-Vercel-Forwarded-For',
    'X-NF-Client-Connection-IP',
    'Fastly-Client-IP',
    'Fly-Client-IP',
    'CloudFront-Viewer-Address',
    'CF-IPCountry',
    'CF-Visitor',
    'CF-Ray',
    'CF-Connecting-IPv6',
    'CF-Pseudo-IPv4',
    'Cf-Access-Authenticated-User-Email',
    'Cf-Access-Jwt-Assertion',
    'Front-End-Https',
    'X-Scheme',
    'Client-Cert',
    'SSL-Client-Verify',
    'X-SSL-Client-CN',
    'X-Remote-User',
    'X-Goog-Authenticated-User-Email',
    'X-MS-Client-Principal',
    'Keyward-Fragment',
    'Keyward-Cost',
  ])('is never told by the client, in %s or another spelling of it', async (name) => {
    const spellings = [
      name,
      name.toUpperCase(),
      name.replaceAll('-', '_'),
      name.replace('-', '_'),
      name.replace('-', '.'),
    ]

    const headers = await passedHeaders(spellings.map((spelling): [string, string] => [spelling, 'spoofed']))

    expect(JSON.stringify(headers)).not.toContain('spoofed')
  })

  it.each(['Forwarded-Message', 'X-Hosting', 'CFO', 'X-Client', 'X-Original', 'X-Schema'])(
    'is another thing than %s, which is passed on',
    async (name) => {
      expect((await passedHeaders({ [name]: 'kept' }))[name.toLowerCase()]).toBe('kept')
    },
  )

  it('has the country that the platform knows, whatever the client says', async () => {
    await door.ask('/api/x', { headers: { 'CF-IPCountry': 'DE' }, cf: { country: 'NZ' } })

    expect(door.passed().headers.get('CF-IPCountry')).toBe('NZ')
  })

  it('is not told where it is not known', async () => {
    const headers = await passedHeaders({ 'X-Forwarded-For': '10.0.0.1' })

    expect(headers).not.toHaveProperty('x-forwarded-for')
  })

  it('has the request id that the client is told, and not one of the client’s', async () => {
    const answer = await door.ask('/api/x', { headers: { 'X-Request-Id': 'mine' } })

    expect(answer.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(door.passed().headers.get('X-Request-Id')).toBe(answer.headers.get('X-Request-Id'))
  })
})

describe('the cookies of the console', () => {
  it.each([
    ['__Host-keyward=session', undefined],
    ['a=1; __Host-keyward=session; b=2', 'a=1; b=2'],
    ['a=1;__HOST-KEYWARD=session', 'a=1'],
    ['__Host-keyward-message=x; a=1', 'a=1'],
    ['keyward-theme=dark; Keyward-Sidebar=open; a=1', 'a=1'],
    ['__Secure-keyward=x; a=1', 'a=1'],
    ['=__Host-keyward=x; a=1', 'a=1'],
    ['__Host-keyward', undefined],
    ['b=2, __Host-keyward=x; a=1', 'a=1'],
    ['my-keyward=1; a=keyward; __Host-other=2', 'my-keyward=1; a=keyward; __Host-other=2'],
  ])('do not reach an upstream: %j arrives as %j', async (sent, expected) => {
    expect((await passedHeaders({ Cookie: sent })).cookie).toBe(expected)
  })
})

describe('the encodings that an upstream may answer in', () => {
  const asked = async (headers: Record<string, string>, cf: CfProperties = {}) => {
    await door.ask('/api/x', { headers, cf })
    return door.passed().headers.get('Accept-Encoding')
  }

  it.each(['gzip', 'br', 'gzip;q=0', 'identity', 'zstd, gzip;q=0.5', '*'])(
    'are those that the client said, where the platform replaced the header: %s',
    async (encoding) => {
      expect(await asked({ 'Accept-Encoding': 'br, gzip' }, { clientAcceptEncoding: encoding })).toBe(encoding)
    },
  )

  it('are none where the client said none', async () => {
    expect(await asked({ 'Accept-Encoding': 'br, gzip' }, { clientAcceptEncoding: '' })).toBe('identity')
  })

  it.each([[{}], [{ 'Accept-Encoding': '' }]])(
    'are none where a Worker that is bound to this one said none: %j',
    async (headers) => {
      expect(await asked(headers)).toBe('identity')
    },
  )

  it('are those that a Worker said that is bound to this one', async () => {
    expect(await asked({ 'Accept-Encoding': 'gzip' })).toBe('gzip')
  })
})

describe('an upstream', () => {
  it.each([
    'X-HTTP-Method',
    'X-HTTP-Method-Override',
    'X-Method-Override',
    'x_http_method_override',
    'X-Original-URL',
    'X-Original-URI',
    'X-Rewrite-URL',
    'X-Original-Method',
    'Proxy-Connection',
    'Keep-Alive',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'HTTP2-Settings',
    'Proxy-Authenticate',
    'Expect',
    'Connection',
    'Upgrade',
  ])('never sees %s', async (name) => {
    const headers = await passedHeaders({ [name]: 'h2c' })

    expect(JSON.stringify(headers)).not.toContain('h2c')
  })

  it('does not see what the client names in Connection, and nothing of Connection itself', async () => {
    const headers = await passedHeaders({
      Connection: 'close, X-Hop ,x-other',
      'X-Hop': '1',
      'X-Other': '2',
      'X-Kept': '3',
    })

    expect(headers).not.toHaveProperty('connection')
    expect(headers).not.toHaveProperty('x-hop')
    expect(headers).not.toHaveProperty('x-other')
    expect(headers).toMatchObject({ 'x-kept': '3' })
  })

  it('sees a header whose name is the key no more than one whose value is', async () => {
    await passedHeaders({ [door.token]: '1' })

    expect(allOf(door.passed()).toLowerCase()).not.toContain(door.token.toLowerCase())
  })

  it('sees through whom the request came, though the client names that in Connection', async () => {
    expect((await passedHeaders({ Connection: 'via', Via: '1.0 fred' })).via).toBe('1.0 fred, 1.1 keyward')
  })

  const MEMBERS = ['__proto__', 'constructor', 'toString']

  it('gets headers whose names are those of members of every object', async () => {
    await door.ask('/api/x', { headers: MEMBERS.map((name): [string, string] => [name, '1']) })

    for (const name of MEMBERS) expect(door.passed().headers.get(name)).toBe('1')
  })

  it('gets everything else as it was sent', async () => {
    const sent = {
      Accept: 'text/event-stream, */*;q=0.1',
      'Accept-Language': 'de',
      'Content-Language': 'de',
      Cookie: 'a=1; b="2"',
      'If-None-Match': 'W/"x"',
      Range: 'bytes=0-1',
      'User-Agent': 'curl/8',
      'X-Custom': 'a,  b',
      'X-Keywards': 'not ours',
      Traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    }

    const headers = await passedHeaders(sent)

    for (const [name, value] of Object.entries(sent)) expect(headers[name.toLowerCase()]).toBe(value)
  })

  it('gets repeated headers as one list', async () => {
    const headers = await passedHeaders([
      ['X-Many', 'a'],
      ['X-Many', 'b'],
    ])

    expect(headers['x-many']).toBe('a, b')
  })

  it('sees by whom the request was passed on, after those who did before', async () => {
    expect((await passedHeaders({ Via: '1.0 fred, 1.1 p.example' })).via).toBe('1.0 fred, 1.1 p.example, 1.1 keyward')
  })

  it.each(['1.1 keyward', 'HTTP/1.1 keyward', '1.0 fred, 1.1 keyward (Keyward), 1.1 other', '1.1   keyward'])(
    'that leads back to the front door is refused: Via %s',
    async (via) => {
      const answer = await door.ask('/api/x', { headers: { Via: via } })

      expect(answer).toMatchObject({ status: 502, body: { code: 'bad_gateway' } })
      expect(door.upstream.seen).toEqual([])
    },
  )

  it('that leads back to the front door is asked once, and the client hears of the loop', async () => {
    const loop: Door = await aDoor({
      answer: (request) => {
        const headers = [...request.headers].concat([['Authorization', `Bearer ${loop.token}`]]) as [string, string][]
        return askDoor(loop.deps, '/api/x', { headers }).then(({ status }) => new Response(null, { status }))
      },
    })

    expect((await loop.ask('/api/x')).status).toBe(502)
    expect(loop.upstream.seen).toHaveLength(1)
  })
})
