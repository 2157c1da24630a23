// Rerank controls as those who own an environment set them. What they come to on a request is in core/rerank.ts.
import type { Caller } from '../core/actor.ts'
import { createAuditEvent, findDifferences } from '../core/audit.ts'
import { newId } from '../core/ids.ts'
import { notFound } from '../core/problem.ts'
import type { ContextControls, RerankControls } from '../core/rerank.ts'
import type { Deps } from '../deps.ts'
import type { Page, PageRequest } from '../store/page.ts'
import * as store from '../store/rerank-controls.ts'
import { authorize } from './authorize.ts'
import { environmentEditOf, existingEnvironment } from './environments.ts'
import { recordChanges } from './record-changes.ts'
import { retryOnConflict, STALE } from './retry-on-conflict.ts'

/** Which controls are meant. */
export type ContextReference = { environmentId: string; contextId: string }

/** @throws {Problem} not_found, also for a context whose controls were never set */
export async function getRerankControls(deps: Deps, caller: Caller, place: ContextReference): Promise<RerankControls> {
  authorize(caller.actor, 'front_door')
  const controls = await readStoredControls(deps, place)
  if (controls === null) throw notFound('context with rerank controls')
  return controls
}

/** In the order of their context ids. @throws {Problem} not_found when there is no such environment */
export async function listRerankControls(
  deps: Deps,
  caller: Caller,
  environmentId: string,
  page: PageRequest,
): Promise<Page<ContextControls>> {
  authorize(caller.actor, 'front_door')
  await existingEnvironment(deps, environmentId)
  return store.listRerankControls(deps.db, environmentId, page)
}

/**
 * Sets the controls of a context as a whole: what is not among the new ones is gone.
 * The same controls again are no change, and nobody is told.
 * @throws {Problem} not_found when there is no such environment
 */
export async function setRerankControls(
  deps: Deps,
  caller: Caller,
  place: ContextReference,
  controls: RerankControls,
): Promise<RerankControls> {
  authorize(caller.actor, 'front_door')
  const { environmentId, contextId } = place
  return retryOnConflict(async () => {
    // The environment first: if its revision still holds when they are stored, so do the controls read after it.
    const environment = await existingEnvironment(deps, environmentId)
    const change = findDifferences<Stored>({ controls: await readStoredControls(deps, place) }, { controls })
    if (!change) return controls

    const { revision } = await recordChanges(
      deps,
      [environmentEditOf(environment, environment.bounds.maxStalenessMs)],
      null,
    )
    const event = createAuditEvent({ id: newId('event'), at: deps.clock() }, caller, {
      action: 'rerank_controls.updated',
      projectId: environment.projectId,
      environmentId,
      before: { contextId, ...change.before },
      after: { contextId, ...change.after },
    })
    const stored = await store.putRerankControls(deps.db, environment, { contextId, controls, revision }, event)
    return stored ? controls : STALE
  })
}

type Stored = { controls: RerankControls | null }

async function readStoredControls(
  { db }: Deps,
  { environmentId, contextId }: ContextReference,
): Promise<RerankControls | null> {
  const stored = await store.readRerankControls(db, environmentId, contextId)
  if (!stored) throw notFound('environment')
  return stored.controls
}
