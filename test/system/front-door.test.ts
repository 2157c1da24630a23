// The front door over real sockets: what streams, what breaks off, and what no two servers may read in different ways.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { connect } from 'node:net'
import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { localRootKey } from '../../scripts/root-key.ts'
import { bodyOf, type RawUpstream, startRawUpstream } from '../support/raw-upstream.ts'

const PAGE = 'https://app.example.com'

const server = inject('server')
let upstream: RawUpstream
let token: string

beforeAll(async () => {
  upstream = await startRawUpstream()
  token = await aKeyForEverything()
})
afterAll(async () => {
  await upstream?.stop()
})
beforeEach(() => {
  upstream.seen.length = 0
})

async function manage(method: string, path: string, body: object): Promise<{ id: string; token: string }> {
  const headers = { Authorization: `Bearer ${localRootKey()}`, 'Content-Type': 'application/json' }
  const response = await fetch(`${server.url}${path}`, { method, headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as { id: string; token: string } // of what is created, either or both
}

async function aKeyForEverything(): Promise<string> {
  const project = await manage('POST', '/v1/projects', { name: 'Sockets' })
  const body = { name: 'Live', tag: 'live', template: 'data-api' }
  const { id } = await manage('POST', `/v1/projects/${project.id}/environments`, body)
  await manage('PATCH', `/v1/environments/${id}`, { browserOrigins: [PAGE] })
  const route = { methods: ['*'], path: '/api/*', scopes: [], upstream: { url: upstream.url } }
  await manage('PUT', `/v1/environments/${id}/routes`, {
    routes: [
      route,
      { ...route, path: '/api/socket/*', webSocket: true },
      { ...route, path: '/api/slow', timeoutMs: 300 },
      { ...route, path: '/api/nobody', upstream: { url: 'http://127.0.0.1:1' } },
    ],
  })
  return (await manage('POST', `/v1/environments/${id}/keys`, { name: 'x', scopes: ['read'] })).token
}

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`${server.url}${path}`, {
    redirect: 'manual',
    ...init,
    headers: { Authorization: `Bearer ${token}`, ...init.headers },
  })

/** A request that the test writes the body of, bit by bit. */
const open = (path: string, options: RequestOptions) =>
  httpRequest(`${server.url}${path}`, { ...options, headers: { Authorization: `Bearer ${token}`, ...options.headers } })

const answerTo = async (request: ClientRequest): Promise<IncomingMessage> => (await once(request, 'response'))[0]

/** The next request to the path that the upstream gets, before it is answered. */
const arrival = (path: string) =>
  new Promise<Parameters<Parameters<RawUpstream['on']>[1]>>((resolve) => upstream.on(path, (...both) => resolve(both)))

const host = () => `Host: ${new URL(server.url).host}`
const key = () => `Authorization: Bearer ${token}`

const TEXT = 'hello '.repeat(1000)
const MEBIBYTE = 1024 * 1024

describe('an upload of 50 MB', () => {
  it.each([
    ['with its length', { 'Content-Length': String(50 * MEBIBYTE) }],
    ['in chunks', { 'Transfer-Encoding': 'chunked' }],
  ])('%s reaches the upstream whole, its beginning before its end is sent', async (_, headers) => {
    const arriving = arrival('/api/upload')
    const client = open('/api/upload', { method: 'POST', headers })
    const piece = Buffer.alloc(MEBIBYTE, 'keyward!')
    const sent = createHash('sha256')
    const send = async () => {
      sent.update(piece)
      if (!client.write(piece)) await once(client, 'drain')
    }

    await send()
    const [request, response] = await arriving
    const received = createHash('sha256')
    let bytes = 0
    request.on('data', (data: Buffer) => {
      received.update(data)
      bytes += data.length
    })
    await once(request, 'data')
    for (let at = 1; at < 50; at += 1) await send()
    client.end()
    await once(request, 'end')
    response.end('done')

    expect((await answerTo(client)).statusCode).toBe(200)
    expect(bytes).toBe(50 * MEBIBYTE)
    expect(received.digest('hex')).toBe(sent.digest('hex'))
    expect(request.headers['content-length']).toBe(headers['Content-Length' as keyof typeof headers])
  })

  it('with its own encoding is not decoded on the way', async () => {
    const packed = gzipSync('hello')
    let arrived: Buffer | undefined
    upstream.on('/api/packed', async (request, response) => {
      arrived = await bodyOf(request)
      response.end()
    })

    await ask('/api/packed', { method: 'POST', body: packed, headers: { 'Content-Encoding': 'gzip' } })

    expect(arrived).toEqual(packed)
  })
})

describe('an answer', () => {
  it('of events reaches the client one by one', async () => {
    const arriving = arrival('/api/events')
    const answering = ask('/api/events')
    const [, response] = await arriving
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })

    response.write('data: 1\n\n')
    const reader = (await answering).body?.getReader()
    expect(await nextText(reader)).toBe('data: 1\n\n')
    response.write('data: 2\n\n')
    expect(await nextText(reader)).toBe('data: 2\n\n')
    response.end()
    expect((await reader?.read())?.done).toBe(true)
  })

  it('that redirects to itself is passed on and not followed', async () => {
    upstream.on('/api/round', (_, response) => response.writeHead(302, { Location: '/api/round' }).end())

    const response = await ask('/api/round')

    expect(response.status).toBe(302)
    expect(response.headers.get('Location')).toBe('/api/round')
    expect(upstream.seen).toHaveLength(1)
  })

  it('to GET is had as well when the client tells that it sends nothing', async () => {
    upstream.on('/api/nothing', (request, response) => response.end(request.headers['content-length'] ?? 'none'))
    const client = open('/api/nothing', { method: 'GET', headers: { 'Content-Length': '0' } })
    client.end()

    const answer = await answerTo(client)

    expect(answer.statusCode).toBe(200)
    expect((await bodyOf(answer)).toString()).toBe('none')
  })

  it('to HEAD tells the length that GET would have', async () => {
    upstream.on('/api/sized', (_, response) => response.writeHead(200, { 'Content-Length': '12' }).end())

    const response = await ask('/api/sized', { method: 'HEAD' })

    expect(response.headers.get('Content-Length')).toBe('12')
  })

  it.each<[string, (text: string) => Buffer]>([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('in %s, which the client asked for, is passed on as it was packed', async (encoding, pack) => {
    const packed = pack('hello '.repeat(1000))
    upstream.on('/api/packed', (request, response) => {
      response
        .writeHead(200, { 'Content-Encoding': encoding, 'X-Asked': request.headers['accept-encoding'] })
        .end(packed)
    })
    const client = open('/api/packed', { method: 'GET', headers: { 'Accept-Encoding': encoding } })
    client.end()

    const answer = await answerTo(client)

    expect(answer.headers).toMatchObject({ 'content-encoding': encoding, 'x-asked': encoding })
    expect(await bodyOf(answer)).toEqual(packed)
  })

  describe.each(['GET', 'HEAD'])('to %s', (method) => {
    it.each<[string, string[], string, string | undefined]>([
      ['no encoding', [], 'identity', undefined],
      ['an empty list', ['Accept-Encoding:'], 'identity', undefined],
      ['identity', ['Accept-Encoding: identity'], 'identity', undefined],
      ['gzip', ['Accept-Encoding: gzip'], 'gzip', 'gzip'],
      ['no gzip', ['Accept-Encoding: gzip;q=0'], 'gzip;q=0', undefined],
      ['brotli', ['Accept-Encoding: br'], 'br', 'br'],
      [
        'gzip, or else nothing',
        ['Accept-Encoding: gzip, identity;q=0.5, *;q=0'],
        'gzip, identity;q=0.5, *;q=0',
        'gzip',
      ],
    ])('can be read by a client that says %s', async (_, headers, asked, encoding) => {
      upstream.on('/api/negotiated', (request, response) => {
        const heard = request.headers['accept-encoding'] ?? 'nothing'
        const chosen = ['br', 'gzip'].find((name) => heard.split(/, */).includes(name))
        const body = chosen === 'br' ? brotliCompressSync(TEXT) : chosen === 'gzip' ? gzipSync(TEXT) : Buffer.from(TEXT)
        const coded = chosen === undefined ? {} : { 'Content-Encoding': chosen }
        response.writeHead(200, { ...coded, Vary: 'Accept-Encoding', 'X-Asked': heard, 'Content-Length': body.length })
        response.end(request.method === 'HEAD' ? undefined : body)
      })

      const heard = await raw([`${method} /api/negotiated HTTP/1.1`, host(), key(), 'Connection: close', ...headers])

      const { fields, body } = readAnswer(heard)
      expect(fields).toMatchObject({ 'x-asked': asked, vary: 'Accept-Encoding' })
      expect(fields['content-encoding']).toBe(encoding)
      const unpack =
        encoding === 'br' ? brotliDecompressSync : encoding === 'gzip' ? gunzipSync : (bytes: Buffer) => bytes
      expect(method === 'HEAD' ? body.length : unpack(body).toString()).toBe(method === 'HEAD' ? 0 : TEXT)
    })
  })

  it.each(['gzip', undefined])(
    'for a range is the part of the representation in its encoding: %s',
    async (encoding) => {
      const whole = encoding === undefined ? Buffer.from(TEXT) : gzipSync(TEXT)
      const part = whole.subarray(3, 9)
      upstream.on('/api/ranged', (request, response) => {
        const coded = encoding === undefined ? {} : { 'Content-Encoding': encoding }
        response.writeHead(206, {
          ...coded,
          'Accept-Ranges': 'bytes',
          'Content-Range': `bytes 3-8/${whole.length}`,
          'Content-Length': part.length,
          'X-Range': request.headers.range,
        })
        response.end(part)
      })
      const accepted = encoding === undefined ? [] : [`Accept-Encoding: ${encoding}`]

      const heard = await raw([
        'GET /api/ranged HTTP/1.1',
        host(),
        key(),
        'Range: bytes=3-8',
        'Connection: close',
        ...accepted,
      ])

      const { status, fields, body } = readAnswer(heard)
      expect(status).toBe(206)
      expect(fields).toMatchObject({
        'accept-ranges': 'bytes',
        'content-range': `bytes 3-8/${whole.length}`,
        'x-range': 'bytes=3-8',
      })
      expect(fields['content-encoding']).toBe(encoding)
      expect(body).toEqual(part)
    },
  )

  it.each<[string, (text: string) => Buffer]>([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['deflate', deflateSync],
  ])('in %s, for which nobody asked, is what its Content-Encoding says', async (encoding, pack) => {
    upstream.on('/api/packed', (_, response) => {
      response.writeHead(200, { 'Content-Encoding': encoding }).end(pack('hello'))
    })
    const client = open('/api/packed', { method: 'GET' })
    client.end()

    const answer = await answerTo(client)

    const expected = answer.headers['content-encoding'] === encoding ? pack('hello') : Buffer.from('hello')
    expect(await bodyOf(answer)).toEqual(expected)
  })

  it.each<[string, string]>([
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])('with %s that breaks off is an error for the client, and not a short answer', async (_, text) => {
    upstream.on('/api/short', ({ socket }) => {
      socket.write(text)
      setTimeout(() => socket.destroy(), 100)
    })

    await expect(ask('/api/short').then((response) => response.text())).rejects.toThrow()
  })

  it.each<[string, string]>([
    ['is no HTTP', 'hello, this is no HTTP\r\n\r\n'],
    ['is empty', ''],
    ['has a status of four digits', 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n'],
    ['has a status that is none', 'HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n'],
    ['has a header without a colon', 'HTTP/1.1 200 OK\r\nX-A b\r\nContent-Length: 0\r\n\r\n'],
    ['has a NUL in a header', 'HTTP/1.1 200 OK\r\nX-A: \0\r\nContent-Length: 0\r\n\r\n'],
    ['has two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    [
      'upgrades to what nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
    ],
  ])('that %s is 502', async (_, text) => {
    upstream.on('/api/garbage', ({ socket }) => socket.end(text))

    const response = await ask('/api/garbage')

    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status: 502,
      body: { code: 'bad_gateway' },
    })
  })

  it('that is late is 504, and is waited for no longer', async () => {
    const arriving = arrival('/api/slow')
    const answering = ask('/api/slow')
    const [, late] = await arriving

    const closed = once(late, 'close')

    expect((await answering).status).toBe(504)
    await closed
  })

  it('of nobody is 502', async () => {
    expect((await ask('/api/nobody')).status).toBe(502)
  })
})

