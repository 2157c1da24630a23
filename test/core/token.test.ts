import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mintToken, parseToken } from '../../src/core/token.ts'

const random = (count: number) => crypto.getRandomValues(new Uint8Array(count))

describe('parseToken', () => {
  it('reads back the prefix of every minted token', () => {
    const { token, prefix } = mintToken('nsl', random)

    expect(parseToken(token, 'nsl')).toEqual({ prefix })
  })

  it('refuses a token with any one character changed', () => {
    const { token } = mintToken('nsl', random)
    const position = fc.integer({ min: 0, max: token.length - 1 })

    fc.assert(
      fc.property(position, fc.string({ minLength: 1, maxLength: 1 }), (at, replacement) => {
        fc.pre(token[at] !== replacement)
        expect(parseToken(token.slice(0, at) + replacement + token.slice(at + 1), 'nsl')).toBeNull()
      }),
    )
  })

  it('computes the checksum as the published CRC-32', () => {
    expect(crc32('123456789').toString(16)).toBe('cbf43926')
  })
})
