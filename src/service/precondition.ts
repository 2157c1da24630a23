// What a change was made from: whoever saw an older version is refused and not allowed to overwrite the newer one.
import { etagOf } from '../core/etag.ts'
import { Problem } from '../core/problem.ts'

/** Without either the change is made whatever is stored. */
export type Precondition<T = never> = {
  /** The etagOf the part that a form showed. */
  ifMatch?: string | undefined
  /** Whether the record is a version that the caller means; null when there is none. */
  accepts?: ((record: T | null) => boolean) | undefined
}

/** Compare with the reading whose revision guards the write. @throws {Problem} conflict when `ifMatch` is not `current` */
export function requireMatch({ ifMatch }: Pick<Precondition, 'ifMatch'>, current: unknown): void {
  if (ifMatch !== undefined && ifMatch !== etagOf(current)) {
    throw new Problem('conflict', 'This was changed after you opened it. Open it again, then make your change.')
  }
}

/** Ask of the reading whose revision guards the write. @throws {Problem} precondition_failed */
export function requireAccepted<T>({ accepts }: Precondition<T>, record: T | null): void {
  if (accepts && !accepts(record)) throw preconditionFailed()
}

export const preconditionFailed = () =>
  new Problem('precondition_failed', 'The record is not the version that the request names. Nothing was done.')
