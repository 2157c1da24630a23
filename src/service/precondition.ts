// What a change was made from: whoever saw an older version is refused and not allowed to overwrite the newer one.
import { etagOf } from '../core/etag.ts'
import { Problem } from '../core/problem.ts'

/** `ifMatch` is the etagOf what the caller saw. Without it the change is made whatever is stored. */
export type Precondition = { ifMatch?: string | undefined }

/** Compare with the reading whose revision guards the write. @throws {Problem} conflict when `ifMatch` is not `current` */
export function requireMatch({ ifMatch }: Precondition, current: unknown): void {
  if (ifMatch !== undefined && ifMatch !== etagOf(current)) {
    throw new Problem('conflict', 'This was changed after you opened it. Open it again, then make your change.')
  }
}
