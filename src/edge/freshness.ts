// How a verification comes by its evidence, and how fresh that is. Warm: from memory under a lease, with no I/O.
// Else the ledger, D1 and the KV tombstone are asked at once. Deny beats allow; not knowing is neither.
import type { Freshness } from '../core/verdict.ts'
import type { TombstoneFinding } from '../store/tombstones.ts'
import { type Attempt, attempt, DATABASE_TIMEOUT_MS, isWithin } from './attempt.ts'
import type { Fill, Isolate } from './isolate.ts'
import type { Memory } from './key-cache.ts'
import { type RenewalDeps, renewBehind, renewed, standing } from './renewal.ts'

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
export type Reading<R> = Omit<Memory, 'subject' | 'shard' | 'hash' | 'deadSince' | 'record'> & {
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
  const memory = usableMemory(isolate, source.hash, now)
  if (memory === null) return askEveryone(deps, source, maxStalenessMs)

  const boundMs = Math.min(memory.maxStalenessMs, maxStalenessMs)
  const { lease } = isolate.shard(source.shard)
  if (memory.deadSince !== null) {
    return foundIn(memory, { asOf: memory.deadSince, ageMs: now - memory.deadSince, boundMs, source: 'lease' })
  }
  if (lease !== null && boundMs > 0 && isWithin(now - lease.sentAt, boundMs)) {
    if ((now - lease.sentAt) * 2 > boundMs) renewBehind(deps, source.shard, now)
    return foundIn(memory, { asOf: lease.sentAt, ageMs: now - lease.sentAt, boundMs, source: 'lease' })
  }
  return askLedgerAbout(deps, source, memory, maxStalenessMs)
}

/** The record is remembered; only whether it still stands has to be asked. */
async function askLedgerAbout<R>(
  deps: RenewalDeps,
  source: Source<R>,
  memory: Memory,
  maxStalenessMs: number,
): Promise<Finding<R>> {
  const { isolate, clock } = deps
  const boundMs = Math.min(memory.maxStalenessMs, maxStalenessMs)
  for (let tries = 0; tries < 2; tries += 1) {
    const sentAt = await renewed(deps, source.shard, boundMs)
    const now = isolate.read(clock())
    const kept = usableMemory(isolate, source.hash, now)
    if (kept === null) return askEveryone(deps, source, maxStalenessMs)
    if (sentAt === null) {
      const tombstone = await attempt(deps, source.readTombstone(), KV_TIMEOUT_MS)
      const vouchedAt = isolate.shard(source.shard).lease?.sentAt ?? Number.NEGATIVE_INFINITY
      const finding = withoutLedger<R>(deps, kept, tombstone, { vouchedAt, maxStalenessMs })
      // What is remembered is too old for the grace; what D1 says now may not be.
      return finding.state === 'unknown' && memory.graceSeconds > 0
        ? askEveryone(deps, source, maxStalenessMs)
        : finding
    }
    if (kept.deadSince !== null || isWithin(now - sentAt, boundMs + SLACK_MS)) {
      return foundIn(kept, { asOf: sentAt, ageMs: now - sentAt, boundMs, source: 'ledger' })
    }
  }
  return { state: 'unknown' }
}

/** Nothing is remembered: one round trip to ledger, D1 and KV together. */
async function askEveryone<R>(deps: RenewalDeps, source: Source<R>, maxStalenessMs: number): Promise<Finding<R>> {
  const fill = deps.isolate.beginFill(source.shard, source.subject)
  try {
    const [sentAt, nearest, tombstone] = await Promise.all([
      standing(deps, fill),
      attempt(deps, source.read('nearest'), DATABASE_TIMEOUT_MS),
      attempt(deps, source.readTombstone(), KV_TIMEOUT_MS),
    ])
    const reading = await currentReading(deps, source, fill, { nearest, heard: sentAt !== null })
    return judge(deps, source, { fill, sentAt, reading, tombstone, maxStalenessMs })
  } finally {
    deps.isolate.endFill(fill)
  }
}

type Evidence<R> = {
  fill: Fill
  sentAt: number | null
  reading: Attempt<Reading<R> | null>
  tombstone: Attempt<TombstoneFinding>
  maxStalenessMs: number
}

/** The reading, or one of the primary where the nearest copy has no record, an outdated one, or nobody to vouch for it. */
async function currentReading<R>(
  deps: RenewalDeps,
  source: Source<R>,
  fill: Fill,
  { nearest, heard }: { nearest: Attempt<Reading<R> | null>; heard: boolean },
): Promise<Attempt<Reading<R> | null>> {
  const { isolate } = deps
  if (!nearest.answered) return nearest
  const isCurrent =
    heard && nearest.answer !== null && nearest.answer.revision >= fill.floor && isolate.isCurrent(nearest.answer)
  return isCurrent ? nearest : attempt(deps, source.read('primary'), DATABASE_TIMEOUT_MS)
}

