// What one isolate knows: remembered records, one lease for each shard, and the revocations of whole environments.
// A lease says: every change the ledger had committed when it answered a question sent at `sentAt` has been applied here.
// Synchronous throughout, so nothing is ever seen half applied.
import type { Standing, SyncAnswer, SyncQuestion } from '../core/ledger-messages.ts'
import { Keyring } from './keyring.ts'
import { type CachedRecord, KeyCache } from './record-cache.ts'
import { SettingsCache } from './settings.ts'

type Lease = { epoch: string; seq: number; sentAt: number }

type Shard = {
  lease: Lease | null
  /** Grows when remembered records stop being vouched for: what was read before is not kept after. */
  generation: number
  /** The renewal under way: when it was sent, and the same again, or null, once it is answered. */
  flight: { sentAt: number; answered: Promise<number | null> } | null
  /** When the ledger first failed to answer since it last did; null while it answers. */
  unavailableSince: number | null
}

/** A read under way. Changes that arrive meanwhile raise what its record must satisfy. */
export type Fill = {
  shard: number
  subject: string
  generation: number
  floor: number
  revokedAt: number | null
  keyId: string | null
  /** Whether the ledger has said where the subject stands: without that, nothing read is remembered. */
  isConfirmed: boolean
  /** How often the clock had gone backwards when the read began. */
  clockJumps: number
}

type EnvironmentFloor = { revision: number; issuedBefore: number }

export class Isolate {
  readonly cache: KeyCache
  readonly settings = new SettingsCache()
  readonly keyring = new Keyring()
  readonly #shards = new Map<number, Shard>()
  readonly #environments = new Map<string, EnvironmentFloor>()
  readonly #revokedIds = new Set<string>()
  readonly #fills = new Set<Fill>()
  #latestReading = Number.NEGATIVE_INFINITY
  #jumps = 0

  constructor(cache = new KeyCache()) {
    this.cache = cache
  }

  /** How often the clock was seen to go backwards: the age of whatever was asked before is unknown since. */
  get jumps(): number {
    return this.#jumps
  }

