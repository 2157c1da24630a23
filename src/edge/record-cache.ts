// The records an isolate remembers: bounded, by the hash of the token, each with the revision it was read at.
// Nothing here decides whether a record may still be answered from; that is for the lease.
import { LRUCache } from 'lru-cache'

/** What must be known of a remembered secret to tell whether a change concerns it. */
export type CachedRecord = {
  subject: string
  shard: number
  hash: string
  keyId: string
  revision: number
  environmentId: string | null
  environmentRevision: number
  /** When the secret was issued. */
  issuedAt: number
  /** How old an answer may be, in milliseconds. */
  maxStalenessMs: number
  graceSeconds: number
  /** Since when the isolate has known that it is revoked; null while it has not heard of that. */
  revokedSince: number | null
  record: unknown
  /** About what it takes in memory. */
  bytes: number
}

export const MAX_RECORDS = 100_000
/** An isolate has 128 MB for everything; half of it is plenty for this. */
export const MAX_BYTES = 64 * 1024 * 1024
/** What the bookkeeping of one memory takes besides its record: measured by the bench. */
const OVERHEAD_BYTES = 600

/** About what remembering the record takes. */
export const bytesOf = (record: unknown): number => OVERHEAD_BYTES + JSON.stringify(record).length

export class KeyCache {
  readonly #byHash: LRUCache<string, CachedRecord>
  /** A subject is one secret, and so one hash. */
  readonly #hashOf = new Map<string, string>()

  constructor({ max = MAX_RECORDS, maxSize = MAX_BYTES } = {}) {
    this.#byHash = new LRUCache({
      max,
      maxSize,
      sizeCalculation: ({ bytes }) => bytes,
      dispose: ({ subject, hash }) => this.#forgetSubject(subject, hash),
    })
  }

  get(hash: string): CachedRecord | undefined {
    return this.#byHash.get(hash)
  }

  findBySubject(subject: string): CachedRecord | undefined {
    const hash = this.#hashOf.get(subject)
    return hash === undefined ? undefined : this.#byHash.peek(hash)
  }

  /** Keeps the memory, unless a newer or a dead one of the same secret is kept already. */
  keep(memory: CachedRecord): void {
    const kept = this.#byHash.peek(memory.hash)
    if (kept && (kept.revokedSince !== null || isNewer(kept, memory))) return
    this.#byHash.set(memory.hash, memory)
    this.#hashOf.set(memory.subject, memory.hash)
  }

  forget(hash: string): void {
    this.#byHash.delete(hash)
  }

  /** Forgets all that `chosen` says, but not the dead: a revocation is final. */
  forgetLiving(chosen: (memory: CachedRecord) => boolean): void {
    for (const [hash, memory] of this.#byHash.entries()) {
      if (memory.revokedSince === null && chosen(memory)) this.#byHash.delete(hash)
    }
  }

  get size(): number {
    return this.#byHash.size
  }

  #forgetSubject(subject: string, hash: string): void {
    if (this.#hashOf.get(subject) === hash) this.#hashOf.delete(subject)
  }
}

const isNewer = (kept: CachedRecord, memory: CachedRecord) =>
  kept.revision > memory.revision || kept.environmentRevision > memory.environmentRevision
