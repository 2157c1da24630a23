// The receipt of a change: when it was committed, and when no verification anywhere says otherwise.

/**
 * `effectiveBy`: no verification decided later than this (plus 250 ms) answers from before the change.
 * `recorded` is `pending` while one of the stores that keep a revocation alive has not taken it yet;
 * the change holds all the same, and the sweep goes on until it is recorded.
 */
export type Receipt = { committedAt: number; effectiveBy: number; recorded: 'recorded' | 'pending' }

/** Every verification asks the primary copy, so a change is effective the moment it is committed. */
export function receiptFor(committedAt: number, { pending }: { pending: boolean }): Receipt {
  return { committedAt, effectiveBy: committedAt, recorded: pending ? 'pending' : 'recorded' }
}
