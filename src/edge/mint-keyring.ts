// What an isolate remembers of mint keys, and of the made-up tokens it was asked about where some of ours have no tag.
import { LRUCache } from 'lru-cache'
import type { MintKey } from '../core/mint-tag.ts'

/** The mint keys, newest first, and whether any token was issued before there were any. */
export type MintKeys = { keys: readonly MintKey[]; hasUntagged: boolean }

const MAX_MISSES = 1000

export class MintKeyring {
  known: (MintKeys & { readAt: number }) | null = null
  /** The read under way. */
  reading: Promise<MintKeys | null> | null = null
  /** When a token without a tag, by its hash, was found to be nobody's. */
  readonly misses = new LRUCache<string, number>({ maxSize: MAX_MISSES, sizeCalculation: () => 1 })
  /** Questions under way about tokens that may have been made up. */
  untaggedLookups = 0
}
