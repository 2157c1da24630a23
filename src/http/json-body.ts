// Bodies: JSON, and not too much of it.
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { Problem } from '../core/problem.ts'
import type { AppEnv } from './app-env.ts'

export const MAX_BODY_BYTES = 64 * 1024

/** @throws {Problem} payload_too_large */
export const limitBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    throw tooLarge()
  },
})

/**
 * Refuses a body that does not say it is JSON, before anything reads it as nothing.
 * @throws {Problem} unsupported_media_type, or invalid_request for JSON that does not parse
 */
export const requireJson = createMiddleware<AppEnv>(async function requireJson(c, next) {
  if (!BODY_METHODS.has(c.req.method)) return next()
  const text = await c.req.raw.clone().text()
  const type = c.req.header('Content-Type')
  if (text === '' && type === undefined) return next()
  parseJson(text, type)
  // What says that it is JSON and holds nothing means an empty object, for whoever reads it next too.
  if (text === '') c.req.raw = new Request(c.req.raw, { body: '{}' })
  await next()
})

/**
 * The body of a request as JSON; an empty object where there is none.
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
  // A chunked body says its length only by ending.
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

const tooLarge = () => new Problem('payload_too_large', `The body is larger than ${MAX_BODY_BYTES} bytes.`)

const BODY_METHODS = new Set(['POST', 'PUT', 'PATCH'])
const JSON_TYPE = /^application\/json *(;.*)?$/i
