// Asking a store that may fail or hang, and how old an answer is.
import type { Deadline } from '../core/ports.ts'

/** A ledger that takes longer than this has not answered. */
export const LEDGER_TIMEOUT_MS = 3000
/** D1 is known to stall for many seconds; nobody waits for that who waits for an answer about a token. */
export const DATABASE_TIMEOUT_MS = 5000

export type StoreAnswer<T> = { answered: true; answer: T } | { answered: false }

/** A store that fails or hangs has not answered; what that means is for the caller to say. */
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

/** A negative age is that of a clock that went backwards, and within nothing. */
export const isWithin = (ageMs: number, boundMs: number) => ageMs >= 0 && ageMs <= boundMs
