// Asking a store that may fail or hang, and how old an answer is.
import type { Deadline } from '../core/ports.ts'

/** A ledger that takes longer than this has not answered. */
export const LEDGER_TIMEOUT_MS = 3000
/** D1 is known to stall for many seconds: a verification does not wait that long. */
export const DATABASE_TIMEOUT_MS = 5000

export type StoreAnswer<T> = { answered: true; answer: T } | { answered: false }

/** Waits for a store, at most `timeoutMs`. A store that fails or hangs has not answered; nothing is thrown. */
export async function askStore<T>(
  { deadline }: { deadline: Deadline },
  work: Promise<T>,
  timeoutMs: number,
): Promise<StoreAnswer<T>> {
  try {
    return { answered: true, answer: await deadline(work, timeoutMs) }
  } catch (error) {
    console.warn('a store could not be asked', error)
    return { answered: false }
  }
}

/** A negative age, after a clock went backwards, is not within any bound. */
export const isWithin = (ageMs: number, boundMs: number) => ageMs >= 0 && ageMs <= boundMs
