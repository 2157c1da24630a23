// Slowing down who guesses secrets. Only a secret that was found wrong is counted, so one that is right is never held back,
// whatever its neighbours do. A secret has 256 bits: the limit saves work and log lines, it is not what keeps guesses out.
import { networkOf } from '../core/client-network.ts'
import { askStore, isWithin } from '../edge/store-answer.ts'
import type { Deps } from './deps.ts'

/** Where a secret was tried: at the OAuth endpoints, or at the console. */
export type TriedAt = 'client' | 'sign_in'

/** How long wrong secrets from a network are not judged once it has tried too many: as long as the limiters count. */
export const BLOCKED_MS = 60_000

const LIMITER_TIMEOUT_MS = 1000

type TryDeps = Pick<Deps, 'tries' | 'signInTries' | 'isolate' | 'clock' | 'deadline'>

/**
 * Counts a wrong secret. Null when it was one of few; else after how many seconds a wrong one from there is judged again.
 * The isolate itself keeps the time: the limiter does not say when it lets somebody try again.
 */
export async function countFailedTry(deps: TryDeps, at: TriedAt, address: string | undefined): Promise<number | null> {
  const who = `${at} ${networkOf(address)}`
  return secondsBlocked(deps, who) ?? ((await hasTriesLeft(deps, at, who)) ? null : block(deps, who))
}

/** A limiter that cannot be asked stops nobody: the secret was found wrong all the same. */
async function hasTriesLeft(deps: TryDeps, at: TriedAt, key: string): Promise<boolean> {
  const limiter = at === 'client' ? deps.tries : deps.signInTries
  if (limiter === null) return true
  const asked = await askStore(deps, limiter.limit({ key }), LIMITER_TIMEOUT_MS)
  return !asked.answered || asked.answer.success
}

function block(deps: TryDeps, who: string): number {
  // Another try from there may have been the first too many, while this one was counted.
  const known = secondsBlocked(deps, who)
  if (known !== null) return known
  deps.isolate.blockedSince.set(who, deps.clock())
  return BLOCKED_MS / 1000
}

function secondsBlocked({ isolate, clock }: TryDeps, who: string): number | null {
  const since = isolate.blockedSince.get(who)
  const ageMs = since === undefined ? BLOCKED_MS : clock() - since
  return isWithin(ageMs, BLOCKED_MS - 1) ? Math.ceil((BLOCKED_MS - ageMs) / 1000) : null
}
