import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readToken } from '../../src/http/request-token.ts'

const authorization = (value: string) => new Headers({ Authorization: value })
const apiKey = (value: string) => new Headers({ 'X-API-Key': value })

/** What a client may send as one token: visible ASCII without a comma. */
const VISIBLE = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).filter((sign) => sign !== ',')
const visibleToken = fc.string({ unit: fc.constantFrom(...VISIBLE), minLength: 1, maxLength: 80 })

describe('readToken', () => {
  it.each([
    'Bearer nsl_token',
    'bearer nsl_token',
    'BEARER nsl_token',
    'bEaReR nsl_token',
    'Bearer    nsl_token',
    '  Bearer nsl_token',
    'Bearer nsl_token  ',
    'Bearer nsl_token\t',
  ])('reads the token of Authorization: %j', (value) => {
    expect(readToken(authorization(value))).toStrictEqual({ state: 'given', token: 'nsl_token', by: 'bearer' })
  })

  it.each(['X-API-Key', 'x-api-key', 'X-Api-Key'])('reads the token of %s', (name) => {
    const given = { state: 'given', token: 'nsl_token', by: 'api_key_header' }

    expect(readToken(new Headers({ [name]: 'nsl_token' }))).toStrictEqual(given)
  })

  it('hands on the case of the token as it came', () => {
    expect(readToken(authorization('BEARER AbC'))).toMatchObject({ token: 'AbC' })
  })

  it('reads no scheme out of X-API-Key', () => {
    expect(readToken(apiKey('Bearer nsl_token'))).toStrictEqual({ state: 'malformed' })
  })

  it('reads any visible ASCII without a comma as it came, from either header', () => {
    fc.assert(
      fc.property(visibleToken, (token) => {
        expect(readToken(authorization(`Bearer ${token}`))).toEqual({ state: 'given', token, by: 'bearer' })
        expect(readToken(apiKey(token))).toEqual({ state: 'given', token, by: 'api_key_header' })
      }),
    )
  })

  it('finds no credential in a request that carries none', () => {
    expect(readToken(new Headers({ Cookie: 'Bearer=nsl_token' }))).toStrictEqual({ state: 'missing' })
  })

  it.each([
    '',
    ' ',
    'Basic dXNlcjpwYXNz',
    'Token nsl_token',
    'nsl_token',
    'Bearernsl_token',
    'Bearer:nsl_token',
    'XBearer nsl_token',
    'Digest username="a", realm="b", response="c"',
    'AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c',
    'Negotiate YII=, Basic dTpw',
    'Basic dTpw,',
    ',',
    ', ,',
    'Digest realm="bearer", qop="auth"',
  ])('finds no credential in Authorization: %j', (value) => {
    expect(readToken(authorization(value))).toStrictEqual({ state: 'missing' })
  })

  it.each([
    'Bearer',
    'bearer',
    'Bearer ',
    'Bearer two words',
    'Bearer a\tb',
    'Bearer \ta',
    'Bearer né',
    'Bearer \u00a0a',
    'Bearer a\u007f',
  ])('calls Authorization: %j malformed and repeats nothing of it', (value) => {
    expect(readToken(authorization(value))).toStrictEqual({ state: 'malformed' })
  })

  it.each(['', ' ', '\t'])('finds no credential in X-API-Key: %j', (value) => {
    expect(readToken(apiKey(value))).toStrictEqual({ state: 'missing' })
  })

  it.each(['two words', 'a\tb', 'né', '\u00a0', 'a\u007f'])(
    'calls X-API-Key: %j malformed and repeats nothing of it',
    (value) => {
      expect(readToken(apiKey(value))).toStrictEqual({ state: 'malformed' })
    },
  )

  it.each(['Bearer\tnsl_token', 'Bearer\u00a0nsl_token'])('reads no token behind anything but a space: %j', (value) => {
    expect(readToken(authorization(value))).not.toHaveProperty('token')
  })

  it.each([
    ['Bearer a', 'Bearer b'],
    ['Bearer a', 'Bearer a'],
    ['Basic a', 'Bearer b'],
    ['Bearer a', 'Basic b'],
    ['Bearer a', ''],
  ])('refuses to choose between Authorization %j and %j', (first, second) => {
    const headers = authorization(first)
    headers.append('Authorization', second)

    expect(readToken(headers)).toStrictEqual({ state: 'ambiguous' })
  })

  it.each(['a,b', 'a, b', 'a, a', ',', 'a,'])('takes X-API-Key: %j for two keys', (value) => {
    expect(readToken(apiKey(value))).toStrictEqual({ state: 'ambiguous' })
  })

  it.each([
    ['Bearer a', 'a'],
    ['Bearer a', 'b'],
    ['bearer a b', 'a'],
    ['Bearer a, Basic b', 'a'],
    ['Digest realm="x", Bearer b', 'a'],
    ['Basic a', 'a,b'],
    ['', 'a, a'],
  ])('refuses both headers at once: Authorization %j and X-API-Key %j', (first, second) => {
    const headers = new Headers({ Authorization: first, 'X-API-Key': second })

    expect(readToken(headers)).toStrictEqual({ state: 'ambiguous' })
  })

  it.each([
    '',
    ' ',
    'Basic dTpw',
    'basic dTpw',
    'Negotiate YII=',
    'NTLM TlRM',
    'Digest username="a", realm="b", response="c"',
    'Token other',
    'unknown',
    'Bearer',
    'bearer ',
  ])('reads X-API-Key beside Authorization: %j, which is no token', (value) => {
    const headers = new Headers({ Authorization: value, 'X-API-Key': 'nsl_token' })

    expect(readToken(headers)).toStrictEqual({ state: 'given', token: 'nsl_token', by: 'api_key_header' })
  })

  it.each(['', ' ', '\t'])('reads a Bearer token beside X-API-Key: %j, which is empty', (value) => {
    const headers = new Headers({ Authorization: 'Bearer nsl_token', 'X-API-Key': value })

    expect(readToken(headers)).toStrictEqual({ state: 'given', token: 'nsl_token', by: 'bearer' })
  })

  it('hands on a token only when it is one piece of visible ASCII', () => {
    const latin1 = fc.string({ unit: fc.integer({ min: 32, max: 255 }).map((code) => String.fromCharCode(code)) })

    fc.assert(
      fc.property(latin1, (value) => {
        for (const headers of [apiKey(value), authorization(`Bearer ${value}`)]) {
          const credential = readToken(headers)
          if (credential.state === 'given')
            expect([...credential.token].every((sign) => VISIBLE.includes(sign))).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
