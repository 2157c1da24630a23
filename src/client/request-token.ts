// The token of a request, read as the front door reads it: exactly one, in one header.

export type RequestToken =
  | { state: 'missing' }
  | { state: 'ambiguous' }
  /** No token can look like this. */
  | { state: 'malformed' }
  | { state: 'given'; token: string }

/**
 * Reads `Authorization: Bearer <token>` or `X-API-Key: <token>`.
 * The scheme is case-insensitive (RFC 9110 §11.1); a header sent twice arrives joined by a comma, so a comma means two.
 * Another scheme counts as no token.
 */
export function readToken(headers: Headers): RequestToken {
  const authorization = headers.get('Authorization')
  const apiKey = headers.get('X-API-Key')
  if (authorization !== null && apiKey !== null) return { state: 'ambiguous' }
  if (apiKey !== null) return tokenFrom(apiKey)
  if (authorization === null) return { state: 'missing' }

  if (authorization.includes(',')) return { state: 'ambiguous' }
  const bearer = BEARER.exec(authorization)
  return bearer === null ? { state: 'missing' } : tokenFrom(bearer[1] ?? '')
}

function tokenFrom(text: string): RequestToken {
  if (text.includes(',')) return { state: 'ambiguous' }
  return TOKEN.test(text) ? { state: 'given', token: text } : { state: 'malformed' }
}

const BEARER = /^bearer(?: +|(?=\t)|$)(.*)$/i
const TOKEN = /^[!-+\--~]+$/
