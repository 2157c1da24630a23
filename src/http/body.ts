// The bytes of a request's body, at most MAX_BODY_BYTES, for every surface that reads bodies.
import { createMiddleware } from 'hono/factory'
import { Problem } from '../core/problem.ts'

export const MAX_BODY_BYTES = 64 * 1024

/**
 * Counts what comes, whatever `Content-Length` announces, which another Worker can set to anything.
 * @throws {Problem} payload_too_large, unsupported_media_type for a body with a content coding, invalid_request for any
 * body on GET or HEAD
 */
export async function readBody(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  if (request.body === null) return new Uint8Array()
  // Before anything is read: to stop in the middle may break the connection under a client that is still sending.
  if (Number(request.headers.get('Content-Length')) > MAX_BODY_BYTES) throw tooLarge()
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  for await (const chunk of request.body.values({ preventCancel: true })) {
    size += chunk.byteLength
    if (size > MAX_BODY_BYTES) throw tooLarge()
    chunks.push(chunk)
  }
  if (size > 0) refuseUnexpected(request)
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : concatenate(chunks, size)
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
  const codings = (headers.get('Content-Encoding') ?? '').split(',').map((coding) => coding.trim().toLowerCase())
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
