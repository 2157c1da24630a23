// The one way to change an environment, whichever part of it: read, check the precondition, reserve a revision in the
// ledger, write with the audit event. Whatever changed in between makes the guarded write fail, and all of it is done again.
import type { Caller } from '../core/actor.ts'
import { type AuditAction, type AuditEvent, createAuditEvent, findDifferences, type Snapshot } from '../core/audit.ts'
import { type Environment, MAX_STALENESS_MS } from '../core/environment.ts'
import { newId } from '../core/ids.ts'
import type { RecordAnswer } from '../core/ledger-messages.ts'
import { notFound } from '../core/problem.ts'
import { createReceipt, type Receipt } from '../core/receipt.ts'
import { runBatch } from '../store/database.ts'
import * as store from '../store/environments.ts'
import { buildEnvironmentRevisionRaise } from '../store/revocations.ts'
import type { Deps } from './deps.ts'
import { type Precondition, requireMatch } from './precondition.ts'
import { recordChange } from './record-change.ts'
import { CHANGED_MEANWHILE, retryOnConflict } from './retry-on-conflict.ts'

export type EnvironmentChange<T extends object> = Precondition & {
  action: AuditAction
  /** What the audit event says on both sides besides what changed. */
  label?: Snapshot
  /** The part that changes, as it is stored. */
  read(environment: Environment): T | Promise<T>
  /** What of the part `ifMatch` speaks of; by default all of it. */
  version?(current: T): unknown
  /** What the part is to become, asked again of each reading. @throws {Problem} when that cannot be */
  edit(current: T, environment: Environment): T | Promise<T>
  /** How old answers may be once the change is made; by default as old as before. */
  boundMs?(wanted: T): number
  /**
   * Whether isolates are to read again even where nothing would differ: some may remember the part otherwise, from before
   * D1 was restored.
   */
  confirmsUnchanged?: boolean
  /** Whether it was written: false when the environment was changed or deleted since it was read. */
  write(environment: Environment, change: { wanted: T; revision: number }, event: AuditEvent): Promise<boolean>
}

export type ChangedEnvironment<T> = { environment: Environment; value: T; receipt: Receipt }

/**
 * Makes the change, with its event in the audit log. Where nothing would differ nothing is written, unless the change
 * `confirmsUnchanged`; whatever was there is then in force within the widest bound there is.
 * @throws {Problem} not_found, conflict when `ifMatch` is not what is stored, unavailable when nothing has happened
 */
export function changeEnvironment<T extends object>(
  deps: Deps,
  caller: Caller,
  id: string,
  change: EnvironmentChange<T>,
): Promise<ChangedEnvironment<T>> {
  return retryOnConflict(async () => {
    const environment = await existingEnvironment(deps, id)
    const current = await change.read(environment)
    requireMatch(change, change.version ? change.version(current) : current)
    const wanted = await change.edit(current, environment)
    const difference = findDifferences<T>(current, wanted)
    const boundMs = change.boundMs?.(wanted) ?? environment.bounds.maxStalenessMs
    if (!difference && !change.confirmsUnchanged) {
      const receipt = createReceipt(
        { committedAt: deps.clock(), boundMs: MAX_STALENESS_MS, widerUntil: 0 },
        { pending: false },
      )
      return { environment, value: current, receipt }
    }

    const reserved = await reserveRevision(deps, environment, boundMs)
    const { revision } = reserved
    const event = createAuditEvent({ id: newId('event'), at: reserved.committedAt }, caller, {
      action: change.action,
      projectId: environment.projectId,
      environmentId: id,
      before: { ...change.label, ...difference?.before },
      after: { ...change.label, ...difference?.after },
    })
    if (!difference) await runBatch(deps.db, [buildEnvironmentRevisionRaise([{ environmentId: id, revision }])])
    else if (!(await change.write(environment, { wanted, revision }, event))) return CHANGED_MEANWHILE
    const receipt = createReceipt({ ...reserved, boundMs }, { pending: false })
    return { environment: { ...environment, revision }, value: wanted, receipt }
  })
}

/**
 * Tells the ledger that the environment is about to change: from then on no lease answers from what was read before, and
 * the change must have the revision that comes back. @throws {Problem} unavailable
 */
export function reserveRevision(
  deps: Deps,
  { id, revision, bounds }: Environment,
  boundMs: number,
): Promise<RecordAnswer> {
  const change = {
    kind: 'environment-edit' as const,
    environmentId: id,
    revision: revision + 1,
    boundMs,
    widerBoundMs: Math.max(bounds.maxStalenessMs, boundMs),
  }
  return recordChange(deps, change, id)
}

/** @throws {Problem} not_found */
export async function existingEnvironment({ db }: Pick<Deps, 'db'>, id: string): Promise<Environment> {
  const environment = await store.findEnvironment(db, id)
  if (!environment) throw notFound('environment')
  return environment
}
