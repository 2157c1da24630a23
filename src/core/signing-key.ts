// The keys that sign access tokens, and when each of them signs. A successor is published before it signs, so that
// verifiers that cache the published keys have it in time. A key stays published until its last token has expired.

/** EdDSA with Ed25519 (RFC 8037), or RS256, which more verifiers know (RFC 7518 §3.3). */
export const TOKEN_ALGORITHMS = ['EdDSA', 'RS256'] as const
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number]

export type PublicJwk = { kty: 'OKP'; crv: 'Ed25519'; x: string } | { kty: 'RSA'; n: string; e: string }

/** The only algorithm a key is used with: that of its type, whatever a token's header says (RFC 8725 §3.1). */
export const algorithmOf = ({ kty }: Pick<PublicJwk, 'kty'>): TokenAlgorithm => (kty === 'RSA' ? 'RS256' : 'EdDSA')

export type SigningKey = {
  /** The thumbprint of the public key (RFC 7638). */
  kid: string
  publicKey: PublicJwk
  /** Encrypted under a key derived from ROOT_KEY, of which `sealedBy` is the fingerprint. */
  privateKey: string
  sealedBy: string
  createdAt: number
  signsFrom: number
  signsUntil: number
  publishedUntil: number
}

/** Which keys a deployment signs with: those sealed by its ROOT_KEY, of the algorithm it has chosen. */
export type SignerChoice = { sealedBy: string; algorithm: TokenAlgorithm }

const DAY_MS = 86_400_000
/** How long a key signs. */
export const SIGNING_PERIOD_MS = 30 * DAY_MS
/** How long a successor is published before it signs. */
export const PUBLISHED_AHEAD_MS = DAY_MS
/** More than the clocks of Cloudflare's machines differ by. */
const HEAD_START_MS = 60_000
/** How long a key stays published after it signs: the longest life of a token, and an hour for clocks that differ. */
const PUBLISHED_AFTER_MS = DAY_MS + 3_600_000

export type Term = Pick<SigningKey, 'signsFrom' | 'signsUntil' | 'publishedUntil'>

/** Until when a key that begins to sign at `signsFrom` signs, and until when it is published. */
export const planTerm = (signsFrom: number): Term => ({
  signsFrom,
  signsUntil: signsFrom + SIGNING_PERIOD_MS,
  publishedUntil: signsFrom + SIGNING_PERIOD_MS + PUBLISHED_AFTER_MS,
})

/** The chosen key that signs now: the newest if there are several, null if there is none. */
export function findSigner(keys: readonly SigningKey[], choice: SignerChoice, now: number): SigningKey | null {
  const signing = keys.filter((key) => isChosen(key, choice) && key.signsFrom <= now && now < key.signsUntil)
  return signing.reduce<SigningKey | null>((best, key) => (best && best.signsFrom >= key.signsFrom ? best : key), null)
}

/**
 * When the next key should begin to sign, if it should be made now; else null. The first key begins a little in the
 * past: otherwise an isolate whose clock is behind would find no key that signs.
 */
export function planNextKey(keys: readonly SigningKey[], choice: SignerChoice, now: number): number | null {
  const signer = findSigner(keys, choice, now)
  if (signer === null) return now - HEAD_START_MS
  const hasSuccessor = keys.some((key) => isChosen(key, choice) && key.signsFrom >= signer.signsUntil)
  return hasSuccessor || signer.signsUntil - now > PUBLISHED_AHEAD_MS ? null : signer.signsUntil
}

const isChosen = ({ sealedBy, publicKey }: SigningKey, choice: SignerChoice) =>
  sealedBy === choice.sealedBy && algorithmOf(publicKey) === choice.algorithm
