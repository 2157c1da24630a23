// The cron sweep: writes into D1 and KV what the ledger knows and a request could not write.
import { projectLedger } from '../edge/projection.ts'
import { LEDGER_TIMEOUT_MS } from '../edge/store-answer.ts'
import { sweepTombstones } from '../edge/tombstone-writer.ts'
import { renewSearchTerms } from '../store/search-terms.ts'
import { deleteEndedSessions } from './console-sessions.ts'
import type { Deps } from './deps.ts'
import { deleteExpiredResponses } from './idempotency.ts'

/** How many keys a sweep writes the search terms of anew. */
const KEYS_PER_SWEEP = 200

export type Swept = { caughtUp: boolean; tombstones: { written: number; failed: number } }

/** Whether D1 has caught up with the ledger, and what became of the tombstones that were due. */
export async function sweep(deps: Deps): Promise<Swept> {
  deps.background(deleteEndedSessions(deps))
  deps.background(renewSearchTerms(deps.db, KEYS_PER_SWEEP))
  deps.background(deleteExpiredResponses(deps))
  return { caughtUp: await catchUp(deps), tombstones: await sweepTombstones(deps) }
}

/** A ledger that does not answer is left for the next sweep: the tombstones do not wait for it. */
async function catchUp({ db, ledger, deadline }: Deps): Promise<boolean> {
  try {
    return await projectLedger(db, (after, limit) => deadline(ledger.entriesAfter(after, limit), LEDGER_TIMEOUT_MS))
  } catch (error) {
    console.warn('the ledger could not be written into D1 yet', error)
    return false
  }
}
