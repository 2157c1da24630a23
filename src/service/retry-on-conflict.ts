// Edits made from what was read: when another change came between, read again and decide again.
import { Problem } from '../core/problem.ts'

/** Said by an attempt whose guarded write found the record changed since it was read. */
export const STALE = Symbol('overtaken')

/** Each attempt that is overtaken means another change went through, so this is far above any honest contention. */
const MAX_ATTEMPTS = 64

/**
 * The result of the first attempt that was not overtaken. No change is lost and none is made on a stale reading.
 * @throws {Problem} conflict when the record never held still
 */
export async function retryOnConflict<T>(attempt: () => Promise<T | typeof STALE>): Promise<T> {
  for (let count = 0; count < MAX_ATTEMPTS; count += 1) {
    const outcome = await attempt()
    if (outcome !== STALE) return outcome
  }
  throw new Problem('conflict', 'The record is being changed by too many requests at once. Try again.')
}
