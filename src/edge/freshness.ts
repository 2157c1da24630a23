// How a verification comes by its evidence, and how fresh that is. Warm: from memory under a lease, with no I/O.
// Else the ledger, D1 and the KV tombstone are asked at once. Deny beats allow; not knowing is neither.
import type { Freshness } from '../core/verdict.ts'
import type { TombstoneFinding } from '../store/tombstones.ts'
import type { Fill, Isolate } from './isolate.ts'
import type { CachedRecord } from './record-cache.ts'
import { type RenewalDeps, renewInBackground, renewLease, syncSubject } from './renewal.ts'
import { askStore, DATABASE_TIMEOUT_MS, isWithin, type StoreAnswer } from './store-answer.ts'

/** Where the record of one credential is read from, and how the ledger calls it. */
export type Source<R> = {
  shard: number
  subject: string
  hash: string
  /** The record behind the hash: from the nearest copy, or from the primary, which is never out of date. */
  read(copy: 'nearest' | 'primary'): Promise<Reading<R> | null>
  readTombstone(): Promise<TombstoneFinding>
}

/** A record as read, with what tells whether a change concerns it. `revoked` is what D1 says. */
export type Reading<R> = Omit<CachedRecord, 'subject' | 'shard' | 'hash' | 'revokedSince' | 'record'> & {
  record: R
  revoked: boolean
}

export type Finding<R> =
  | { state: 'found'; record: R; dead: boolean; freshness: Freshness }
  | { state: 'none' }
  /** Revoked for certain, though its record cannot be read. */
  | { state: 'dead'; keyId: string; environmentId: string | null; freshness: Freshness }
  | { state: 'unknown' }

/** The tombstone is a second opinion: not worth waiting for as long as for the first. */
const KV_TIMEOUT_MS = 1000
/** What the guarantee allows on top of the bound for an answer that was asked for this very decision. */
const SLACK_MS = 250

/** The evidence on one credential, no older than `maxStalenessMs` and its environment's own bound. */
export async function findEvidence<R>(
  deps: RenewalDeps,
  source: Source<R>,
  maxStalenessMs: number,
): Promise<Finding<R>> {
  const { isolate, clock } = deps
  const now = isolate.read(clock())
  const memory = findCached(isolate, source.hash, now)
  if (memory === null) return askAllStores(deps, source, maxStalenessMs)

  const boundMs = Math.min(memory.maxStalenessMs, maxStalenessMs)
  const { lease } = isolate.shard(source.shard)
  if (memory.revokedSince !== null) {
    return toFinding(memory, { asOf: memory.revokedSince, ageMs: now - memory.revokedSince, boundMs, source: 'lease' })
  }
  if (lease !== null && boundMs > 0 && isWithin(now - lease.sentAt, boundMs)) {
    if ((now - lease.sentAt) * 2 > boundMs) renewInBackground(deps, source.shard, now)
    return toFinding(memory, { asOf: lease.sentAt, ageMs: now - lease.sentAt, boundMs, source: 'lease' })
  }
  return askLedger(deps, source, memory, maxStalenessMs)
}

/** The record is remembered; only whether it still stands has to be asked. */
async function askLedger<R>(
  deps: RenewalDeps,
  source: Source<R>,
  memory: CachedRecord,
  maxStalenessMs: number,
): Promise<Finding<R>> {
  const { isolate, clock } = deps
  const boundMs = Math.min(memory.maxStalenessMs, maxStalenessMs)
  for (let tries = 0; tries < 2; tries += 1) {
    const sentAt = await renewLease(deps, source.shard, boundMs)
    const now = isolate.read(clock())
    const kept = findCached(isolate, source.hash, now)
    if (kept === null) return askAllStores(deps, source, maxStalenessMs)
    if (sentAt === null) {
      const tombstone = await askStore(deps, source.readTombstone(), KV_TIMEOUT_MS)
      const vouchedAt = isolate.shard(source.shard).lease?.sentAt ?? Number.NEGATIVE_INFINITY
      const finding = decideWithoutLedger<R>(deps, kept, tombstone, { vouchedAt, maxStalenessMs })
      // What is remembered is too old for the grace; what D1 says now may not be.
      return finding.state === 'unknown' && memory.graceSeconds > 0
        ? askAllStores(deps, source, maxStalenessMs)
        : finding
    }
    if (kept.revokedSince !== null || isWithin(now - sentAt, boundMs + SLACK_MS)) {
      return toFinding(kept, { asOf: sentAt, ageMs: now - sentAt, boundMs, source: 'ledger' })
    }
  }
  return { state: 'unknown' }
}

