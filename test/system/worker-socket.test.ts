// Requests on the Worker's own socket: `npm run dev` has a proxy before it, which leaves the framing of a request out.
import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bodyOf, type RawUpstream, startRawUpstream } from '../support/raw-upstream.ts'
import { startWorkerSocket, type WorkerSocket } from '../support/worker-socket.ts'

let upstream: RawUpstream
let worker: WorkerSocket
let token: string

beforeAll(async () => {
  upstream = await startRawUpstream()
  worker = await startWorkerSocket()
  token = await aKeyForEverything()
})
afterAll(async () => {
  await worker?.stop()
  await upstream?.stop()
})
beforeEach(() => {
  upstream.seen.length = 0
})

async function manage(method: string, path: string, body: object): Promise<{ id: string; token: string }> {
  const headers = { Authorization: `Bearer ${worker.rootKey}`, 'Content-Type': 'application/json' }
  const response = await fetch(new URL(path, worker.url), { method, headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as { id: string; token: string } // of what is created, either or both
}

async function aKeyForEverything(): Promise<string> {
  const project = await manage('POST', '/v1/projects', { name: 'Sockets' })
  const body = { name: 'Live', tag: 'live', template: 'data-api' }
  const { id } = await manage('POST', `/v1/projects/${project.id}/environments`, body)
  await manage('PUT', `/v1/environments/${id}/routes`, {
    routes: [{ methods: ['*'], path: '/api/*', scopes: [], upstream: { url: upstream.url } }],
  })
  return (await manage('POST', `/v1/environments/${id}/keys`, { name: 'x', scopes: ['read'] })).token
}

/** What is heard on a connection of its own, until the server closes it. */
async function send(line: string, headers: string[], body: Buffer | string = ''): Promise<string> {
  const { url } = worker
  const socket = connect(Number(url.port), url.hostname)
  const sent = [line, `Host: ${url.host}`, `Authorization: Bearer ${token}`, 'Connection: close', ...headers, '', '']
  let heard = ''
  socket.on('data', (data) => {
    heard += data.toString('latin1')
  })
  socket.write(sent.join('\r\n'))
  socket.write(body)
  await once(socket, 'close')
  return heard
}

const statusesIn = (heard: string) => [...heard.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status))

describe.each(['GET', 'HEAD'])('%s', (method) => {
  it.each<[string, string[], string]>([
    ['no body', [], ''],
    ['a length of 0', ['Content-Length: 0'], ''],
    ['chunks of nothing', ['Transfer-Encoding: chunked'], '0\r\n\r\n'],
    ['chunks of nothing and a trailer', ['Transfer-Encoding: chunked', 'Trailer: X-A'], '0\r\nX-A: b\r\n\r\n'],
  ])('with %s is passed on without a body', async (_, headers, body) => {
    expect(statusesIn(await send(`${method} /api/x HTTP/1.1`, headers, body))).toEqual([200])

    expect(upstream.seen).toHaveLength(1)
    expect(upstream.seen[0]).toMatchObject({ method })
    expect(upstream.seen[0]).not.toHaveProperty('headers.transfer-encoding')
  })

  it.each<[string, string[], string]>([
    ['a length', ['Content-Length: 3'], 'abc'],
    ['chunks', ['Transfer-Encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n'],
    ['one byte', ['Transfer-Encoding: chunked'], '1\r\n\0\r\n0\r\n\r\n'],
  ])('with a body, by %s, is 400 and is not passed on', async (_, headers, body) => {
    const heard = await send(`${method} /api/x HTTP/1.1`, headers, body)

    expect(statusesIn(heard)).toEqual([400])
    expect(upstream.seen).toEqual([])
  })
})

describe('a request', () => {
  it('of HTTP/1.0 is answered', async () => {
    expect(await send('GET /api/x HTTP/1.0', [])).toMatch(/^HTTP\/1\.[01] 200 /)
  })

  it('that waits for 100 Continue is told to go on, and reaches the upstream whole', async () => {
    let arrived = ''
    upstream.on('/api/expected', async (request, response) => {
      arrived = (await bodyOf(request)).toString()
      response.end()
    })

    const heard = await send('POST /api/expected HTTP/1.1', ['Expect: 100-continue', 'Content-Length: 5'], 'hello')

    expect(statusesIn(heard)).toEqual([100, 200])
    expect(arrived).toBe('hello')
  })

  it('with an encoded body reaches the upstream byte for byte', async () => {
    const packed = gzipSync('hello')
    let arrived: Buffer | undefined
    upstream.on('/api/packed', async (request, response) => {
      arrived = await bodyOf(request)
      response.end(request.headers['content-encoding'])
    })

    const headers = ['Content-Encoding: gzip', `Content-Length: ${packed.length}`]
    const heard = await send('POST /api/packed HTTP/1.1', headers, packed)

    expect(statusesIn(heard)).toEqual([200])
    expect(heard).toContain('gzip')
    expect(arrived).toEqual(packed)
  })

  it.each(['DELETE', 'OPTIONS', 'POST'])('of %s with chunks of nothing is passed on', async (method) => {
    const heard = await send(`${method} /api/x HTTP/1.1`, ['Transfer-Encoding: chunked'], '0\r\n\r\n')

    expect(statusesIn(heard)).toEqual([200])
    expect(upstream.seen).toHaveLength(1)
  })
})
