// The token of a request, read as the front door reads it: exactly one, in one header.

export type RequestToken =
  | { state: 'missing' }
  | { state: 'ambiguous' }
  /** No token can look like this. */
  | { state: 'malformed' }
  | { state: 'given'; token: string }

/**
 * Reads `Authorization: Bearer <token>` or `X-API-Key: <token>`.
 * The scheme is case-insensitive (RFC 9110 §11.1); the token has no spaces or commas (RFC 6750 §2.1, b64token).
 * An empty field and a credential of another scheme count as no token, also beside one: a proxy in front may ask for Basic.
 * A header that is sent twice arrives joined by a comma, so a comma beside a Bearer token means two.
 */
export function readToken(headers: Headers): RequestToken {
  const authorization = headers.get('Authorization') ?? ''
  const apiKey = headers.get('X-API-Key') ?? ''
  if (apiKey === '') return readAuthorization(authorization)
  const other = readAuthorization(authorization)
  const isAlone = other.state === 'missing' || EMPTY_BEARER.test(authorization)
  return isAlone ? tokenFrom(apiKey) : { state: 'ambiguous' }
}

function readAuthorization(text: string): RequestToken {
  const credentials = text.split(',')
  if (!credentials.some((credential) => IS_BEARER.test(credential))) return { state: 'missing' }
  return credentials.length > 1 ? { state: 'ambiguous' } : tokenFrom(text.replace(SCHEME, ''))
}

function tokenFrom(text: string): RequestToken {
  if (text.includes(',')) return { state: 'ambiguous' }
  return TOKEN.test(text) ? { state: 'given', token: text } : { state: 'malformed' }
}

const IS_BEARER = /^[ \t]*bearer([ \t]|$)/i
const EMPTY_BEARER = /^bearer$/i
const SCHEME = /^bearer */i
const TOKEN = /^[!-+\--~]+$/