/** Nothing is remembered: one round trip to ledger, D1 and KV together. */
async function askAllStores<R>(deps: RenewalDeps, source: Source<R>, maxStalenessMs: number): Promise<Finding<R>> {
  const fill = deps.isolate.beginFill(source.shard, source.subject)
  try {
    const [sentAt, nearest, tombstone] = await Promise.all([
      syncSubject(deps, fill),
      askStore(deps, source.read('nearest'), DATABASE_TIMEOUT_MS),
      askStore(deps, source.readTombstone(), KV_TIMEOUT_MS),
    ])
    const reading = await readCurrent(deps, source, fill, { nearest, heard: sentAt !== null })
    return weigh(deps, source, { fill, sentAt, reading, tombstone, maxStalenessMs })
  } finally {
    deps.isolate.endFill(fill)
  }
}

type StoreAnswers<R> = {
  fill: Fill
  sentAt: number | null
  reading: StoreAnswer<Reading<R> | null>
  tombstone: StoreAnswer<TombstoneFinding>
  maxStalenessMs: number
}

/** The reading, or one of the primary where the nearest copy has no record, an outdated one, or nobody to vouch for it. */
async function readCurrent<R>(
  deps: RenewalDeps,
  source: Source<R>,
  fill: Fill,
  { nearest, heard }: { nearest: StoreAnswer<Reading<R> | null>; heard: boolean },
): Promise<StoreAnswer<Reading<R> | null>> {
  const { isolate } = deps
  if (!nearest.answered) return nearest
  const isCurrent =
    heard && nearest.answer !== null && nearest.answer.revision >= fill.floor && isolate.isCurrent(nearest.answer)
  return isCurrent ? nearest : askStore(deps, source.read('primary'), DATABASE_TIMEOUT_MS)
}

/**
 * Decides what was heard. Where even the primary is behind the ledger, an edit is on its way or D1 was restored:
 * the primary's word counts for this decision and is not remembered.
 */
async function weigh<R>(deps: RenewalDeps, source: Source<R>, evidence: StoreAnswers<R>): Promise<Finding<R>> {
  const { isolate, clock } = deps
  const { fill, sentAt, reading, tombstone, maxStalenessMs } = evidence
  const now = isolate.read(clock())
  if (!reading.answered) return decideWithoutRecord(isolate, evidence, now)
  if (reading.answer === null) return { state: 'none' }

  const memory = toCachedRecord(source, reading.answer)
  const dead = reading.answer.revoked || fill.revokedAt !== null || isPresent(tombstone) || isolate.isRevoked(memory)
  if (dead) memory.revokedSince = now
  if (isolate.mayKeep(fill, memory)) isolate.cache.keep(memory)
  if (sentAt === null) {
    const vouchedAt = isolate.shard(source.shard).unavailableSince ?? now
    return decideWithoutLedger(deps, memory, tombstone, { vouchedAt, maxStalenessMs })
  }

  // A bound that was changed meanwhile is not known: then none.
  const boundMs = isolate.isCurrent(memory) ? Math.min(memory.maxStalenessMs, maxStalenessMs) : 0
  const freshness: Freshness = { asOf: sentAt, ageMs: Math.max(0, now - sentAt), boundMs, source: 'ledger' }
  const heard: Freshness = tombstone.answered ? freshness : { ...freshness, degraded: ['kv'] }
  const isFresh = isolate.jumps === fill.clockJumps && isWithin(now - sentAt, boundMs + SLACK_MS)
  if (dead || isFresh) return toFinding(memory, heard)
  return isolate.cache.get(source.hash) === memory
    ? askLedger(deps, source, memory, maxStalenessMs)
    : { state: 'unknown' }
}

