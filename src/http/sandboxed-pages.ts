// The API reference is a page without an origin (`Origin: null`), from which its reader calls the API with a token that they
// type in. Any page can have that origin, and gains nothing: no cookie opens what is allowed here.
import { createMiddleware } from 'hono/factory'

const PREFLIGHT_SECONDS = 600

/** Answers preflights of pages without an origin, and lets those pages read the answers. */
export const allowSandboxedPages = createMiddleware(async function allowSandboxedPages(c, next) {
  if (!isFromSandboxedPage(c.req.raw)) return next()
  if (c.req.method === 'OPTIONS' && c.req.header('Access-Control-Request-Method') !== undefined) {
    c.header('Access-Control-Allow-Methods', 'GET, POST, PUT, PATCH, DELETE')
    c.header(
      'Access-Control-Allow-Headers',
      'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-API-Key',
    )
    c.header('Access-Control-Max-Age', String(PREFLIGHT_SECONDS))
    c.res = c.body(null, 204)
  } else await next()
  for (const [name, value] of Object.entries(READABLE)) c.header(name, value)
})

/** The response to a page without an origin, as it may read it. */
export async function allowSandboxedPage(response: Promise<Response>): Promise<Response> {
  const answer = await response
  for (const [name, value] of Object.entries(READABLE)) answer.headers.set(name, value)
  return answer
}

export const isFromSandboxedPage = ({ headers }: Request): boolean => headers.get('Origin') === 'null'

const READABLE = {
  'Access-Control-Allow-Origin': 'null',
  'Access-Control-Expose-Headers': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  Vary: 'Origin',
}