/**
 * Decides what was heard. Where even the primary is behind the ledger, an edit is on its way or D1 was restored:
 * the primary's word counts for this decision and is not remembered.
 */
async function judge<R>(deps: RenewalDeps, source: Source<R>, evidence: Evidence<R>): Promise<Finding<R>> {
  const { isolate, clock } = deps
  const { fill, sentAt, reading, tombstone, maxStalenessMs } = evidence
  const now = isolate.read(clock())
  if (!reading.answered) return withoutRecord(isolate, evidence, now)
  if (reading.answer === null) return { state: 'none' }

  const memory = memoryOf(source, reading.answer)
  const dead = reading.answer.revoked || fill.revokedAt !== null || isPresent(tombstone) || isolate.isRevoked(memory)
  if (dead) memory.deadSince = now
  if (isolate.mayKeep(fill, memory)) isolate.cache.keep(memory)
  if (sentAt === null) {
    const vouchedAt = isolate.shard(source.shard).silentSince ?? now
    return withoutLedger(deps, memory, tombstone, { vouchedAt, maxStalenessMs })
  }

  // A bound that was changed meanwhile is not known: then none.
  const boundMs = isolate.isCurrent(memory) ? Math.min(memory.maxStalenessMs, maxStalenessMs) : 0
  const freshness: Freshness = { asOf: sentAt, ageMs: Math.max(0, now - sentAt), boundMs, source: 'ledger' }
  const heard: Freshness = tombstone.answered ? freshness : { ...freshness, degraded: ['kv'] }
  const isFresh = isolate.jumps === fill.jumps && isWithin(now - sentAt, boundMs + SLACK_MS)
  if (dead || isFresh) return foundIn(memory, heard)
  return isolate.cache.get(source.hash) === memory
    ? askLedgerAbout(deps, source, memory, maxStalenessMs)
    : { state: 'unknown' }
}

/** D1 could not be asked: the ledger or a tombstone may still know that the key is dead. */
function withoutRecord<R>(
  isolate: Isolate,
  { fill, sentAt, tombstone, maxStalenessMs }: Evidence<R>,
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
function withoutLedger<R>(
  { isolate, clock }: RenewalDeps,
  memory: Memory,
  tombstone: Attempt<TombstoneFinding>,
  { vouchedAt, maxStalenessMs }: { vouchedAt: number; maxStalenessMs: number },
): Finding<R> {
  const now = isolate.read(clock())
  const asOf = Number.isFinite(vouchedAt) ? vouchedAt : now
  const boundMs = Math.min(memory.maxStalenessMs, maxStalenessMs)
  const freshness: Freshness = { asOf, ageMs: Math.max(0, now - asOf), boundMs, source: 'grace' }
  const heard: Freshness = tombstone.answered ? freshness : { ...freshness, degraded: ['kv'] }
  if (memory.deadSince !== null || isPresent(tombstone)) {
    memory.deadSince ??= now
    isolate.cache.keep(memory)
    return foundIn(memory, heard)
  }

  const graceMs = memory.maxStalenessMs + memory.graceSeconds * 1000
  const inGrace =
    memory.graceSeconds > 0 && maxStalenessMs >= memory.maxStalenessMs && isWithin(now - vouchedAt, graceMs)
  return inGrace && tombstone.answered && !isolate.isRevoked(memory) ? foundIn(memory, heard) : { state: 'unknown' }
}

/** What is remembered of the hash, if no change has overtaken it; revocations of whole environments are noted in it. */
function usableMemory(isolate: Isolate, hash: string, now: number): Memory | null {
  const memory = isolate.cache.get(hash)
  if (memory === undefined) return null
  if (memory.deadSince === null && isolate.isRevoked(memory)) memory.deadSince = now
  return memory.deadSince !== null || isolate.isCurrent(memory) ? memory : null
}

const isPresent = (tombstone: Attempt<TombstoneFinding>) => tombstone.answered && tombstone.answer.state !== 'none'

function memoryOf<R>({ subject, shard, hash }: Source<R>, { revoked: _, ...reading }: Reading<R>): Memory {
  return { ...reading, subject, shard, hash, deadSince: null }
}

/** The memory of a hash holds the record its own source has read, so the type is that of the source. */
const foundIn = <R>({ record, deadSince }: Memory, freshness: Freshness): Finding<R> => ({
  state: 'found',
  record: record as R,
  dead: deadSince !== null,
  freshness,
})