describe('a client that goes', () => {
  it('closes the connection to an upstream in the middle of its answer', async () => {
    const arriving = arrival('/api/endless')
    const client = open('/api/endless', { method: 'GET' })
    client.on('error', () => {})
    client.end()
    const [, response] = await arriving
    response.write('first')
    const closed = once(response, 'close')
    const answer = await answerTo(client)
    answer.on('error', () => {})
    await once(answer, 'data')

    client.destroy()
    const writing = setInterval(() => response.write('more'), 50)

    await closed
    clearInterval(writing)
    expect(response.writableFinished).toBe(false)
  })
})

describe('a WebSocket', () => {
  const HANDSHAKE = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': Buffer.from('0123456789abcdef').toString('base64'),
  }
  const handshake = (path: string, headers = {}) => {
    const client = open(path, { headers: { ...HANDSHAKE, ...headers } })
    client.end()
    return client
  }
  /** The socket, once it is open; fails with the answer when it is refused. */
  const opened = async (client: ClientRequest) => {
    const refused = answerTo(client).then(async (answer) => {
      throw new Error(`${answer.statusCode} ${await bodyOf(answer)}`)
    })
    return Promise.race([once(client, 'upgrade'), refused])
  }

  it.each<[string, object]>([
    ['of a server', {}],
    ['of a page whose origin is let in', { Origin: PAGE }],
  ])('%s is opened where the route allows it, and carries messages both ways', async (_, headers) => {
    const [response, socket] = await opened(handshake('/api/socket/echo', headers))

    expect(response.statusCode).toBe(101)
    for (const text of ['hello', 'again']) {
      socket.write(maskedFrame(text))
      const [frame] = await once(socket, 'data')
      expect(frame.subarray(2).toString()).toBe(text)
    }
    socket.destroy()
    const [request] = upstream.seen
    expect(request).toMatchObject({ headers: { 'x-keyward-scopes': 'read' } })
    expect(JSON.stringify((request as IncomingMessage).rawHeaders)).not.toContain(token)
  })

  it('that the upstream refuses is refused in the upstream’s words', async () => {
    const response = await answerTo(handshake('/api/socket/refused'))

    expect(response.statusCode).toBe(403)
    expect(response.headers['x-custom']).toBe('kept')
    expect((await bodyOf(response)).toString()).toBe('no')
  })

  it('is refused by a route that does not allow it, and the upstream hears nothing', async () => {
    const response = await answerTo(handshake('/api/elsewhere'))

    expect(response.statusCode).toBe(400)
    expect(JSON.parse((await bodyOf(response)).toString())).toMatchObject({ errors: [{ path: 'Upgrade' }] })
    expect(upstream.seen).toEqual([])
  })

  it('needs a key', async () => {
    const response = await answerTo(handshake('/api/socket/echo', { Authorization: 'Bearer nsl_x' }))

    expect(response.statusCode).toBe(401)
    expect(upstream.seen).toEqual([])
  })
})

