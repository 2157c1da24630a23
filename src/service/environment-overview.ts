// What the cards of environments tell: how many live keys, and when something last changed.
import { authorize, type Caller } from '../core/actor.ts'
import type { Deps } from '../deps.ts'
import * as store from '../store/environment-overview.ts'

export type { EnvironmentSummary } from '../store/environment-overview.ts'

/** One for each id, in the same order; an id of nothing has no keys and was never changed. */
export async function summarizeEnvironments(
  deps: Deps,
  caller: Caller,
  environmentIds: readonly string[],
): Promise<store.EnvironmentSummary[]> {
  authorize(caller.actor, 'environments.read')
  return environmentIds.length === 0 ? [] : store.summarizeEnvironments(deps.db, environmentIds, deps.clock())
}
