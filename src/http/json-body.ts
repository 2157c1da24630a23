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
    throw new Problem('payload_too_large', `The body is larger than ${MAX_BODY_BYTES} bytes.`)
  },
})

/**
 * Refuses a body that does not say it is JSON, before anything reads it as nothing.
 * A request without a body may leave the type out; one that says JSON and sends nothing means an empty object.
 * @throws {Problem} unsupported_media_type, or invalid_request for JSON that does not parse
 */
export const requireJson = createMiddleware<AppEnv>(async function requireJson(c, next) {
  if (!BODY_METHODS.has(c.req.method)) return next()
  const type = c.req.header('Content-Type')
  const text = await c.req.text()
  if (text === '' && type === undefined) return next()
  if (type === undefined || !JSON_TYPE.test(type)) {
    throw new Problem('unsupported_media_type', 'Send the body as `Content-Type: application/json`.')
  }
  if (text === '') Object.assign(c.req.bodyCache, { text: Promise.resolve('{}') })
  else if (!isJson(text)) throw new Problem('invalid_request', 'The body is not well-formed JSON.')
  await next()
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const BODY_METHODS = new Set(['POST', 'PUT', 'PATCH'])
const JSON_TYPE = /^application\/json *(;.*)?$/i
