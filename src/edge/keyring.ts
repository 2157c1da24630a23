// What an isolate remembers of signing keys, and of the access tokens it has found to be signed by them.
import { LRUCache } from 'lru-cache'
import type { AccessTokenClaims } from '../core/access-token.ts'

export type Signer = { kid: string; key: CryptoKey; signsUntil: number; readAt: number }

const MAX_BYTES = 8 * 1024 * 1024
/** About what the bookkeeping of one token takes besides what it says. */
const OVERHEAD_BYTES = 600

export class Keyring {
  signer: Signer | null = null
  /** Public keys by their ids. */
  readonly publicKeys = new Map<string, { key: CryptoKey; publishedUntil: number }>()
  /** What a token says whose signature was good, by the SHA-256 of the token. Whether it still holds is asked each time. */
  readonly tokens = new LRUCache<string, AccessTokenClaims>({
    maxSize: MAX_BYTES,
    sizeCalculation: (claims) => OVERHEAD_BYTES + JSON.stringify(claims).length,
  })
}
