import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeBase62, generateBase62 } from '../../src/core/base62.ts'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A source that gives these bytes over and over. */
function cycling(bytes: number[]) {
  let at = 0
  return (count: number) => Uint8Array.from({ length: count }, () => bytes[at++ % bytes.length] ?? 0)
}

/** How often each letter of the alphabet occurs. */
const tally = (text: string) => [...ALPHABET].map((letter) => text.split(letter).length - 1)

const decode = (text: string) => [...text].reduce((value, digit) => value * 62 + ALPHABET.indexOf(digit), 0)

describe('generateBase62', () => {
  const EVERY_BYTE = Array.from({ length: 256 }, (_, byte) => byte)

  it.each([
    { order: 'upwards', bytes: EVERY_BYTE },
    { order: 'downwards', bytes: EVERY_BYTE.toReversed() },
  ])('gives each letter equally often when every byte comes equally often, counted $order', ({ bytes }) => {
    const text = generateBase62(248 * 10, cycling(bytes))

    expect(tally(text)).toEqual(Array.from(ALPHABET, () => 40))
  })

  it.each([248, 249, 254, 255])('throws byte %i away and asks for another', (byte) => {
    expect(generateBase62(3, cycling([byte, 0, byte, 9, 61]))).toBe('09z')
  })

  it('uses the last byte below the bound', () => {
    expect(generateBase62(1, cycling([247]))).toBe('z')
  })

  it('asks for no more bytes than it has letters to fill', () => {
    const asked: number[] = []
    const bytes = cycling([0, 255])

    generateBase62(4, (count) => {
      asked.push(count)
      return bytes(count)
    })

    expect(asked).toEqual([4, 2, 1])
  })

  it('is of the length asked for, in the alphabet of tokens', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.infiniteStream(fc.nat(255)), (length, stream) => {
        const text = generateBase62(length, (count) => Uint8Array.from(stream.take(count)))

        expect(text).toMatch(/^[0-9A-Za-z]*$/)
        expect(text).toHaveLength(length)
      }),
    )
  })
})

describe('encodeBase62', () => {
  it.each([
    { value: 0, text: '000000' },
    { value: 9, text: '000009' },
    { value: 10, text: '00000A' },
    { value: 35, text: '00000Z' },
    { value: 36, text: '00000a' },
    { value: 61, text: '00000z' },
    { value: 62, text: '000010' },
    { value: 62 ** 5 - 1, text: '0zzzzz' },
    { value: 2 ** 32 - 1, text: '4gfFC3' },
    { value: 62 ** 6 - 1, text: 'zzzzzz' },
  ])('writes $value as $text', ({ value, text }) => {
    expect(encodeBase62(value, 6)).toBe(text)
  })

  it('is undone by reading the digits, for every CRC-32', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
        expect(decode(encodeBase62(value, 6))).toBe(value)
      }),
      { numRuns: 1000 },
    )
  })

  it('is undone by reading the digits, for every safe integer', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(decode(encodeBase62(value, 0))).toBe(value)
      }),
    )
  })

  it('gives every CRC-32 exactly six digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
        expect(encodeBase62(value, 6)).toMatch(/^[0-9A-Za-z]{6}$/)
      }),
    )
  })
})
