import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/core/hash.ts'
import {
  BRAND_PATTERN,
  CHECKSUM_LENGTH,
  managementBrandOf,
  mintToken,
  PREFIX_LENGTH,
  parseToken,
  SECRET_LENGTH,
} from '../../src/core/token.ts'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Computed by hand from the design: brand, prefix, 43 characters, and the CRC-32 of all of it in base62. */
const BODY = 'nsl_4fK9aZ2q_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg'
const TOKEN = `${BODY}1RfaCs`

const random = (count: number) => crypto.getRandomValues(new Uint8Array(count))

const brand = fc.stringMatching(/^[a-z][a-z0-9]{1,9}$/)
const minted = fc
  .tuple(brand, fc.infiniteStream(fc.nat(255)))
  .map(([brand, stream]) => ({ brand, ...mintToken(brand, (count) => Uint8Array.from(stream.take(count))) }))
const sign = fc.oneof(
  fc.constantFrom(...ALPHABET, '_', '-', ' ', '\n', '\u0000'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
)

/** CRC-32 as IEEE 802.3 defines it, bit by bit: reflected polynomial EDB88320. */
function referenceCrc32(text: string): number {
  let crc = 0xffffffff
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

/** The checksum written by another way than the source's: each of six digits by division. */
const referenceChecksum = (body: string) =>
  [5, 4, 3, 2, 1, 0].map((power) => ALPHABET[Math.floor(referenceCrc32(body) / 62 ** power) % 62]).join('')

const replaced = (token: string, at: number, by: string) => token.slice(0, at) + by + token.slice(at + 1)
const positions = (token: string) => Array.from(token, (_, at) => at)

describe('mintToken', () => {
  it('gives brand, prefix, secret and checksum their exact lengths and alphabet', () => {
    fc.assert(
      fc.property(minted, ({ brand, token, prefix }) => {
        expect(token).toMatch(new RegExp(`^${brand}_${prefix}_[0-9A-Za-z]{49}$`))
        expect(prefix).toMatch(/^[0-9A-Za-z]{8}$/)
      }),
    )
  })

  it('ends in the published CRC-32 of all that stands before', () => {
    expect(referenceCrc32('123456789').toString(16)).toBe('cbf43926')

    fc.assert(
      fc.property(minted, ({ token }) => {
        expect(token.slice(-6)).toBe(referenceChecksum(token.slice(0, -6)))
      }),
    )
  })

  it('never gives the same prefix or token twice', () => {
    const mints = Array.from({ length: 1000 }, () => mintToken('nsl', random))

    expect(new Set(mints.map(({ token }) => token)).size).toBe(1000)
    expect(new Set(mints.map(({ prefix }) => prefix)).size).toBe(1000)
  })

  it('draws the public prefix and the secret from different bytes', () => {
    const bytes = Array.from({ length: 51 }, (_, index) => index)

    const { token } = mintToken('nsl', (count) => Uint8Array.from(bytes.splice(0, count)))

    expect(token).toContain(`nsl_${ALPHABET.slice(0, 8)}_${ALPHABET.slice(8, 51)}`)
  })

  it('holds at least 256 bits in the secret, and every CRC-32 in the checksum', () => {
    expect(62n ** BigInt(SECRET_LENGTH)).toBeGreaterThanOrEqual(2n ** 256n)
    expect(62n ** BigInt(CHECKSUM_LENGTH)).toBeGreaterThanOrEqual(2n ** 32n)
    expect(PREFIX_LENGTH).toBe(8)
  })
})

describe('parseToken', () => {
  it('reads a token whose every part is known', () => {
    expect(parseToken(TOKEN, 'nsl')).toEqual({ prefix: '4fK9aZ2q' })
  })

  it('reads back the prefix of every minted token, for every brand', () => {
    fc.assert(
      fc.property(minted, ({ brand, token, prefix }) => {
        expect(parseToken(token, brand)).toEqual({ prefix })
      }),
    )
  })

  it('refuses a token with any one character changed to any other of the alphabet', () => {
    const accepted = positions(TOKEN).flatMap((at) =>
      [...ALPHABET, '_'].filter((letter) => letter !== TOKEN[at] && parseToken(replaced(TOKEN, at, letter), 'nsl')),
    )

    expect(accepted).toEqual([])
  })

  it('refuses a token with any one character changed to anything else', () => {
    fc.assert(
      fc.property(minted, fc.nat(), sign, ({ brand, token }, nth, replacement) => {
        const at = nth % token.length
        fc.pre(token[at] !== replacement)
        expect(parseToken(replaced(token, at, replacement), brand)).toBeNull()
      }),
      { numRuns: 1000 },
    )
  })

  it('refuses a token with any two neighbours swapped', () => {
    fc.assert(
      fc.property(minted, fc.nat(), ({ brand, token }, nth) => {
        const at = nth % (token.length - 1)
        const [left = '', right = ''] = token.slice(at, at + 2)
        fc.pre(left !== right)
        expect(parseToken(token.slice(0, at) + right + left + token.slice(at + 2), brand)).toBeNull()
      }),
      { numRuns: 1000 },
    )
  })

  it('refuses a token with a character inserted anywhere', () => {
    fc.assert(
      fc.property(minted, fc.nat(), sign, ({ brand, token }, nth, inserted) => {
        const at = nth % (token.length + 1)
        expect(parseToken(token.slice(0, at) + inserted + token.slice(at), brand)).toBeNull()
      }),
      { numRuns: 1000 },
    )
  })

  it('refuses a token with a character left out anywhere', () => {
    const accepted = positions(TOKEN).filter((at) => parseToken(replaced(TOKEN, at, ''), 'nsl'))

    expect(accepted).toEqual([])
  })

  it('refuses every beginning and every end of a token', () => {
    const pieces = positions(TOKEN).flatMap((at) => [TOKEN.slice(0, at), TOKEN.slice(at + 1)])

    expect(pieces.filter((piece) => parseToken(piece, 'nsl'))).toEqual([])
  })

  it('refuses a token with anything in front or behind', () => {
    fc.assert(
      fc.property(minted, fc.string({ unit: 'binary', minLength: 1 }), ({ brand, token }, more) => {
        expect(parseToken(token + more, brand)).toBeNull()
        expect(parseToken(more + token, brand)).toBeNull()
      }),
    )
  })

  it('refuses any text that was not minted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), brand, (text, brand) => {
        expect(parseToken(text, brand)).toBeNull()
      }),
    )
  })

  it.each([
    { token: '', why: 'nothing' },
    { token: 'n'.repeat(10_000), why: '10,000 characters' },
    { token: TOKEN.repeat(170), why: 'good tokens in a row' },
    { token: `${TOKEN}\u0000`, why: 'a NUL at the end' },
    { token: `\u0000${TOKEN.slice(1)}`, why: 'a NUL at the start' },
    { token: `${TOKEN}\n`, why: 'a newline at the end' },
    { token: `${TOKEN.slice(0, -1)}\n`, why: 'a newline for the last character' },
    { token: ` ${TOKEN}`, why: 'a leading space' },
    { token: `${TOKEN} `, why: 'a trailing space' },
    { token: `"${TOKEN}"`, why: 'quotes' },
    { token: `Bearer ${TOKEN}`, why: 'the scheme' },
    { token: TOKEN.toLowerCase(), why: 'the case folded down' },
    { token: TOKEN.toUpperCase(), why: 'the case folded up' },
    { token: TOKEN.replace('nsl', 'NSL'), why: 'the brand in capitals' },
    { token: TOKEN.replace('a', 'а'), why: 'a Cyrillic а for an a' },
    { token: TOKEN.replace('0', 'O'), why: 'an O for a zero' },
    { token: TOKEN.replace('K', '\u212a'), why: 'a Kelvin sign for a K' },
    { token: TOKEN.replace('4', '４'), why: 'a full-width 4' },
    { token: TOKEN.replaceAll('_', '-'), why: 'hyphens for underscores' },
    { token: TOKEN.replace('nsl_', 'nsl__'), why: 'a second underscore' },
    { token: BODY, why: 'no checksum' },
    { token: `${BODY}000000`, why: 'a checksum of zeros' },
    { token: TOKEN.slice(4), why: 'no brand' },
  ])('refuses $why', ({ token }) => {
    expect(parseToken(token, 'nsl')).toBeNull()
  })

  it('refuses letters outside the alphabet even under a checksum that is right', () => {
    const body = BODY.replace('0', '-')

    expect(parseToken(body + referenceChecksum(body), 'nsl')).toBeNull()
  })

  it('refuses parts of other lengths even when the whole and its checksum are right', () => {
    const body = 'nsl_4fK9aZ2_q0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg'

    expect(parseToken(body + referenceChecksum(body), 'nsl')).toBeNull()
  })

  it('refuses a token of any other brand', () => {
    fc.assert(
      fc.property(minted, brand, ({ brand, token }, other) => {
        fc.pre(brand !== other)
        expect(parseToken(token, other)).toBeNull()
      }),
    )
  })

  it('never reads an API key as a management key, nor a management key as an API key', () => {
    fc.assert(
      fc.property(brand, (brand) => {
        expect(parseToken(mintToken(brand, random).token, managementBrandOf(brand))).toBeNull()
        expect(parseToken(mintToken(managementBrandOf(brand), random).token, brand)).toBeNull()
      }),
    )
  })

  it('refuses what is stored of a token: its hash, and its hash dressed as a token', async () => {
    const { token, prefix } = mintToken('nsl', random)
    const hash = await sha256Hex(token)

    expect(parseToken(hash, 'nsl')).toBeNull()
    expect(parseToken(`nsl_${prefix}_${hash}`, 'nsl')).toBeNull()
    expect(parseToken(`nsl_${prefix}_${hash.slice(0, 49)}`, 'nsl')).toBeNull()
  })
})

describe('managementBrandOf', () => {
  it('is the brand of the API keys and an m', () => {
    expect(managementBrandOf('nsl')).toBe('nslm')
  })
})

describe('BRAND_PATTERN', () => {
  it.each(['ns', 'nsl', 'a1', 'a123456789', 'tencharsxx'])('takes %s', (text) => {
    expect(text).toMatch(BRAND_PATTERN)
  })

  it.each(['', 'n', 'Nsl', '1sl', 'n_l', 'n-l', 'n l', 'nsl\n', 'é1', 'elevenchars'])('refuses %j', (text) => {
    expect(text).not.toMatch(BRAND_PATTERN)
  })
})
