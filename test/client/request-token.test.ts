import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SCOPE_PATTERN } from '../../packages/keyward/src/guard-options.ts'
import { readToken } from '../../packages/keyward/src/request-token.ts'
import { SCOPE_PATTERN as OF_KEYWARD } from '../../src/core/scope.ts'
import { readToken as readAtTheFrontDoor } from '../../src/http/request-token.ts'

/** Header values, mostly of parts that matter. */
const aValue = fc.oneof(
  fc.constantFrom(
    'Bearer',
    'bearer x',
    'BEARER  x',
    'Bearer\tx',
    'Basic eDp5',
    'Bearer a, Bearer b',
    'x',
    '',
    'Bearer é',
    'Digest realm="a", nonce="b"',
    'Negotiate YII=',
    'Basic eDp5, Bearer x',
  ),
  fc
    .array(fc.constantFrom('Bearer', 'bEARER', ' ', '\t', ',', '"', 'nsl_a', '~', 'Basic', '='), { maxLength: 6 })
    .map((parts) => parts.join('')),
)

describe('readToken', () => {
  it('reads every request as the front door does', () => {
    fc.assert(
      fc.property(fc.option(aValue), fc.option(aValue), (authorization, apiKey) => {
        const headers = new Headers()
        if (authorization !== null) headers.set('Authorization', authorization)
        if (apiKey !== null) headers.set('X-API-Key', apiKey)

        // The front door also tells in which header the token was.
        const { by: _, ...expected } = { by: null, ...readAtTheFrontDoor(headers) }
        expect(readToken(headers)).toEqual(expected)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a scope name', () => {
  it('is what Keyward takes for one', () => {
    expect(SCOPE_PATTERN.source).toBe(OF_KEYWARD.source)
  })
})
