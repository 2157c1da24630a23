// What the client hears when the upstream fails, and what the upstream hears when the client goes.
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { aDoor, openDoor } from '../support/upstream.ts'

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
})

/** Never answers, and fails as `fetch` does once it is aborted. */
const untilAborted = ({ signal }: Request) =>
  new Promise<Response>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

describe('an upstream', () => {
  it.each<[string, () => Response | Promise<Response>]>([
    ['cannot be reached', () => Promise.reject(new Error('Network connection lost.'))],
    [
      'fails at once',
      () => {
        throw new TypeError('internal error')
      },
    ],
    ['answers what is no answer', () => Response.error()],
  ])('that %s is 502', async (_, answer) => {
    const door = await aDoor({ answer })

    const { status, headers, body } = await door.ask('/api/x')

    expect({ status, code: body.code }).toEqual({ status: 502, code: 'bad_gateway' })
    expect(headers.get('Cache-Control')).toBe('no-store')
    expect(JSON.stringify(body)).not.toMatch(/lost|internal error|upstream\.test/)
  })

  it('that does not begin to answer in time is 504', async () => {
    const door = await aDoor({ routes: [{ timeoutMs: 100 }], answer: untilAborted })

    const { status, body } = await door.ask('/api/x')

    expect({ status, code: body.code }).toEqual({ status: 504, code: 'gateway_timeout' })
  })

  it('may take longer than that for the rest of its answer', async () => {
    const slowRest = () =>
      new Response(
        new ReadableStream({
          async start(controller) {
            controller.enqueue(new TextEncoder().encode('first '))
            await new Promise((resolve) => setTimeout(resolve, 1200))
            controller.enqueue(new TextEncoder().encode('last'))
            controller.close()
          },
        }),
      )
    const door = await aDoor({ routes: [{ timeoutMs: 1000 }], answer: slowRest })

    expect(await door.ask('/api/x')).toMatchObject({ status: 200, body: 'first last' })
    expect(door.passed().signal.aborted).toBe(false)
  })

  it('has all its time from when the client has sent its body', async () => {
    const door = await aDoor({
      routes: [{ timeoutMs: 1000 }],
      answer: (request) => Promise.race([untilAborted(request), request.text().then((text) => new Response(text))]),
    })
    const slowBody = new ReadableStream({
      async start(controller) {
        for (const piece of ['a', 'b', 'c', 'd']) {
          await new Promise((resolve) => setTimeout(resolve, 300))
          controller.enqueue(new TextEncoder().encode(piece))
        }
        controller.close()
      },
    })

    expect(await door.ask('/api/x', { method: 'POST', body: slowBody })).toMatchObject({ status: 200, body: 'abcd' })
  })

  it('that was never set is 502, whoever asks', async () => {
    const door = await aDoor({ routes: [{ upstream: null }] })

    const { status, body } = await door.ask('/api/x')

    expect({ status, code: body.code }).toEqual({ status: 502, code: 'bad_gateway' })
    expect(door.upstream.seen).toEqual([])
  })

  it('whose service binding has gone since the table was set is 502', async () => {
    const bound = { service: (name: string) => (name === 'GONE' ? ({} as Fetcher) : null) } // never asked
    const door = await aDoor()
    await aDoorWithService(door, bound.service)

    const { status, body } = await door.ask('/api/x')

    expect({ status, code: body.code }).toEqual({ status: 502, code: 'bad_gateway' })
    expect(door.upstream.seen).toEqual([])
  })
})

/** Sets a table with a service binding that is there while it is set, and gone after. */
async function aDoorWithService(
  { deps, setRoutes }: Awaited<ReturnType<typeof aDoor>>,
  service: (name: string) => Fetcher | null,
) {
  const none = deps.service
  deps.service = service
  await setRoutes([{ upstream: { service: 'GONE' } }])
  deps.service = none
}

