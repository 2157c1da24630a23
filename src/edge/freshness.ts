// What is known of a token's record, and how fresh that is. Warm: from memory, under the lease, with no I/O. Else the
// ledger, D1 and the KV tombstone are asked at once. Deny beats allow, and not knowing is neither.
// When the ledger does not answer, decideWithoutLedger says what happens; when D1 does not, decideWithoutRecord.
import { environmentSubjectOf } from '../core/ledger-messages.ts'
import type { Freshness } from '../core/verdict.ts'
import type { TombstoneFinding } from '../store/tombstones.ts'
import type { Fill, Isolate } from './isolate.ts'
import type { CachedRecord, RecordCache } from './record-cache.ts'
import { type RenewalDeps, renewInBackground, renewLease, syncSubjects } from './renewal.ts'
import { askStore, DATABASE_TIMEOUT_MS, isWithin, type StoreAnswer } from './store-answer.ts'

/** Where the record behind one secret is remembered and read, and what the ledger calls the secret. */
export type Source<R> = {
  cache: RecordCache<R>
  /** What the record is found by in the cache. */
  id: string
  subject: string
  /** The record of the secret: from the nearest copy, or from the primary, which is never out of date. */
  read(copy: 'nearest' | 'primary'): Promise<Reading<R> | null>
  readTombstone(): Promise<TombstoneFinding>
}

/** A record as D1 has it. `revoked` is what D1 says. */
export type Reading<R> = Omit<CachedRecord<R>, 'id' | 'revokedSince'> & { revoked: boolean }

export type Finding<R> =
  | { state: 'found'; record: R; revoked: boolean; freshness: Freshness }
  | { state: 'none' }
  /** Revoked for certain, though its record cannot be read. */
  | { state: 'revoked'; keyId: string; environmentId: string | null; freshness: Freshness }
  | { state: 'unknown' }

/** The tombstone is a second opinion: not worth waiting for as long as for the first. */
const KV_TIMEOUT_MS = 1000
/** What the guarantee allows on top of the bound for an answer that was asked for this very decision. */
const SLACK_MS = 250
/** A renewal is sent so many round trips before the lease ends, and no later than at this part of the bound. */
const RENEWAL_ROUND_TRIPS = 4
const LATEST_RENEWAL = 0.9
const EARLIEST_RENEWAL = 0.5

/** What is known of the record, no older than `maxStalenessMs` and its environment's own bound. */
export async function findEvidence<R>(
  deps: RenewalDeps,
  source: Source<R>,
  maxStalenessMs: number,
): Promise<Finding<R>> {
  const { isolate, clock } = deps
  const now = isolate.readClock(clock())
  const cached = findCached(isolate, source, now)
  if (cached === null) return askAllStores(deps, source, maxStalenessMs)

  const boundMs = Math.min(cached.maxStalenessMs, maxStalenessMs)
  if (cached.revokedSince !== null) {
    return toFinding(cached, { asOf: cached.revokedSince, ageMs: now - cached.revokedSince, boundMs, source: 'lease' })
  }
  const { lease } = isolate
  if (lease !== null && boundMs > 0 && isWithin(now - lease.sentAt, boundMs)) {
    if (now - lease.sentAt > renewAfterMs(boundMs, isolate.roundTripMs)) renewInBackground(deps, now)
    return toFinding(cached, { asOf: lease.sentAt, ageMs: now - lease.sentAt, boundMs, source: 'lease' })
  }
  return askLedger(deps, source, cached, maxStalenessMs)
}

/** How much of the bound may pass before the lease is renewed in the background: as much as the ledger's answer leaves time for. */
function renewAfterMs(boundMs: number, roundTripMs: number): number {
  const latest = boundMs - RENEWAL_ROUND_TRIPS * roundTripMs
  return Math.min(Math.max(latest, boundMs * EARLIEST_RENEWAL), boundMs * LATEST_RENEWAL)
}

