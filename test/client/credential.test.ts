import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCredential } from '../../src/client/credential.ts'
import { SCOPE_PATTERN } from '../../src/client/guard-options.ts'
import { SCOPE_PATTERN as OF_KEYWARD } from '../../src/core/scope.ts'
import { readCredential as readAtTheFrontDoor } from '../../src/http/credential.ts'

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
  ),
  fc
    .array(fc.constantFrom('Bearer', 'bEARER', ' ', '\t', ',', '"', 'nsl_a', '~', 'Basic', '='), { maxLength: 6 })
    .map((parts) => parts.join('')),
)

describe('readCredential', () => {
  it('reads every request as the front door does', () => {
    fc.assert(
      fc.property(fc.option(aValue), fc.option(aValue), (authorization, apiKey) => {
        const headers = new Headers()
        if (authorization !== null) headers.set('Authorization', authorization)
        if (apiKey !== null) headers.set('X-API-Key', apiKey)

        // The front door also tells in which header the token was.
        const { by: _, ...expected } = { by: null, ...readAtTheFrontDoor(headers) }
        expect(readCredential(headers)).toEqual(expected)
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
