import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** Answers with JSON that also says what Keyward told about the caller; null for what it did not tell. */
export function answer(c: Context, body: object, status: ContentfulStatusCode = 200): Response {
  return c.json({ ...body, caller: callerOf(c.req.raw.headers) }, status)
}

/** An error, where clients of either kind look for it: `error`, or the first of `errors`. */
export function fail(c: Context, message: string, status: 400 | 404 | 500): Response {
  return answer(c, { error: message, errors: [{ error: message }] }, status)
}

/** Who asks, by the headers that Keyward sets. True only because nobody but Keyward reaches this Worker. */
export function callerOf(headers: Headers) {
  return {
    keyId: headers.get('X-Keyward-Key-Id'),
    scopes: headers.get('X-Keyward-Scopes')?.split(' ') ?? null,
    ownerId: headers.get('X-Keyward-Owner-Id'),
    environmentId: headers.get('X-Keyward-Environment-Id'),
  }
}
