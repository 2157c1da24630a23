// Request bodies: they must be JSON and at most MAX_BODY_BYTES.
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { Problem } from '../core/problem.ts'
import type { AppEnv } from './app-env.ts'

export const MAX_BODY_BYTES = 64 * 1024

/** Refuses a body over MAX_BODY_BYTES. @throws {Problem} payload_too_large */
export const limitBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    throw tooLarge()
  },
})

/**
 * Refuses a body that is not declared as JSON: the handlers would ignore it and read an empty object.
 * @throws {Problem} unsupported_media_type, or invalid_request for JSON that does not parse
 */
export const requireJson = createMiddleware<AppEnv>(async function requireJson(c, next) {
  if (!BODY_METHODS.has(c.req.method)) return next()
  const text = await c.req.raw.clone().text()
  const type = c.req.header('Content-Type')
  if (text === '' && type === undefined) return next()
  parseJson(text, type)
  // An empty body that is declared as JSON means an empty object, also to the handlers that read it later.
  if (text === '') c.req.raw = new Request(c.req.raw, { body: '{}' })
  await next()
})

/**
 * The body of a request as JSON; an empty object when there is none.
 * @throws {Problem} payload_too_large, unsupported_media_type, or invalid_request for JSON that does not parse
 */
export async function readJson(request: Request): Promise<unknown> {
  const text = await readText(request)
  const type = request.headers.get('Content-Type') ?? undefined
  return text === '' && type === undefined ? {} : parseJson(text, type)
}

async function readText(request: Request): Promise<string> {
  const length = request.headers.get('Content-Length')
  if (length !== null && Number(length) > MAX_BODY_BYTES) throw tooLarge()
  if (length !== null || request.body === null) return request.text()
  // A chunked body has no Content-Length, so its size is counted while it is read.
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body) {
    size += chunk.byteLength
    if (size > MAX_BODY_BYTES) throw tooLarge()
    chunks.push(chunk)
  }
  return new Blob(chunks).text()
}

function parseJson(text: string, type: string | undefined): unknown {
  if (type === undefined || !JSON_TYPE.test(type)) {
    throw new Problem('unsupported_media_type', 'Send the body as `Content-Type: application/json`.')
  }
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    throw new Problem('invalid_request', 'The body is not well-formed JSON.')
  }
}

const tooLarge = () => new Problem('payload_too_large', `The body may be at most ${MAX_BODY_BYTES} bytes.`)

const BODY_METHODS = new Set(['POST', 'PUT', 'PATCH'])
const JSON_TYPE = /^application\/json *(;.*)?$/i