/** The record is remembered; only whether it still stands has to be asked. */
async function askLedger<R>(
  deps: RenewalDeps,
  source: Source<R>,
  remembered: CachedRecord<R>,
  maxStalenessMs: number,
): Promise<Finding<R>> {
  const { isolate, clock } = deps
  const boundMs = Math.min(remembered.maxStalenessMs, maxStalenessMs)
  for (let tries = 0; tries < 2; tries += 1) {
    const sentAt = await renewLease(deps, boundMs)
    const now = isolate.readClock(clock())
    const cached = findCached(isolate, source, now)
    if (cached === null) return askAllStores(deps, source, maxStalenessMs)
    if (sentAt === null) {
      const tombstone = await askStore(deps, source.readTombstone(), KV_TIMEOUT_MS)
      const coveredUntil = isolate.lease?.sentAt ?? Number.NEGATIVE_INFINITY
      const finding = decideWithoutLedger(deps, source, cached, tombstone, { coveredUntil, maxStalenessMs })
      // The remembered record is too old for the grace; one that is read from D1 now may not be.
      return finding.state === 'unknown' && remembered.graceSeconds > 0
        ? askAllStores(deps, source, maxStalenessMs)
        : finding
    }
    if (cached.revokedSince !== null || isWithin(now - sentAt, boundMs + SLACK_MS)) {
      return toFinding(cached, { asOf: sentAt, ageMs: now - sentAt, boundMs, source: 'ledger' })
    }
  }
  return { state: 'unknown' }
}

/** Nothing is remembered: the ledger, D1 and KV are asked at the same time. */
async function askAllStores<R>(deps: RenewalDeps, source: Source<R>, maxStalenessMs: number): Promise<Finding<R>> {
  const fill = deps.isolate.beginFill(source.subject)
  try {
    const [askedAt, nearest, tombstone] = await Promise.all([
      syncSubjects(deps, fill, [source.subject]),
      askStore(deps, source.read('nearest'), DATABASE_TIMEOUT_MS),
      askStore(deps, source.readTombstone(), KV_TIMEOUT_MS),
    ])
    const metAt = await meetEnvironment(deps, fill, { askedAt, reading: nearest })
    const reading = await readCurrent(deps, source, fill, { nearest, isCovered: metAt !== null })
    const sentAt = await meetEnvironment(deps, fill, { askedAt: metAt, reading })
    return weigh(deps, source, { fill, sentAt, reading, tombstone, maxStalenessMs })
  } finally {
    deps.isolate.endFill(fill)
  }
}

/**
 * The ledger tells only what changes from now on, so about an environment this isolate has not met it is asked, once, and
 * about the secret again, so that both are equally fresh. When the latest question was sent; null without an answer.
 */
async function meetEnvironment(
  deps: RenewalDeps,
  fill: Fill,
  { askedAt, reading }: { askedAt: number | null; reading: StoreAnswer<Reading<unknown> | null> },
): Promise<number | null> {
  const environmentId = reading.answered ? (reading.answer?.environmentId ?? null) : null
  if (askedAt === null || environmentId === null || deps.isolate.hasMet(environmentId)) return askedAt
  return syncSubjects(deps, fill, [fill.subject, environmentSubjectOf(environmentId)])
}

type StoreAnswers<R> = {
  fill: Fill
  sentAt: number | null
  reading: StoreAnswer<Reading<R> | null>
  tombstone: StoreAnswer<TombstoneFinding>
  maxStalenessMs: number
}

/** The reading of the nearest copy; of the primary where that one has no record, or one that may be out of date. */
async function readCurrent<R>(
  deps: RenewalDeps,
  source: Source<R>,
  fill: Fill,
  { nearest, isCovered }: { nearest: StoreAnswer<Reading<R> | null>; isCovered: boolean },
): Promise<StoreAnswer<Reading<R> | null>> {
  if (!nearest.answered) return nearest
  const isCurrent = isCovered && nearest.answer !== null && !deps.isolate.isOutdated(fill, nearest.answer)
  return isCurrent ? nearest : askStore(deps, source.read('primary'), DATABASE_TIMEOUT_MS)
}

/**
 * Decides on what the stores answered. Where even the primary is behind the ledger, an edit is being written or D1 was
 * restored: the primary's record is used for this decision and not remembered.
 */
async function weigh<R>(deps: RenewalDeps, source: Source<R>, answers: StoreAnswers<R>): Promise<Finding<R>> {
  const { isolate, clock } = deps
  const { fill, sentAt, reading, tombstone, maxStalenessMs } = answers
  const now = isolate.readClock(clock())
  if (!reading.answered) return decideWithoutRecord(isolate, answers, now)
  if (reading.answer === null) return { state: 'none' }

  const cached = toCachedRecord(source, reading.answer)
  const revoked =
    reading.answer.revoked ||
    isolate.floorOf(fill, cached.keyId).revokedAt !== null ||
    isPresent(tombstone) ||
    isolate.isRevoked(cached)
  if (revoked) cached.revokedSince = now
  if (isolate.mayKeep(fill, cached)) source.cache.keep(cached)
  if (sentAt === null) {
    const coveredUntil = isolate.unavailableSince ?? now
    return decideWithoutLedger(deps, source, cached, tombstone, { coveredUntil, maxStalenessMs })
  }

  // If the environment changed meanwhile its bound may have as well, so the strictest is assumed.
  const boundMs = isolate.isCurrent(cached) ? Math.min(cached.maxStalenessMs, maxStalenessMs) : 0
  const freshness: Freshness = { asOf: sentAt, ageMs: Math.max(0, now - sentAt), boundMs, source: 'ledger' }
  const isFresh = isolate.clockJumps === fill.clockJumps && isWithin(now - sentAt, boundMs + SLACK_MS)
  if (revoked || isFresh) return toFinding(cached, markDegraded(freshness, tombstone))
  return source.cache.get(source.id) === cached ? askLedger(deps, source, cached, maxStalenessMs) : { state: 'unknown' }
}

