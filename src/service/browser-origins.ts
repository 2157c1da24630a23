// Whether any environment lets pages of an origin in, which is asked without a key. Strangers choose what is asked, so an
// isolate remembers the answers for seconds, and looks up only so many origins a second.
import { askStore, DATABASE_TIMEOUT_MS } from '../edge/store-answer.ts'
import { isBrowserOriginAllowed } from '../store/environments.ts'
import type { Deps } from './deps.ts'

/** How long an answer is remembered. */
const REMEMBERED_MS = 5000
/** How long an origin that was let in counts as such while it cannot be looked up again. */
const MAX_AGE_MS = 60_000

type OriginDeps = Pick<Deps, 'db' | 'nearest' | 'isolate' | 'clock' | 'deadline' | 'background'>

/**
 * Whether any environment lets pages of the origin in; null when that could not be asked. Beyond so many new origins a second
 * the answer is no: they are made up.
 */
export async function isAllowedOrigin(deps: OriginDeps, origin: string): Promise<boolean | null> {
  const { clock } = deps
  const { origins } = deps.isolate
  const remembered = origins.recall(origin, clock(), REMEMBERED_MS)
  if (remembered !== null) return remembered
  const lookup = origins.share(origin, clock(), () => lookUp(deps, origin))
  if (lookup === null) return recallAllowed(deps, origin) ?? false
  // The request that began a shared lookup may have ended, and its lookup with it.
  const heard = await askStore(deps, lookup, DATABASE_TIMEOUT_MS)
  return heard.answered && heard.answer !== null ? heard.answer : recallAllowed(deps, origin)
}

const recallAllowed = ({ isolate, clock }: OriginDeps, origin: string) =>
  isolate.origins.recall(origin, clock(), MAX_AGE_MS) === true ? true : null

/** A copy that is behind may not have an origin that was let in just now, so the primary is asked as well. */
async function lookUp(deps: OriginDeps, origin: string): Promise<boolean | null> {
  const at = deps.clock()
  const work = isBrowserOriginAllowed(deps.nearest(), origin).then(
    (isAllowed) => isAllowed || isBrowserOriginAllowed(deps.db, origin),
  )
  deps.background(Promise.allSettled([work]))
  const found = await askStore(deps, work, DATABASE_TIMEOUT_MS)
  if (!found.answered) return null
  deps.isolate.origins.keep(origin, found.answer, at)
  return found.answer
}
