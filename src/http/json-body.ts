// Request bodies as JSON.
import { createMiddleware } from 'hono/factory'
import { Problem } from '../core/problem.ts'
import { readBody, readText, replaceBody } from './body.ts'
import { toInvalidRequest } from './faults.ts'
import { parseJson } from './strict-json.ts'
import { decodeUtf8 } from './utf8.ts'

/**
 * The body of a request as JSON; an empty object when there is none.
 * @throws {Problem} payload_too_large, unsupported_media_type, or invalid_request for what is not JSON in UTF-8
 */
export async function readJson(request: Request): Promise<unknown> {
  const text = checkJsonText(request, await readText(request))
  return text === null ? {} : parseJson(text)
}

/**
 * Refuses a body that is not declared as JSON, which the handlers would ignore, and one that JSON.parse would read
 * inexactly. The handlers after it find what was checked, under the one spelling of its type that they all know.
 * @throws {Problem} as readJson
 */
export const requireJson = createMiddleware(async function requireJson(c, next) {
  const bytes = await readBody(c.req.raw)
  const text = checkJsonText(c.req.raw, decodeUtf8(bytes))
  if (text !== null) parseJson(text)
  const checked = new TextEncoder().encode(text ?? '')
  c.req.raw = replaceBody(c.req.raw, checked, text === null ? {} : { 'Content-Type': 'application/json' })
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

/**
 * The text of a JSON body; null where there is none. An empty one that is declared as JSON means an empty object. `text` is null
 * for a body that is not UTF-8.
 */
function checkJsonText({ headers, method }: Request, text: string | null): string | null {
  const type = headers.get('Content-Type')
  if (text === '' && (type === null || !BODY_METHODS.has(method))) return type !== null && isJson(type) ? '{}' : null
  if (type === null || !isJson(type)) {
    throw new Problem('unsupported_media_type', 'Send the body as `Content-Type: application/json`, in UTF-8.')
  }
  if (text === null) throw new Problem('invalid_request', 'The body is not UTF-8.')
  // RFC 8259 §8.1: none may be sent, and one may be ignored.
  return text.replace(/^\uFEFF/, '') || '{}'
}

/** JSON has no charset but UTF-8 (RFC 8259 §8.1), which many clients name all the same. */
const isJson = (type: string) =>
  type === 'application/json' ||
  (JSON_TYPE.test(type) && [...type.matchAll(CHARSET)].every(([, charset = '']) => UTF_8.test(charset)))

const BODY_METHODS = new Set(['POST', 'PUT', 'PATCH'])
const JSON_TYPE = /^application\/json[ \t]*(;.*)?$/i
const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*([^;]*)/gi
const UTF_8 = /^(utf-?8|"utf-?8")[ \t]*$/i