/** A text message of at most 125 bytes in one frame, as a client sends it (RFC 6455 §5.3). */
function maskedFrame(text: string): Buffer {
  const mask = [1, 2, 3, 4]
  const masked = [...Buffer.from(text)].map((byte, at) => byte ^ (mask[at % 4] ?? 0))
  return Buffer.from([0x81, 0x80 + text.length, ...mask, ...masked])
}

/** Sends these bytes on a connection of their own. All that comes back until it is closed or silent. */
async function raw(lines: string[], body = ''): Promise<string> {
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  let heard = ''
  socket.on('error', () => {})
  socket.on('data', (data) => {
    heard += data.toString('latin1')
    socket.setTimeout(500)
  })
  // On a busy machine the first bytes take longer than any pause after them.
  socket.setTimeout(5000, () => socket.destroy())
  socket.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1'))
  await once(socket, 'close')
  return heard
}

/** The one answer in what was heard, its body without the chunks it came in. */
function readAnswer(heard: string): { status: number; fields: Record<string, string>; body: Buffer } {
  const end = heard.indexOf('\r\n\r\n')
  const [line = '', ...lines] = heard.slice(0, end).split('\r\n')
  const fields = Object.fromEntries(
    lines.map((text) => [text.slice(0, text.indexOf(':')).toLowerCase(), text.slice(text.indexOf(':') + 1).trim()]),
  )
  const body = Buffer.from(heard.slice(end + 4), 'latin1')
  return {
    status: Number(line.split(' ')[1]),
    fields,
    body: fields['transfer-encoding'] === 'chunked' ? unchunk(body) : body,
  }
}

