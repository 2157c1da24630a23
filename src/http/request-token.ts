// The token of a request: exactly one, in one header.

export type RequestToken =
  | { state: 'missing' }
  /** `ambiguous`: more than one. `malformed`: one that no token can look like. */
  | { state: 'ambiguous' | 'malformed' }
  | { state: 'given'; token: string; by: 'bearer' | 'api_key_header' }

/**
 * Reads `Authorization: Bearer <token>` or `X-API-Key: <token>`.
 * The scheme is case-insensitive (RFC 9110 §11.1); the token has no spaces or commas (RFC 6750 §2.1, b64token).
 * A header that is sent twice arrives joined by a comma, so a comma means two, even in a scheme that uses commas.
 * Another scheme counts as no token.
 */
export function readToken(headers: Headers): RequestToken {
  const authorization = headers.get('Authorization')
  const apiKey = headers.get('X-API-Key')
  if (authorization !== null && apiKey !== null) return { state: 'ambiguous' }
  if (apiKey !== null) return tokenFrom(apiKey, 'api_key_header')
  if (authorization === null) return { state: 'missing' }

  if (authorization.includes(',')) return { state: 'ambiguous' }
  const bearer = BEARER.exec(authorization)
  return bearer === null ? { state: 'missing' } : tokenFrom(bearer[1] ?? '', 'bearer')
}

function tokenFrom(text: string, by: 'bearer' | 'api_key_header'): RequestToken {
  if (text.includes(',')) return { state: 'ambiguous' }
  return TOKEN.test(text) ? { state: 'given', token: text, by } : { state: 'malformed' }
}

const BEARER = /^bearer(?: +|(?=\t)|$)(.*)$/i
/** Visible ASCII without a comma: wider than b64token, because a root key may contain other characters. */
const TOKEN = /^[!-+\--~]+$/
