// The receipt of a change: when it was committed, and by when it is effective everywhere.

/**
 * `effectiveBy`: no verification decided later than this plus 250 ms answers from before the change, unless its
 * `freshness.source` is `grace`. `recorded`: `pending` while D1 or KV does not have the revocation yet. It is effective
 * all the same, and the sweep retries until it is written.
 */
export type Receipt = { committedAt: number; effectiveBy: number; recorded: 'recorded' | 'pending' }

/** When a change was committed, the environment's bound, and until when leases may follow an earlier, wider bound. */
export type Commit = { committedAt: number; boundMs: number; widerUntil: number }

/** When the last lease that may not cover the commit has ended. */
export const effectiveByOf = ({ committedAt, boundMs, widerUntil }: Commit): number =>
  Math.max(committedAt + boundMs, widerUntil)

export const createReceipt = (commit: Commit, { pending }: { pending: boolean }): Receipt => ({
  committedAt: commit.committedAt,
  effectiveBy: effectiveByOf(commit),
  recorded: pending ? 'pending' : 'recorded',
})
