// What is known of a token at this moment, and how fresh that is. Asks D1's primary copy and the KV tombstone,
// in parallel, every time. Nothing is remembered here: an answer is as old as its question.
import type { VerificationRecord } from '../core/policy.ts'
import type { Clock } from '../core/ports.ts'
import type { Freshness } from '../core/verdict.ts'
import type { Database } from '../store/database.ts'
import { withDeadline } from '../store/deadline.ts'
import { readTombstone, type TombstoneFinding } from '../store/tombstones.ts'
import { readVerificationRecord } from '../store/verification-records.ts'

export type Finding =
  | { state: 'found'; record: VerificationRecord; tombstoned: boolean; freshness: Freshness }
  | { state: 'none' }
  /** D1 could not be asked, but a tombstone says the key is dead. */
  | { state: 'dead'; keyId: string; environmentId: string; freshness: Freshness }
  /** D1 could not be asked and nothing denies: neither yes nor no. */
  | { state: 'unknown' }

export type EvidenceDeps = { db: Database; revocations: KVNamespace; clock: Clock }

/** D1 is known to stall for many seconds; a verification does not wait for that. */
const DATABASE_TIMEOUT_MS = 5000
/** The tombstone is a second opinion: not worth waiting for as long as for the first. */
const KV_TIMEOUT_MS = 1000

export async function findEvidence(
  { db, revocations, clock }: EvidenceDeps,
  { hash, prefix, maxStalenessMs }: { hash: string; prefix: string; maxStalenessMs: number },
): Promise<Finding> {
  const asOf = clock()
  const [read, tombstone] = await Promise.all([
    attempt(readVerificationRecord(db, hash), DATABASE_TIMEOUT_MS),
    attempt(readTombstone(revocations, prefix), KV_TIMEOUT_MS),
  ])
  const ageMs = Math.max(0, clock() - asOf)

  if (!read.answered) return deadOrUnknown(tombstone, { asOf, ageMs, boundMs: maxStalenessMs, source: 'primary' })
  if (read.answer === null) return { state: 'none' }

  const record = read.answer
  const boundMs = Math.min(record.maxStalenessMs, maxStalenessMs)
  const freshness: Freshness = { asOf, ageMs, boundMs, source: 'primary' }
  return {
    state: 'found',
    record,
    tombstoned: tombstone.answered && tombstone.answer.state !== 'none',
    freshness: tombstone.answered ? freshness : { ...freshness, degraded: ['kv'] },
  }
}

type Attempt<T> = { answered: true; answer: T } | { answered: false }

/** A store that fails or hangs has not answered; what that means is for the caller to say. */
async function attempt<T>(work: Promise<T>, timeoutMs: number): Promise<Attempt<T>> {
  try {
    return { answered: true, answer: await withDeadline(work, timeoutMs) }
  } catch (error) {
    console.warn('a store could not be asked', error)
    return { answered: false }
  }
}

function deadOrUnknown(tombstone: Attempt<TombstoneFinding>, freshness: Freshness): Finding {
  if (!tombstone.answered || tombstone.answer.state !== 'present') return { state: 'unknown' }
  const { keyId, environmentId } = tombstone.answer.tombstone
  return { state: 'dead', keyId, environmentId, freshness: { ...freshness, degraded: ['d1'] } }
}
