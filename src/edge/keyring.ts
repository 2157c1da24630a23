// What an isolate remembers of signing keys, and of the access tokens it has found to be signed by them.
import { LRUCache } from 'lru-cache'
import type { AccessTokenClaims } from '../core/access-token.ts'
import type { PublicJwk, TokenAlgorithm } from '../core/signing-key.ts'

export type Signer = { kid: string; algorithm: TokenAlgorithm; key: CryptoKey; signsUntil: number; readAt: number }

export type PublishedKey = { jwk: PublicJwk; algorithm: TokenAlgorithm; key: CryptoKey; publishedUntil: number }

/** The published keys by their ids, in the order in which they begin to sign. `readAt`: when the read of them began. */
export type PublishedKeys = { keys: ReadonlyMap<string, PublishedKey>; readAt: number }

const MAX_BYTES = 8 * 1024 * 1024
/** About what the bookkeeping of one token takes besides what it says. */
const OVERHEAD_BYTES = 600

export class Keyring {
  signer: Signer | null = null
  published: PublishedKeys | null = null
  /** The read of the published keys under way, which all requests that need it share. */
  reading: { begunAt: number; published: Promise<PublishedKeys> } | null = null
  /** When the published keys were last read for an id that none of them has. */
  missedAt: number | null = null
  /** What a token says whose signature was good, by the SHA-256 of the token. Whether it still holds is asked each time. */
  readonly tokens = new LRUCache<string, AccessTokenClaims>({
    maxSize: MAX_BYTES,
    sizeCalculation: (claims) => OVERHEAD_BYTES + JSON.stringify(claims).length,
  })
}
