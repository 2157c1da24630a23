// What is said after a commit, when a store that would know better cannot be asked any more.
import { Problem } from '../core/problem.ts'

/** The outcome of the work, or `otherwise` when a store could not be asked. Every other failure stays one. */
export async function catchUnavailable<T>(work: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Problem && error.code === 'unavailable') return otherwise
    throw error
  }
}
