import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeUtf8 } from '../../src/http/utf8.ts'

describe('decodeUtf8', () => {
  it.each([
    ['Latin-1', [0x4d, 0xfc, 0x6c]],
    ['a cut sequence', [0x61, 0xc3]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a code point beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00]],
  ])('refuses %s, and reads what comes after it', (_, bytes) => {
    expect(decodeUtf8(new Uint8Array(bytes))).toBeNull()
    expect(decodeUtf8(new TextEncoder().encode('Müller'))).toBe('Müller')
  })

  it('keeps a byte order mark, which is for the reader of the text to judge', () => {
    expect(decodeUtf8(new TextEncoder().encode('\ufeff{}'))).toBe('\ufeff{}')
  })

  it('keeps every other text, U+FFFD too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeUtf8(new TextEncoder().encode(`x${text}\ufffd`))).toBe(`x${text.toWellFormed()}\ufffd`)
      }),
    )
  })
})
