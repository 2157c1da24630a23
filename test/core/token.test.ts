import { Buffer } from 'node:buffer'
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/core/hash.ts'
import { importMintKey, TAG_LENGTH } from '../../src/core/mint-tag.ts'
import {
  BRAND_PATTERN,
  CHECKSUM_LENGTH,
  isMintedWith,
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

const MINT_KEY = await importMintKey({
  id: 'first',
  secret: '00112233445566778899aabbccddeeff'.repeat(2),
  createdAt: 0,
})
const OTHER_KEY = await importMintKey({ id: 'second', secret: 'ff'.repeat(32), createdAt: 1 })

const brand = fc.stringMatching(/^[a-z][a-z0-9]{1,9}$/)
/** A brand and what is drawn for its token: minting is asynchronous, so the properties mint. */
const drawn = fc.tuple(brand, fc.infiniteStream(fc.nat(255)))
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never
const mint = async ([brand, stream]: Drawn) => ({
  brand,
  ...(await mintToken(brand, MINT_KEY, (count) => Uint8Array.from(stream.take(count)))),
})
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
  it('gives brand, prefix, secret and checksum their exact lengths and alphabet', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (one) => {
        const { brand, token, prefix } = await mint(one)
        expect(token).toMatch(new RegExp(`^${brand}_${prefix}_[0-9A-Za-z]{49}$`))
        expect(prefix).toMatch(/^[0-9A-Za-z]{8}$/)
      }),
    )
  })

  it('ends in the published CRC-32 of all that stands before', async () => {
    expect(referenceCrc32('123456789').toString(16)).toBe('cbf43926')

    await fc.assert(
      fc.asyncProperty(drawn, async (one) => {
        const { token } = await mint(one)
        expect(token.slice(-6)).toBe(referenceChecksum(token.slice(0, -6)))
      }),
    )
  })

  it('never gives the same prefix or token twice', async () => {
    const mints = await Promise.all(Array.from({ length: 1000 }, () => mintToken('nsl', MINT_KEY, random)))

    expect(new Set(mints.map(({ token }) => token)).size).toBe(1000)
    expect(new Set(mints.map(({ prefix }) => prefix)).size).toBe(1000)
  })

  it('draws the public prefix and the secret from different bytes', async () => {
    const bytes = Array.from({ length: 43 }, (_, index) => index)

    const { token } = await mintToken('nsl', MINT_KEY, (count) => Uint8Array.from(bytes.splice(0, count)))

    expect(token).toContain(`nsl_${ALPHABET.slice(0, 8)}_${ALPHABET.slice(8, 43)}`)
  })

  it('holds at least 190 random bits in the secret, and every CRC-32 in the checksum', () => {
    expect(62n ** BigInt(SECRET_LENGTH - TAG_LENGTH)).toBeGreaterThanOrEqual(2n ** 190n)
    expect(62n ** BigInt(CHECKSUM_LENGTH)).toBeGreaterThanOrEqual(2n ** 32n)
    expect(PREFIX_LENGTH).toBe(8)
  })
})

describe('parseToken', () => {
  it('reads a token whose every part is known', () => {
    expect(parseToken(TOKEN, 'nsl')).toEqual({ prefix: '4fK9aZ2q' })
  })

  it('reads back the prefix of every minted token, for every brand', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (one) => {
        const { brand, token, prefix } = await mint(one)
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

  it('refuses a token with any one character changed to anything else', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, fc.nat(), sign, async (one, nth, replacement) => {
        const { brand, token } = await mint(one)
        const at = nth % token.length
        fc.pre(token[at] !== replacement)
        expect(parseToken(replaced(token, at, replacement), brand)).toBeNull()
      }),
      { numRuns: 1000 },
    )
  })

  it('refuses a token with any two neighbours swapped', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, fc.nat(), async (one, nth) => {
        const { brand, token } = await mint(one)
        const at = nth % (token.length - 1)
        const [left = '', right = ''] = token.slice(at, at + 2)
        fc.pre(left !== right)
        expect(parseToken(token.slice(0, at) + right + left + token.slice(at + 2), brand)).toBeNull()
      }),
      { numRuns: 1000 },
    )
  })

  it('refuses a token with a character inserted anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, fc.nat(), sign, async (one, nth, inserted) => {
        const { brand, token } = await mint(one)
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

  it('refuses a token with anything in front or behind', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, fc.string({ unit: 'binary', minLength: 1 }), async (one, more) => {
        const { brand, token } = await mint(one)
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

  it('refuses a token of any other brand', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, brand, async (one, other) => {
        const { brand, token } = await mint(one)
        fc.pre(brand !== other)
        expect(parseToken(token, other)).toBeNull()
      }),
    )
  })

  it('never reads an API key as a management key, nor a management key as an API key', async () => {
    await fc.assert(
      fc.asyncProperty(brand, async (brand) => {
        const managementBrand = managementBrandOf(brand)
        expect(parseToken((await mintToken(brand, MINT_KEY, random)).token, managementBrand)).toBeNull()
        expect(parseToken((await mintToken(managementBrand, MINT_KEY, random)).token, brand)).toBeNull()
      }),
    )
  })

  it('refuses what is stored of a token: its hash, and its hash dressed as a token', async () => {
    const { token, prefix } = await mintToken('nsl', MINT_KEY, random)
    const hash = await sha256Hex(token)

    expect(parseToken(hash, 'nsl')).toBeNull()
    expect(parseToken(`nsl_${prefix}_${hash}`, 'nsl')).toBeNull()
    expect(parseToken(`nsl_${prefix}_${hash.slice(0, 49)}`, 'nsl')).toBeNull()
  })
})

describe('isMintedWith', () => {
  it('knows every token that the mint key has tagged, of every brand', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (one) => {
        expect(await isMintedWith(MINT_KEY, (await mint(one)).token)).toBe(true)
      }),
    )
  })

  it('knows no token that another mint key has tagged', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (one) => {
        expect(await isMintedWith(OTHER_KEY, (await mint(one)).token)).toBe(false)
      }),
    )
  })

  it('refuses a token whose tag, secret, prefix or brand was changed, whatever its checksum', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, fc.nat(), fc.constantFrom(...ALPHABET), async (one, nth, letter) => {
        const body = (await mint(one)).token.slice(0, -CHECKSUM_LENGTH)
        const at = nth % body.length
        fc.pre(body[at] !== letter)
        const forged = replaced(body, at, letter)

        expect(await isMintedWith(MINT_KEY, forged + referenceChecksum(forged))).toBe(false)
      }),
    )
  })

  it('computes the tag as node:crypto does: HMAC-SHA-256, its first 64 bits in base62', async () => {
    const { token } = await mintToken('nsl', MINT_KEY, random)
    const body = token.slice(0, -TAG_LENGTH - CHECKSUM_LENGTH)
    const mac = createHmac('sha256', Buffer.from(MINT_KEY.secret, 'hex')).update(body).digest()
    const value = mac.readBigUInt64BE(0) % 62n ** 8n
    const digits = [7n, 6n, 5n, 4n, 3n, 2n, 1n, 0n].map((power) => ALPHABET[Number((value / 62n ** power) % 62n)])

    expect(token.slice(body.length, -CHECKSUM_LENGTH)).toBe(digits.join(''))
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
