import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isEqualInConstantTime, sha256Hex } from '../../src/core/hash.ts'

const digest = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 })
/** Any UTF-16, half surrogate pairs too. */
const anyText = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) })

describe('sha256Hex', () => {
  it.each([
    { text: '', hex: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' },
    { text: 'abc', hex: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' },
    {
      text: 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      hex: '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    },
    { text: 'a'.repeat(1_000_000), hex: 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0' },
  ])('gives the vector of FIPS 180 for $text.length characters', async ({ text, hex }) => {
    expect(await sha256Hex(text)).toBe(hex)
  })

  it('hashes the UTF-8 of any text as node:crypto does', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        expect(await sha256Hex(text)).toBe(createHash('sha256').update(text, 'utf8').digest('hex'))
      }),
    )
  })

  it('tells texts apart that differ only in what a careless reader would trim or fold', async () => {
    const texts = ['nsl_a', 'nsl_A', ' nsl_a', 'nsl_a ', 'nsl_a\n', 'nsl_a\u0000']

    expect(new Set(await Promise.all(texts.map(sha256Hex))).size).toBe(texts.length)
  })
})

describe('isEqualInConstantTime', () => {
  const secrets = fc.string({ minLength: 1 })

  it('holds for a secret and itself', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        expect(isEqualInConstantTime(secret.slice(), secret)).toBe(true)
      }),
    )
  })

  it('fails for any text that differs, wherever it does', () => {
    fc.assert(
      fc.property(digest, fc.nat(63), (hex, at) => {
        const other = hex.slice(0, at) + (hex[at] === '0' ? '1' : '0') + hex.slice(at + 1)

        expect(isEqualInConstantTime(other, hex)).toBe(false)
      }),
    )
  })

  it.each([
    { presented: '', secret: 'a'.repeat(64) },
    { presented: 'a'.repeat(63), secret: 'a'.repeat(64) },
    { presented: 'a'.repeat(65), secret: 'a'.repeat(64) },
    { presented: 'a'.repeat(64), secret: 'A'.repeat(64) },
    { presented: '\u0161'.repeat(32), secret: 'a'.repeat(32) },
  ])('is false, not an error, for $presented and $secret', ({ presented, secret }) => {
    expect(isEqualInConstantTime(presented, secret)).toBe(false)
  })
})
