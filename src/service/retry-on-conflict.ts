// Optimistic concurrency: an edit is made from what was read, and made anew when another change was written in between.
import { Problem } from '../core/problem.ts'

/** Returned by an attempt whose guarded write found the record changed since it was read. */
export const CHANGED_MEANWHILE = Symbol('changed meanwhile')

/** Every failed attempt means that another change was written, so this is far above any real contention. */
const MAX_ATTEMPTS = 64

/**
 * The result of the first attempt that was not `STALE`. Each attempt reads again, so it sees the changes before it; whether
 * it may overwrite them is for its precondition to say.
 * @throws {Problem} conflict when every attempt was stale
 */
export async function retryOnConflict<T>(attempt: () => Promise<T | typeof CHANGED_MEANWHILE>): Promise<T> {
  for (let count = 0; count < MAX_ATTEMPTS; count += 1) {
    const outcome = await attempt()
    if (outcome !== CHANGED_MEANWHILE) return outcome
  }
  throw new Problem('conflict', 'The record is being changed by too many requests at once. Try again.')
}