describe('a client that goes', () => {
  it('takes its request to the upstream with it', async () => {
    const client = new AbortController()
    let asked = () => {}
    const reached = new Promise<void>((resolve) => (asked = resolve))
    const door = await aDoor({
      answer: (request) => {
        asked()
        return untilAborted(request)
      },
    })
    const answer = openDoor(door.deps, '/api/x', { token: door.token, signal: client.signal })
    await reached

    client.abort()
    await answer.catch(() => {})

    expect(door.passed().signal.aborted).toBe(true)
  })

  it('takes an answer under way with it', async () => {
    const client = new AbortController()
    const door = await aDoor({
      answer: () => new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(1)) })),
    })
    await openDoor(door.deps, '/api/x', { token: door.token, signal: client.signal })

    client.abort()

    expect(door.passed().signal.aborted).toBe(true)
  })
})

describe('a WebSocket', () => {
  const upgrade = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13' }

  it.each(['websocket', 'WebSocket', 'WEBSOCKET'])('is refused by default: Upgrade: %s', async (name) => {
    const door = await aDoor()

    const answer = await door.ask('/api/x', { headers: { ...upgrade, Upgrade: name } })

    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ path: 'Upgrade' }] } })
    expect(door.upstream.seen).toEqual([])
  })

  it('needs a key and its scopes like any request', async () => {
    const door = await aDoor({ routes: [{ webSocket: true, scopes: ['write'] }] })

    expect((await door.ask('/api/x', { headers: upgrade, token: null })).status).toBe(401)
    expect((await door.ask('/api/x', { headers: upgrade })).status).toBe(403)
  })

  it('is asked of the upstream where the route allows it', async () => {
    const door = await aDoor({ routes: [{ webSocket: true }] })

    await door.ask('/api/x', { headers: upgrade })

    expect(door.passed().headers.get('Upgrade')).toBe('websocket')
    expect(door.passed().headers.get('X-Keyward-Key-Id')).toBe(door.key.id)
    expect(door.passed().headers.has('Authorization')).toBe(false)
  })

  it('is opened, and carries messages both ways', async () => {
    const door = await aDoor({ routes: [{ webSocket: true }], answer: echoSocket })

    const { status, webSocket } = await openDoor(door.deps, '/api/x', { token: door.token, headers: upgrade })

    expect(status).toBe(101)
    expect(await echoed(webSocket, 'hello')).toBe('you said hello')
  })

  it('of a page whose origin is let in is opened too', async () => {
    const door = await aDoor({
      routes: [{ webSocket: true }],
      browserOrigins: ['https://app.example.com'],
      answer: echoSocket,
    })
    const headers = { ...upgrade, Origin: 'https://app.example.com' }

    const { status, webSocket } = await openDoor(door.deps, '/api/x', { token: door.token, headers })

    expect(status).toBe(101)
    expect(await echoed(webSocket, 'hello')).toBe('you said hello')
  })

  it('is not made of an upgrade to something else', async () => {
    const door = await aDoor({ routes: [{ webSocket: true }] })

    await door.ask('/api/x', {
      headers: { Upgrade: 'h2c', Connection: 'Upgrade, HTTP2-Settings', 'HTTP2-Settings': 'x' },
    })

    expect(door.passed().headers.has('Upgrade')).toBe(false)
    expect(door.passed().headers.has('HTTP2-Settings')).toBe(false)
  })
})

function echoSocket(): Response {
  const { 0: client, 1: server } = new WebSocketPair()
  server.accept()
  server.addEventListener('message', ({ data }) => server.send(`you said ${data}`))
  return new Response(null, { status: 101, webSocket: client })
}

function echoed(socket: WebSocket | null, message: string): Promise<unknown> {
  if (socket === null) throw new Error('there is no socket')
  socket.accept()
  const heard = new Promise((resolve) => socket.addEventListener('message', ({ data }) => resolve(data)))
  socket.send(message)
  return heard
}