/**
 * D1 did not answer: the ledger or a tombstone may still know that the key is revoked. The ledger speaks of the whole key; a
 * tombstone speaks of one secret, and not even the hash of that one was compared, so nothing is remembered of it.
 */
function decideWithoutRecord<R>(
  isolate: Isolate,
  { fill, sentAt, tombstone, maxStalenessMs }: StoreAnswers<R>,
  now: number,
): Finding<R> {
  const found = tombstone.answered && tombstone.answer.state === 'present' ? tombstone.answer.tombstone : null
  const revokedKeyId = fill.revokedAt === null ? null : fill.keyId
  if (revokedKeyId !== null) isolate.learnRevoked(revokedKeyId)
  const keyId = revokedKeyId ?? found?.keyId
  if (keyId === undefined) return { state: 'unknown' }
  const asOf = sentAt ?? now
  const freshness: Freshness = {
    asOf,
    ageMs: Math.max(0, now - asOf),
    boundMs: maxStalenessMs,
    source: 'ledger',
    degraded: tombstone.answered ? ['d1'] : ['kv', 'd1'],
  }
  return { state: 'revoked', keyId, environmentId: found?.environmentId ?? null, freshness }
}

/**
 * The ledger did not answer: a yes only where the environment chose a grace, KV denies nothing, and the caller asks for no
 * tighter bound. `coveredUntil` is when the ledger last answered for the record, or stopped answering if it was read since.
 */
function decideWithoutLedger<R>(
  { isolate, clock }: RenewalDeps,
  { cache }: Source<R>,
  cached: CachedRecord<R>,
  tombstone: StoreAnswer<TombstoneFinding>,
  { coveredUntil, maxStalenessMs }: { coveredUntil: number; maxStalenessMs: number },
): Finding<R> {
  const now = isolate.readClock(clock())
  const asOf = Number.isFinite(coveredUntil) ? coveredUntil : now
  const boundMs = Math.min(cached.maxStalenessMs, maxStalenessMs)
  const freshness = markDegraded({ asOf, ageMs: Math.max(0, now - asOf), boundMs, source: 'grace' }, tombstone)
  if (cached.revokedSince !== null || isPresent(tombstone)) {
    cached.revokedSince ??= now
    cache.keep(cached)
    return toFinding(cached, freshness)
  }

  const graceMs = cached.maxStalenessMs + cached.graceSeconds * 1000
  const isInGrace =
    cached.graceSeconds > 0 && maxStalenessMs >= cached.maxStalenessMs && isWithin(now - coveredUntil, graceMs)
  const mayAllow = isInGrace && tombstone.answered && !isolate.isRevoked(cached)
  return mayAllow ? toFinding(cached, freshness) : { state: 'unknown' }
}

/** The remembered record, if no change has overtaken it; revocations of whole environments are noted in it. */
function findCached<R>(isolate: Isolate, { cache, id }: Source<R>, now: number): CachedRecord<R> | null {
  const cached = cache.get(id)
  if (cached === undefined) return null
  if (cached.revokedSince === null && isolate.isRevoked(cached)) cached.revokedSince = now
  return cached.revokedSince !== null || isolate.isCurrent(cached) ? cached : null
}

const isPresent = (tombstone: StoreAnswer<TombstoneFinding>) => tombstone.answered && tombstone.answer.state !== 'none'

const markDegraded = (freshness: Freshness, tombstone: StoreAnswer<TombstoneFinding>): Freshness =>
  tombstone.answered ? freshness : { ...freshness, degraded: ['kv'] }

function toCachedRecord<R>({ id }: Source<R>, { revoked: _, ...reading }: Reading<R>): CachedRecord<R> {
  return { ...reading, id, revokedSince: null }
}

const toFinding = <R>({ record, revokedSince }: CachedRecord<R>, freshness: Freshness): Finding<R> => ({
  state: 'found',
  record,
  revoked: revokedSince !== null,
  freshness,
})
