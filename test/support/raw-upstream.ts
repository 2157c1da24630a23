// An upstream on a real socket, which answers as the test says and tells what reached it, byte for byte if need be.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

type Behaviour = (request: IncomingMessage, response: ServerResponse) => unknown

export type RawUpstream = {
  url: string
  /** Every request that was understood, and every one that was not, in their order. */
  seen: (IncomingMessage | Error)[]
  /** How requests to the path are answered; others get `ok`. */
  on(path: string, behaviour: Behaviour): void
  stop(): Promise<void>
}

export async function startRawUpstream(): Promise<RawUpstream> {
  const seen: RawUpstream['seen'] = []
  const behaviours = new Map<string, Behaviour>()
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    seen.push(request)
    const path = request.url?.split('?')[0] ?? ''
    const behave = behaviours.get(path) ?? ((_, response) => response.end('ok'))
    behave(request, response)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('clientError', (error, socket) => {
    seen.push(error)
    socket.destroy()
  })
  server.on('upgrade', (request, socket) => {
    seen.push(request)
    if (request.url?.startsWith('/api/socket/echo')) acceptEcho(request, socket)
    else socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nX-Custom: kept\r\n\r\nno')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the upstream has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    seen,
    on: (path, behaviour) => behaviours.set(path, behaviour),
    stop: async () => {
      // Those that were upgraded are the server's no longer, and keep it open.
      for (const socket of sockets) socket.destroy()
      await once(server.close(), 'close')
    },
  }
}

/** All that came as the body of the request. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** Says every short text message back. */
function acceptEcho({ headers }: IncomingMessage, socket: Duplex): void {
  const accepted = createHash('sha1').update(`${headers['sec-websocket-key']}${GUID}`).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accepted}\r\n\r\n`,
  )
  socket.on('error', () => {})
  socket.on('data', (frame: Buffer) => {
    const isText = (frame[0] ?? 0) % 16 === 1
    if (isText) socket.write(textFrame(readMasked(frame)))
    else socket.end()
  })
}

/** A whole text message of at most 125 bytes in one frame, as a server sends it (RFC 6455 §5.2). */
const textFrame = (text: string) => Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)])

function readMasked(frame: Buffer): string {
  const length = (frame[1] ?? 0) % 128
  const mask = frame.subarray(2, 6)
  const masked = frame.subarray(6, 6 + length)
  return Buffer.from(masked.map((byte, at) => byte ^ (mask[at % 4] ?? 0))).toString()
}

/** RFC 6455 §1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
