// Rerank controls as an operator sets them. core/rerank.ts says what applies to a request.
import { authorize, type Caller } from '../core/actor.ts'
import { notFound } from '../core/problem.ts'
import type { ContextControls, RerankControls } from '../core/rerank.ts'
import type { Page, PageRequest } from '../store/page.ts'
import * as store from '../store/rerank-controls.ts'
import { changeEnvironment, existingEnvironment } from './change-environment.ts'
import type { Deps } from './deps.ts'
import { type Precondition, requireAccepted } from './precondition.ts'

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
 * Sets the controls of a context as a whole: what is not among the new ones is gone. The same controls again are no change.
 * `ifMatch` is the etagOf the controls as they were, `{ controls }`, null for a context that had none.
 * @throws {Problem} not_found when there is no such environment, conflict
 */
export async function setRerankControls(
  deps: Deps,
  caller: Caller,
  { environmentId, contextId }: ContextReference,
  controls: RerankControls,
  precondition: Precondition<RerankControls> = {},
): Promise<RerankControls> {
  authorize(caller.actor, 'front_door')
  await changeEnvironment<{ controls: RerankControls | null }>(deps, caller, environmentId, {
    ifMatch: precondition.ifMatch,
    action: 'rerank_controls.updated',
    label: { contextId },
    // Read after the environment: if its revision still holds when they are stored, so do they.
    read: async () => ({ controls: await readStoredControls(deps, { environmentId, contextId }) }),
    edit: (current) => {
      requireAccepted(precondition, current.controls)
      return { controls }
    },
    write: (environment, { revision }, event) =>
      store.putRerankControls(deps.db, environment, { contextId, controls, revision }, event),
  })
  return controls
}

async function readStoredControls(
  { db }: Deps,
  { environmentId, contextId }: ContextReference,
): Promise<RerankControls | null> {
  const stored = await store.readRerankControls(db, environmentId, contextId)
  if (!stored) throw notFound('environment')
  return stored.controls
}
