import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_TOKEN_LIFETIME_SECONDS } from '../../src/core/access-token.ts'
import {
  algorithmOf,
  findSigner,
  PUBLISHED_AHEAD_MS,
  planNextKey,
  planTerm,
  SIGNING_PERIOD_MS,
  type SigningKey,
} from '../../src/core/signing-key.ts'

const NOON = 1_795_262_400_000
const SEAL = 'seal-of-this-root-key'
const CHOICE = { sealedBy: SEAL, algorithm: 'EdDSA' } as const

const RSA = { kty: 'RSA', n: 'n', e: 'AQAB' } as const

const aKey = (kid: string, signsFrom: number, sealedBy = SEAL): SigningKey => ({
  kid,
  publicKey: { kty: 'OKP', crv: 'Ed25519', x: kid },
  privateKey: 'sealed',
  sealedBy,
  createdAt: signsFrom,
  ...planTerm(signsFrom),
})

describe('algorithmOf', () => {
  it.each([
    [{ kty: 'OKP' }, 'EdDSA'],
    [{ kty: 'RSA' }, 'RS256'],
  ] as const)('says of %j %s', (jwk, algorithm) => {
    expect(algorithmOf(jwk)).toBe(algorithm)
  })
})

describe('a signing key', () => {
  it('is published until the last token it can have signed has expired, and longer', () => {
    const { signsUntil, publishedUntil } = planTerm(NOON)

    expect(publishedUntil - signsUntil).toBeGreaterThan(MAX_TOKEN_LIFETIME_SECONDS * 1000)
  })

  it('signs from the first millisecond of its term, and at the last no more', () => {
    const key = aKey('a', NOON)

    expect(findSigner([key], CHOICE, NOON - 1)).toBeNull()
    expect(findSigner([key], CHOICE, NOON)).toBe(key)
    expect(findSigner([key], CHOICE, NOON + SIGNING_PERIOD_MS - 1)).toBe(key)
    expect(findSigner([key], CHOICE, NOON + SIGNING_PERIOD_MS)).toBeNull()
  })

  it('does not sign when another ROOT_KEY sealed it', () => {
    expect(findSigner([aKey('a', NOON, 'another')], CHOICE, NOON)).toBeNull()
  })

  it('does not sign for a deployment that has chosen the other algorithm', () => {
    const [edDsa, rsa] = [aKey('a', NOON), { ...aKey('b', NOON - 1), publicKey: RSA }]

    expect(findSigner([edDsa, rsa], { ...CHOICE, algorithm: 'RS256' }, NOON)).toBe(rsa)
    expect(findSigner([edDsa, rsa], CHOICE, NOON)).toBe(edDsa)
    expect(findSigner([rsa], CHOICE, NOON)).toBeNull()
  })

  it('gives way to a newer one that signs as well, in whatever order they are read', () => {
    const keys = [aKey('old', NOON - 1000), aKey('new', NOON), aKey('older', NOON - 2000)]

    expect(findSigner(keys, CHOICE, NOON)?.kid).toBe('new')
    expect(findSigner(keys.toReversed(), CHOICE, NOON)?.kid).toBe('new')
  })
})

describe('the next signing key', () => {
  it('begins before it is made when there is none, for clocks that are behind', () => {
    const signsFrom = planNextKey([], CHOICE, NOON)

    expect(signsFrom).toBe(NOON - 60_000)
  })

  it('begins at once when what there is was sealed by another ROOT_KEY', () => {
    expect(planNextKey([aKey('a', NOON, 'another')], CHOICE, NOON)).toBe(NOON - 60_000)
  })

  it('begins at once when what there is has the other algorithm, and is no successor of it', () => {
    const end = NOON + SIGNING_PERIOD_MS
    const rsa = { ...aKey('b', end), publicKey: RSA }

    expect(planNextKey([rsa], CHOICE, end)).toBe(end - 60_000)
    expect(planNextKey([aKey('a', NOON), rsa], CHOICE, end - 1)).toBe(end)
  })

  it('is not made before it has to be announced', () => {
    const end = NOON + SIGNING_PERIOD_MS

    expect(planNextKey([aKey('a', NOON)], CHOICE, end - PUBLISHED_AHEAD_MS - 1)).toBeNull()
    expect(planNextKey([aKey('a', NOON)], CHOICE, end - PUBLISHED_AHEAD_MS)).toBe(end)
  })

  it('is made once', () => {
    const end = NOON + SIGNING_PERIOD_MS

    expect(planNextKey([aKey('a', NOON), aKey('b', end)], CHOICE, end - 1)).toBeNull()
  })

  it('leaves no moment without a signer, whenever it is looked for', () => {
    const looks = fc.array(fc.integer({ min: 1, max: PUBLISHED_AHEAD_MS - 1 }), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(looks, (waits) => {
        const keys: SigningKey[] = []
        let now = NOON
        for (const wait of waits) {
          const due = planNextKey(keys, CHOICE, now)
          if (due !== null) keys.push(aKey(String(keys.length), due))
          const signer = findSigner(keys, CHOICE, now)
          expect(signer).not.toBeNull()
          const isAnnounced = keys.length === 1 || keys.every(({ createdAt, signsFrom }) => createdAt <= signsFrom)
          expect(isAnnounced).toBe(true)
          now += wait
        }
      }),
    )
  })
})