/** D1 could not be asked: the ledger or a tombstone may still know that the key is dead. */
function decideWithoutRecord<R>(
  isolate: Isolate,
  { fill, sentAt, tombstone, maxStalenessMs }: StoreAnswers<R>,
  now: number,
): Finding<R> {
  const entombed = tombstone.answered && tombstone.answer.state === 'present' ? tombstone.answer.tombstone : null
  const keyId = fill.revokedAt === null ? entombed?.keyId : (fill.keyId ?? entombed?.keyId)
  if (keyId === undefined || keyId === null) return { state: 'unknown' }
  isolate.learnRevoked(keyId)
  const asOf = sentAt ?? now
  const freshness: Freshness = {
    asOf,
    ageMs: Math.max(0, now - asOf),
    boundMs: maxStalenessMs,
    source: 'ledger',
    degraded: tombstone.answered ? ['d1'] : ['kv', 'd1'],
  }
  return { state: 'dead', keyId, environmentId: entombed?.environmentId ?? null, freshness }
}

/**
 * The ledger is silent: a yes only where the environment chose a grace, KV denies nothing, and the caller asks for no
 * tighter bound. `vouchedAt` is when the ledger last vouched for the record, or began to be silent if it was read since.
 */
function decideWithoutLedger<R>(
  { isolate, clock }: RenewalDeps,
  memory: CachedRecord,
  tombstone: StoreAnswer<TombstoneFinding>,
  { vouchedAt, maxStalenessMs }: { vouchedAt: number; maxStalenessMs: number },
): Finding<R> {
  const now = isolate.read(clock())
  const asOf = Number.isFinite(vouchedAt) ? vouchedAt : now
  const boundMs = Math.min(memory.maxStalenessMs, maxStalenessMs)
  const freshness: Freshness = { asOf, ageMs: Math.max(0, now - asOf), boundMs, source: 'grace' }
  const heard: Freshness = tombstone.answered ? freshness : { ...freshness, degraded: ['kv'] }
  if (memory.revokedSince !== null || isPresent(tombstone)) {
    memory.revokedSince ??= now
    isolate.cache.keep(memory)
    return toFinding(memory, heard)
  }

  const graceMs = memory.maxStalenessMs + memory.graceSeconds * 1000
  const inGrace =
    memory.graceSeconds > 0 && maxStalenessMs >= memory.maxStalenessMs && isWithin(now - vouchedAt, graceMs)
  return inGrace && tombstone.answered && !isolate.isRevoked(memory) ? toFinding(memory, heard) : { state: 'unknown' }
}

/** What is remembered of the hash, if no change has overtaken it; revocations of whole environments are noted in it. */
function findCached(isolate: Isolate, hash: string, now: number): CachedRecord | null {
  const memory = isolate.cache.get(hash)
  if (memory === undefined) return null
  if (memory.revokedSince === null && isolate.isRevoked(memory)) memory.revokedSince = now
  return memory.revokedSince !== null || isolate.isCurrent(memory) ? memory : null
}

const isPresent = (tombstone: StoreAnswer<TombstoneFinding>) => tombstone.answered && tombstone.answer.state !== 'none'

function toCachedRecord<R>({ subject, shard, hash }: Source<R>, { revoked: _, ...reading }: Reading<R>): CachedRecord {
  return { ...reading, subject, shard, hash, revokedSince: null }
}

/** The memory of a hash holds the record its own source has read, so the type is that of the source. */
const toFinding = <R>({ record, revokedSince }: CachedRecord, freshness: Freshness): Finding<R> => ({
  state: 'found',
  record: record as R,
  dead: revokedSince !== null,
  freshness,
})
