// The receipt of a change: when it was committed, and when no verification anywhere says otherwise.

/**
 * `effectiveBy`: no verification decided later than this (plus 250 ms) answers from before the change, unless its own
 * answer says that it used a grace. `recorded` is `pending` while a store that keeps a revocation has not taken it yet;
 * the change holds all the same, and the sweep goes on until it is recorded.
 */
export type Receipt = { committedAt: number; effectiveBy: number; recorded: 'recorded' | 'pending' }

/** A commit, the bound of the leases that may not have heard of it, and until when some may follow an earlier, wider one. */
export type Commit = { committedAt: number; boundMs: number; widerUntil: number }

/** The moment by which the last lease that may not have heard of the commit has ended. */
export const effectiveByOf = ({ committedAt, boundMs, widerUntil }: Commit): number =>
  Math.max(committedAt + boundMs, widerUntil)

export const createReceipt = (commit: Commit, { pending }: { pending: boolean }): Receipt => ({
  committedAt: commit.committedAt,
  effectiveBy: effectiveByOf(commit),
  recorded: pending ? 'pending' : 'recorded',
})
