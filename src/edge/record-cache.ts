// The records an isolate remembers of one kind of token: bounded, each with the revision it was read at. Nothing here
// decides whether a record may still be answered from; that is for the lease.
import { LRUCache } from 'lru-cache'

/** A record, and what must be known of it to tell whether a change concerns it. */
export type CachedRecord<R> = {
  /** What it is found by: the hash of the token, or the prefix of the client secret. */
  id: string
  keyId: string
  revision: number
  environmentId: string | null
  environmentRevision: number
  /** When the secret was issued. */
  issuedAt: number
  /** The revision its environment had when the secret was issued; 0 for a management key. */
  issueRevision: number
  /** How old an answer may be, in milliseconds. */
  maxStalenessMs: number
  graceSeconds: number
  /** Since when the isolate has known that it is revoked; null while it has not heard of that. */
  revokedSince: number | null
  record: R
  /** About what it takes in memory. */
  bytes: number
}

/** An isolate has 128 MB for everything. */
export const MAX_BYTES = 48 * 1024 * 1024
/** What the bookkeeping of one record takes besides the record: measured by the bench. */
const OVERHEAD_BYTES = 600

/** About what remembering the value takes. */
export const bytesOf = (value: unknown): number => OVERHEAD_BYTES + JSON.stringify(value ?? null).length

export class RecordCache<R> {
  readonly #byId: LRUCache<string, CachedRecord<R>>
  /** A key has a record for each of its secrets that is remembered: one, or two during a rotation. */
  readonly #idsOfKey = new Map<string, readonly string[]>()

  /** Bounded by bytes alone: with a number of entries, lru-cache takes the room of all of them at once. */
  constructor({ maxSize = MAX_BYTES } = {}) {
    this.#byId = new LRUCache({
      maxSize,
      sizeCalculation: ({ bytes }) => bytes,
      dispose: ({ keyId, id }) => this.#forgetIdOfKey(keyId, id),
    })
  }

  get(id: string): CachedRecord<R> | undefined {
    return this.#byId.get(id)
  }

  /** The records of every secret of the key that is remembered. */
  findByKey(keyId: string): CachedRecord<R>[] {
    return (this.#idsOfKey.get(keyId) ?? []).flatMap((id) => this.#byId.peek(id) ?? [])
  }

  /** Keeps the record, unless a newer or a revoked one of the same secret is kept already. */
  keep(record: CachedRecord<R>): void {
    const kept = this.#byId.peek(record.id)
    if (kept && (kept.revokedSince !== null || isNewer(kept, record))) return
    this.#byId.set(record.id, record)
    const ids = this.#idsOfKey.get(record.keyId) ?? []
    if (!ids.includes(record.id)) this.#idsOfKey.set(record.keyId, [...ids, record.id])
  }

  forget(id: string): void {
    this.#byId.delete(id)
  }

  /** Forgets everything but what is revoked: a revocation is final. */
  forgetLive(): void {
    for (const [id, { revokedSince }] of this.#byId.entries()) if (revokedSince === null) this.#byId.delete(id)
  }

  get size(): number {
    return this.#byId.size
  }

  #forgetIdOfKey(keyId: string, id: string): void {
    const left = (this.#idsOfKey.get(keyId) ?? []).filter((other) => other !== id)
    if (left.length > 0) this.#idsOfKey.set(keyId, left)
    else this.#idsOfKey.delete(keyId)
  }
}

const isNewer = (kept: CachedRecord<unknown>, record: CachedRecord<unknown>) =>
  kept.revision > record.revision || kept.environmentRevision > record.environmentRevision
