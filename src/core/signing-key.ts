// The keys that sign access tokens, and when each of them does. A successor is published before it signs, so that whoever
// keeps a copy of the published keys has it in time; a key stays published until its last token has expired.

export type PublicJwk = { kty: 'OKP'; crv: 'Ed25519'; x: string }

export type SigningKey = {
  /** The thumbprint of the public key (RFC 7638). */
  kid: string
  publicKey: PublicJwk
  /** Sealed: only the holder of the ROOT_KEY it was sealed by can sign with it. */
  privateKey: string
  sealedBy: string
  createdAt: number
  signsFrom: number
  signsUntil: number
  publishedUntil: number
}

const DAY_MS = 86_400_000
/** How long a key signs. */
export const SIGNING_PERIOD_MS = 30 * DAY_MS
/** How long before it signs a successor is published. */
export const PUBLISHED_AHEAD_MS = DAY_MS
/** More than clocks of one network differ by. */
const HEAD_START_MS = 60_000
/** The longest life of an access token, and an hour for clocks that differ. */
const OUTLIVED_MS = DAY_MS + 3_600_000

export type Term = Pick<SigningKey, 'signsFrom' | 'signsUntil' | 'publishedUntil'>

/** When a key that begins to sign at a moment signs, and how long it is published. */
export const planTerm = (signsFrom: number): Term => ({
  signsFrom,
  signsUntil: signsFrom + SIGNING_PERIOD_MS,
  publishedUntil: signsFrom + SIGNING_PERIOD_MS + OUTLIVED_MS,
})

/** The key that signs now, of those sealed by this ROOT_KEY; the newest where several do. */
export function findSigner(keys: readonly SigningKey[], sealedBy: string, now: number): SigningKey | null {
  const signing = keys.filter((key) => key.sealedBy === sealedBy && key.signsFrom <= now && now < key.signsUntil)
  return signing.reduce<SigningKey | null>((best, key) => (best && best.signsFrom >= key.signsFrom ? best : key), null)
}

/**
 * When a key that has still to be made should begin to sign; null while none is due. The first begins a little before it is
 * made, so that it signs for those too whose clocks are behind.
 */
export function planNextKey(keys: readonly SigningKey[], sealedBy: string, now: number): number | null {
  const signer = findSigner(keys, sealedBy, now)
  if (signer === null) return now - HEAD_START_MS
  const hasSuccessor = keys.some((key) => key.sealedBy === sealedBy && key.signsFrom >= signer.signsUntil)
  return hasSuccessor || signer.signsUntil - now > PUBLISHED_AHEAD_MS ? null : signer.signsUntil
}
