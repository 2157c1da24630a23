// Request bodies as JSON.
import { createMiddleware } from 'hono/factory'
import { Problem } from '../core/problem.ts'
import { readBody, replaceBody } from './body.ts'
import { toInvalidRequest } from './faults.ts'
import { parseJson } from './strict-json.ts'
import { decodeUtf8 } from './utf8.ts'

/**
 * The body of a request as JSON; an empty object when there is none.
 * @throws {Problem} payload_too_large, unsupported_media_type, or invalid_request for what is not JSON in UTF-8
 */
export async function readJson(request: Request): Promise<unknown> {
  const text = await readJsonText(request)
  return text === null ? {} : parseJson(text)
}

/**
 * Refuses a body that is not declared as JSON, which the handlers would ignore, and one that JSON.parse would read
 * inexactly. The handlers after it find what was checked, under the one spelling of its type that they all know.
 * @throws {Problem} as readJson
 */
export const requireJson = createMiddleware(async function requireJson(c, next) {
  const text = await readJsonText(c.req.raw)
  if (text !== null) parseJson(text)
  const bytes = new TextEncoder().encode(text ?? '')
  c.req.raw = replaceBody(c.req.raw, bytes, text === null ? {} : { 'Content-Type': 'application/json' })
  await next()
})

/** For a route that takes no body: only an empty object may be sent. @throws {Problem} invalid_request */
export const refuseBody = createMiddleware(async function refuseBody(c, next) {
  const body = await readJson(c.req.raw)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Problem('invalid_request', 'This request takes no body.')
  }
  const keys = Object.keys(body)
  if (keys.length > 0) throw toInvalidRequest([{ code: 'unrecognized_keys', path: [], message: '', keys }])
  await next()
})

/** Null where there is no body. An empty one that is declared as JSON means an empty object. */
async function readJsonText(request: Request): Promise<string | null> {
  const bytes = await readBody(request)
  const type = request.headers.get('Content-Type')
  const isEmpty = bytes.length === 0
  if (isEmpty && (type === null || !BODY_METHODS.has(request.method)))
    return type !== null && isJson(type) ? '{}' : null
  if (type === null || !isJson(type)) {
    throw new Problem('unsupported_media_type', 'Send the body as `Content-Type: application/json`, in UTF-8.')
  }
  const text = decodeUtf8(bytes)
  if (text === null) throw new Problem('invalid_request', 'The body is not UTF-8.')
  // RFC 8259 §8.1: none may be sent, and one may be ignored.
  return text.replace(/^\uFEFF/, '') || '{}'
}

/** JSON has no charset but UTF-8 (RFC 8259 §8.1), which many clients name all the same. */
const isJson = (type: string) =>
  JSON_TYPE.test(type) && [...type.matchAll(CHARSET)].every(([, charset = '']) => UTF_8.test(charset))

const BODY_METHODS = new Set(['POST', 'PUT', 'PATCH'])
const JSON_TYPE = /^application\/json[ \t]*(;.*)?$/i
const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*([^;]*)/gi
const UTF_8 = /^(utf-?8|"utf-?8")[ \t]*$/i