  /** Takes a reading of the clock. A clock that went backwards would lengthen leases, so it ends them. */
  read(now: number): number {
    if (now < this.#latestReading) {
      this.#jumps += 1
      for (const { lease } of this.#shards.values()) if (lease) lease.sentAt = Number.NEGATIVE_INFINITY
    }
    this.#latestReading = now
    return now
  }

  shard(index: number): Shard {
    const known = this.#shards.get(index)
    if (known) return known
    const shard: Shard = { lease: null, generation: 0, flight: null, unavailableSince: null }
    this.#shards.set(index, shard)
    return shard
  }

  /** What the next question to the ledger says is known already. */
  since(index: number): SyncQuestion['since'] {
    const { lease } = this.shard(index)
    return lease && { epoch: lease.epoch, seq: lease.seq }
  }

  beginFill(shard: number, subject: string): Fill {
    const { generation } = this.shard(shard)
    const fill: Fill = {
      shard,
      subject,
      generation,
      floor: 0,
      revokedAt: null,
      keyId: null,
      isConfirmed: false,
      clockJumps: this.#jumps,
    }
    this.#fills.add(fill)
    return fill
  }

  endFill(fill: Fill): void {
    this.#fills.delete(fill)
  }

  /**
   * Applies an answer to the question sent at `sentAt`, null when the clock no longer tells how long ago that was.
   * Answers may arrive in any order: changes only ever raise what is demanded, and a lease only moves to where all
   * changes before it have been applied.
   */
  apply(index: number, question: SyncQuestion, sentAt: number | null, answer: SyncAnswer, fill: Fill | null): void {
    const shard = this.shard(index)
    shard.unavailableSince = null
    for (const change of answer.changes) this.learn(change)
    if (fill) {
      for (const standing of answer.standings) raise(fill, standing)
      fill.isConfirmed = true
    }

    const asked = sentAt !== null && sentAt <= this.#latestReading ? sentAt : Number.NEGATIVE_INFINITY
    const { lease } = shard
    if (lease === null || lease.epoch !== answer.epoch) {
      if (lease !== null && asked < lease.sentAt) return
      this.#startOver(index, { epoch: answer.epoch, seq: answer.seq, sentAt: asked }, fill)
      return
    }
    // Another first answer came before this one.
    if (answer.reset && question.since === null) return
    const moved = { ...lease, seq: Math.max(lease.seq, answer.seq), sentAt: Math.max(lease.sentAt, asked) }
    // The ledger had more changes than it tells one by one.
    if (answer.reset) this.#startOver(index, moved, fill)
    else shard.lease = moved
  }

  /** Whether a record that was read meanwhile may be kept and answered from under the lease. */
  mayKeep(fill: Fill, memory: CachedRecord): boolean {
    const { lease, generation } = this.shard(fill.shard)
    if (memory.revokedSince !== null) return true
    const isVouchedFor = fill.isConfirmed && lease !== null && generation === fill.generation
    return isVouchedFor && memory.revision >= fill.floor && this.isCurrent(memory)
  }

  /** Whether a revocation that reaches beyond single secrets covers this one. */
  isRevoked({ keyId, environmentId, issuedAt }: CachedRecord): boolean {
    if (this.#revokedIds.has(keyId)) return true
    return (
      environmentId !== null &&
      issuedAt < (this.#environments.get(environmentId)?.issuedBefore ?? Number.NEGATIVE_INFINITY)
    )
  }

  /** Whether the environment has not changed since the record was read. */
  isCurrent({
    environmentId,
    environmentRevision,
  }: Pick<CachedRecord, 'environmentId' | 'environmentRevision'>): boolean {
    return environmentId === null || environmentRevision >= (this.#environments.get(environmentId)?.revision ?? 0)
  }

  #startOver(index: number, lease: Lease, fill: Fill | null): void {
    const shard = this.shard(index)
    const ownGeneration = shard.generation
    shard.lease = lease
    shard.generation += 1
    this.cache.forgetLiving((memory) => memory.shard === index)
    this.settings.forgetAll()
    // The answer that starts over vouches for the record its own question was about.
    if (fill && fill.generation === ownGeneration) fill.generation = shard.generation
  }

  /** Takes note of where a subject stands. It only ever forgets or denies, so it may come from anywhere, at any time. */
  learn(change: Omit<Standing, 'seq'>): void {
    if (change.subject.startsWith(ENVIRONMENT)) {
      this.#raiseEnvironment(change)
      return
    }
    if (change.subject.startsWith(ID)) {
      this.learnRevoked(change.subject.slice(ID.length))
      return
    }

    for (const fill of this.#fills) if (fill.subject === change.subject) raise(fill, change)
    const memory = this.cache.findBySubject(change.subject)
    if (memory === undefined || memory.revokedSince !== null) return
    if (change.revokedAt !== null) memory.revokedSince = this.#latestReading
    else if (memory.revision < change.revision) this.cache.forget(memory.hash)
  }

  /** Takes note that a key is revoked, whatever its secrets. */
  learnRevoked(keyId: string): void {
    this.#revokedIds.add(keyId)
  }

  #raiseEnvironment({ subject, revision, issuedBefore }: Omit<Standing, 'seq'>): void {
    const id = subject.slice(ENVIRONMENT.length)
    const known = this.#environments.get(id)
    this.#environments.set(id, {
      revision: Math.max(known?.revision ?? 0, revision),
      issuedBefore: Math.max(known?.issuedBefore ?? Number.NEGATIVE_INFINITY, issuedBefore ?? Number.NEGATIVE_INFINITY),
    })
  }
}

function raise(fill: Fill, { subject, revision, revokedAt, keyId }: Omit<Standing, 'seq'>): void {
  if (subject !== fill.subject) return
  fill.floor = Math.max(fill.floor, revision)
  fill.revokedAt ??= revokedAt
  fill.keyId ??= keyId
}

const ENVIRONMENT = 'environment:'
const ID = 'id:'
