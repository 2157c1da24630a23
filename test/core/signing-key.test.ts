import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_TOKEN_LIFETIME_SECONDS } from '../../src/core/access-token.ts'
import {
  ANNOUNCED_MS,
  nextSignsFrom,
  SIGNING_PERIOD_MS,
  type SigningKey,
  signerAt,
  termFrom,
} from '../../src/core/signing-key.ts'

const NOON = 1_795_262_400_000
const SEAL = 'seal-of-this-root-key'

const aKey = (kid: string, signsFrom: number, sealedBy = SEAL): SigningKey => ({
  kid,
  publicKey: { kty: 'OKP', crv: 'Ed25519', x: kid },
  privateKey: 'sealed',
  sealedBy,
  createdAt: signsFrom,
  ...termFrom(signsFrom),
})

describe('a signing key', () => {
  it('is published until the last token it can have signed has expired, and longer', () => {
    const { signsUntil, publishedUntil } = termFrom(NOON)

    expect(publishedUntil - signsUntil).toBeGreaterThan(MAX_TOKEN_LIFETIME_SECONDS * 1000)
  })

  it('signs from the first millisecond of its term, and at the last no more', () => {
    const key = aKey('a', NOON)

    expect(signerAt([key], SEAL, NOON - 1)).toBeNull()
    expect(signerAt([key], SEAL, NOON)).toBe(key)
    expect(signerAt([key], SEAL, NOON + SIGNING_PERIOD_MS - 1)).toBe(key)
    expect(signerAt([key], SEAL, NOON + SIGNING_PERIOD_MS)).toBeNull()
  })

  it('does not sign when another ROOT_KEY sealed it', () => {
    expect(signerAt([aKey('a', NOON, 'another')], SEAL, NOON)).toBeNull()
  })

  it('gives way to a newer one that signs as well, in whatever order they are read', () => {
    const keys = [aKey('old', NOON - 1000), aKey('new', NOON), aKey('older', NOON - 2000)]

    expect(signerAt(keys, SEAL, NOON)?.kid).toBe('new')
    expect(signerAt(keys.toReversed(), SEAL, NOON)?.kid).toBe('new')
  })
})

describe('the next signing key', () => {
  it('begins before it is made when there is none, for clocks that are behind', () => {
    const signsFrom = nextSignsFrom([], SEAL, NOON)

    expect(signsFrom).toBe(NOON - 60_000)
  })

  it('begins at once when what there is was sealed by another ROOT_KEY', () => {
    expect(nextSignsFrom([aKey('a', NOON, 'another')], SEAL, NOON)).toBe(NOON - 60_000)
  })

  it('is not made before it has to be announced', () => {
    const end = NOON + SIGNING_PERIOD_MS

    expect(nextSignsFrom([aKey('a', NOON)], SEAL, end - ANNOUNCED_MS - 1)).toBeNull()
    expect(nextSignsFrom([aKey('a', NOON)], SEAL, end - ANNOUNCED_MS)).toBe(end)
  })

  it('is made once', () => {
    const end = NOON + SIGNING_PERIOD_MS

    expect(nextSignsFrom([aKey('a', NOON), aKey('b', end)], SEAL, end - 1)).toBeNull()
  })

  it('leaves no moment without a signer, whenever it is looked for', () => {
    const looks = fc.array(fc.integer({ min: 1, max: ANNOUNCED_MS - 1 }), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(looks, (waits) => {
        const keys: SigningKey[] = []
        let now = NOON
        for (const wait of waits) {
          const due = nextSignsFrom(keys, SEAL, now)
          if (due !== null) keys.push(aKey(String(keys.length), due))
          const signer = signerAt(keys, SEAL, now)
          expect(signer).not.toBeNull()
          const isAnnounced = keys.length === 1 || keys.every(({ createdAt, signsFrom }) => createdAt <= signsFrom)
          expect(isAnnounced).toBe(true)
          now += wait
        }
      }),
    )
  })
})
