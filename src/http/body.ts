// The bytes of a request's body, at most MAX_BODY_BYTES, for every surface that reads bodies.
import { createMiddleware } from 'hono/factory'
import { Problem } from '../core/problem.ts'
import { decodeUtf8 } from './utf8.ts'

export const MAX_BODY_BYTES = 64 * 1024
/**
 * How much more than that is read and thrown away, so that the client gets the answer: if the connection is closed while the
 * client is still sending, many clients report a broken connection and never read the 413.
 */
const MAX_DISCARDED_BYTES = 8 * 1024 * 1024

/**
 * @throws {Problem} payload_too_large, unsupported_media_type for a body with a content coding, invalid_request for any
 * body on GET or HEAD
 */
export async function readBody(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readAtMost(request, MAX_BODY_BYTES)
  if (bytes === null) throw tooLarge()
  if (bytes.length > 0) refuseUnexpected(request)
  return bytes
}

/**
 * The body of a request as text; null for what is not UTF-8, and for U+FFFD, which is what anything else is read as. For
 * requests in which that character means nothing: it saves the copy of the bytes, a tenth of a verification.
 * @throws {Problem} as readBody
 */
export async function readText(request: Request): Promise<string | null> {
  const length = readContentLength(request.headers)
  if (length === null || length > MAX_BODY_BYTES) return decodeUtf8(await readBody(request))
  const text = await request.text()
  // Only another Worker can declare less than it sends.
  if (text.length > MAX_BODY_BYTES) throw tooLarge()
  if (text !== '') refuseUnexpected(request)
  return text.includes('\uFFFD') ? null : text
}

/**
 * The body of a request; null when it is longer. Bytes are counted as they come, whatever `Content-Length` says, because
 * another Worker can set that to anything. Rejects when the client goes away.
 */
export async function readAtMost(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | null> {
  if (request.body === null) return new Uint8Array()
  // Before anything is read: a client that declares too much waits for the answer, or stops sending when it comes.
  if ((readContentLength(request.headers) ?? 0) > maxBytes) return null
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  for await (const chunk of request.body.values({ preventCancel: true })) {
    size += chunk.byteLength
    if (size <= maxBytes) chunks.push(chunk)
    else if (size > maxBytes + MAX_DISCARDED_BYTES) break
  }
  if (size > maxBytes) return null
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : concatenate(chunks, size)
}

/** What `Content-Length` says; null where it says nothing that can be counted on. */
function readContentLength(headers: Headers): number | null {
  const text = headers.get('Content-Length') ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}

/** Reads the body within the limits of `readBody`; the handlers then read it as it came. @throws {Problem} as readBody */
export const limitBody = createMiddleware(async function limitBody(c, next) {
  c.req.raw = replaceBody(c.req.raw, await readBody(c.req.raw))
  await next()
})

/** The request with this body in place of the one that was read, and these headers. GET and HEAD have no body. */
export function replaceBody(request: Request, body: BodyInit, changed: Record<string, string> = {}) {
  if (BODILESS_METHODS.has(request.method)) return request
  const headers = new Headers(request.headers)
  for (const [name, value] of Object.entries(changed)) headers.set(name, value)
  return new Request(request, { body, headers })
}

function refuseUnexpected({ method, headers }: Request): void {
  if (BODILESS_METHODS.has(method)) throw new Problem('invalid_request', `${method} takes no body.`)
  refuseCoding(headers)
}

/** RFC 9110 §15.5.16 */
function refuseCoding(headers: Headers): void {
  const given = headers.get('Content-Encoding')
  if (given === null) return
  const codings = given.split(',').map((coding) => coding.trim().toLowerCase())
  if (codings.every((coding) => coding === '' || coding === 'identity')) return
  throw new Problem('unsupported_media_type', 'Send the body without a Content-Encoding.', {
    acceptEncoding: 'identity',
  })
}

function concatenate(chunks: Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

const tooLarge = () => new Problem('payload_too_large', `The body may be at most ${MAX_BODY_BYTES} bytes.`)

const BODILESS_METHODS = new Set(['GET', 'HEAD'])