function unchunk(bytes: Buffer): Buffer {
  const end = bytes.indexOf('\r\n')
  const length = Number.parseInt(bytes.subarray(0, end).toString(), 16)
  if (!(length > 0)) return Buffer.alloc(0)
  const begin = end + 2
  return Buffer.concat([bytes.subarray(begin, begin + length), unchunk(bytes.subarray(begin + length + 2))])
}

const statusesIn = (text: string) => [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status))

const SMUGGLED = 'GET /api/smuggled HTTP/1.1\r\nHost: x\r\n\r\n'

describe('a request that servers read in different ways', () => {
  it.each<[string, string, string[], string?]>([
    [
      'a length and chunks',
      'POST /api/x HTTP/1.1',
      ['Content-Length: 6', 'Transfer-Encoding: chunked'],
      `0\r\n\r\n${SMUGGLED}`,
    ],
    [
      'chunks and a length',
      'POST /api/x HTTP/1.1',
      ['Transfer-Encoding: chunked', 'Content-Length: 4'],
      `5c\r\n${SMUGGLED}\r\n0\r\n\r\n`,
    ],
    [
      'an encoding that is none',
      'POST /api/x HTTP/1.1',
      ['Transfer-Encoding: xchunked', 'Content-Length: 3'],
      `abc${SMUGGLED}`,
    ],
    [
      'two encodings',
      'POST /api/x HTTP/1.1',
      ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
      `0\r\n\r\n${SMUGGLED}`,
    ],
    [
      'an encoding after a tab',
      'POST /api/x HTTP/1.1',
      ['Transfer-Encoding:\tchunked', 'Content-Length: 3'],
      `0\r\n\r\n${SMUGGLED}`,
    ],
    [
      'a space before the colon',
      'POST /api/x HTTP/1.1',
      ['Transfer-Encoding : chunked', 'Content-Length: 3'],
      `0\r\n\r\n${SMUGGLED}`,
    ],
    ['two lengths', 'POST /api/x HTTP/1.1', ['Content-Length: 3', 'Content-Length: 60'], `abc${SMUGGLED}`],
    ['two lengths in one', 'POST /api/x HTTP/1.1', ['Content-Length: 3, 60'], `abc${SMUGGLED}`],
    ['a length with a sign', 'POST /api/x HTTP/1.1', ['Content-Length: +3'], `abc${SMUGGLED}`],
    ['a length below zero', 'POST /api/x HTTP/1.1', ['Content-Length: -3'], `abc${SMUGGLED}`],
    ['a length beyond all numbers', 'POST /api/x HTTP/1.1', ['Content-Length: 99999999999999999999999'], 'abc'],
    [
      'a length that Connection names',
      'POST /api/x HTTP/1.1',
      ['Connection: Content-Length', 'Content-Length: 3'],
      'abc',
    ],
    ['a body with GET', 'GET /api/x HTTP/1.1', ['Content-Length: 3'], 'abc'],
    ['a body with HEAD', 'HEAD /api/x HTTP/1.1', ['Content-Length: 3'], 'abc'],
    ['a request as the body of GET', 'GET /api/x HTTP/1.1', [`Content-Length: ${SMUGGLED.length}`], SMUGGLED],
    ['a folded header', 'GET /api/x HTTP/1.1', ['X-A: b', ' X-Keyward-Key-Id: spoofed']],
    ['a space in a name', 'GET /api/x HTTP/1.1', ['X Keyward-Key-Id: spoofed']],
    ['a space before the colon of a name', 'GET /api/x HTTP/1.1', ['X-Keyward-Key-Id : spoofed']],
    ['no colon', 'GET /api/x HTTP/1.1', ['spoofed']],
    ['a name that is empty', 'GET /api/x HTTP/1.1', [': spoofed']],
    ['a NUL', 'GET /api/x HTTP/1.1', ['X-A: \0X-Keyward-Key-Id: spoofed']],
    ['a bare CR', 'GET /api/x HTTP/1.1', ['X-A: b\rX-Keyward-Key-Id: spoofed']],
    ['a bare LF', 'GET /api/x HTTP/1.1', ['X-A: b\nX-Keyward-Key-Id: spoofed']],
    ['bytes that are no UTF-8', 'GET /api/x HTTP/1.1', ['X-A: \xff\xfe']],
    ['letters beyond Latin', 'GET /api/x HTTP/1.1', ['X-A: \xe6\x97\xa5']],
    ['an odd Connection', 'GET /api/x HTTP/1.1', ['Connection: "a b", , \t,x']],
    ['HTTP/1.0', 'GET /api/x HTTP/1.0', []],
    ['HTTP/2.0', 'GET /api/x HTTP/2.0', []],
    ['an absolute target', 'GET http://evil.test/api/x HTTP/1.1', []],
    ['a space in the path', 'GET /api/x y HTTP/1.1', []],
    ['a tab in the path', 'GET /api/x\ty HTTP/1.1', []],
    ['a fragment', 'GET /api/x#/../admin HTTP/1.1', []],
    ['backslashes', 'GET /api\\x HTTP/1.1', []],
    ['bytes in the path that are no UTF-8', 'GET /api/\xff HTTP/1.1', []],
    ['a path of 200 kB', `GET /api/${'a'.repeat(200_000)} HTTP/1.1`, []],
  ])(
    'for %s is answered once, with no fault of ours, and reaches the upstream once at most',
    async (_, line, headers, body) => {
      const heard = await raw([line, host(), key(), ...headers], body)

      expect(statusesIn(heard).filter((status) => status >= 500)).toEqual([])
      expect(statusesIn(heard).length).toBeLessThanOrEqual(1)
      expect(upstream.seen.length).toBeLessThanOrEqual(1)
      for (const request of upstream.seen) {
        expect(request).not.toBeInstanceOf(Error)
        expect(request).not.toMatchObject({ url: expect.stringContaining('smuggled') })
        expect(JSON.stringify((request as IncomingMessage).rawHeaders)).not.toContain('spoofed')
      }
    },
  )

  it('has no trailers that could be taken for headers', async () => {
    const arriving = arrival('/api/trailers')
    const heard = raw(
      ['POST /api/trailers HTTP/1.1', host(), key(), 'Transfer-Encoding: chunked', 'Trailer: X-Keyward-Key-Id'],
      '1\r\na\r\n0\r\nX-Keyward-Key-Id: spoofed\r\n\r\n',
    )
    const [request, response] = await arriving
    await bodyOf(request)
    response.end('ok')

    expect(statusesIn(await heard)).toEqual([200])
    expect(request.rawTrailers).toEqual([])
    expect(JSON.stringify(request.rawHeaders)).not.toContain('spoofed')
  })

  it.each(['\xc3\xa9', '\x7f', '\xff'])('because of a key that ends in %j is 401', async (letter) => {
    const heard = await raw(['GET /api/x HTTP/1.1', host(), `${key()}${letter}`])

    expect(statusesIn(heard)).toEqual([401])
  })
})

describe('the log of the server', () => {
  it('does not hold the key, wherever it was sent', async () => {
    await ask(`/api/x?api_key=${token}`, { headers: { Cookie: `k=${token}`, 'X-Copy': token } })
    await ask(`/api/nobody?api_key=${token}`)

    await expect.poll(() => readFileSync(server.log, 'utf8')).toContain('/api/nobody')
    expect(readFileSync(server.log, 'utf8')).not.toContain(token)
  })
})

async function nextText(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<string> {
  return new TextDecoder().decode((await reader?.read())?.value)
}
