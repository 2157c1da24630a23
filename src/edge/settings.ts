// Reading what else an environment has besides keys: routes, rerank controls. The lease that covers its keys covers them too:
// when a key was verified under a lease, every change of its environment up to the lease's age has been applied.
import type { Deadline } from '../core/ports.ts'
import type { Freshness } from '../core/verdict.ts'
import type { Isolate } from './isolate.ts'
import type { SettingsCache } from './settings-cache.ts'
import { askStore, DATABASE_TIMEOUT_MS, type StoreAnswer } from './store-answer.ts'

/** A setting as read, with the revision its environment had. */
export type SettingReading<T> = { environmentRevision: number; value: T }

export type SettingSource<T> = {
  cache: SettingsCache<T>
  /** Its whole identity: the environment and what the setting is. */
  key: string
  environmentId: string
  /** Null when there is no such environment. */
  read(copy: 'nearest' | 'primary'): Promise<SettingReading<T> | null>
}

/** Whether a lease covered the key when it was verified. Without one, changes may have been missed. */
export type LeaseState = { isLeased: boolean }

export const leaseStateOf = ({ source }: Pick<Freshness, 'source'>): LeaseState => ({ isLeased: source !== 'grace' })

/** The remembered setting; null when there is none, or its environment has changed since it was read. */
export function findCachedSetting<T>(
  isolate: Isolate,
  { cache, key }: SettingSource<T>,
  { isLeased }: LeaseState,
): { value: T } | null {
  const setting = isLeased ? cache.get(key) : undefined
  return setting !== undefined && isolate.isCurrent(setting) ? setting : null
}

/**
 * Reads the setting, and remembers it unless a change overtook it. Without a lease, or where this isolate does not know
 * every change of the environment, the nearest copy may be out of date unnoticed: the primary is asked, nothing is kept.
 * Where even the primary is behind the ledger, an edit is being written or D1 was restored: its answer is used and not kept.
 */
export async function readSetting<T>(
  deps: { isolate: Isolate; deadline: Deadline },
  { cache, key, environmentId, read }: SettingSource<T>,
  { isLeased }: LeaseState,
): Promise<StoreAnswer<SettingReading<T> | null>> {
  const { isolate } = deps
  const { generation } = cache
  const isCovered = isLeased && isolate.hasMet(environmentId)
  const isCurrent = (reading: SettingReading<T> | null) =>
    reading !== null && isolate.isCurrent({ ...reading, environmentId })

  const nearest = isCovered ? await askStore(deps, read('nearest'), DATABASE_TIMEOUT_MS) : null
  const found =
    nearest?.answered && isCurrent(nearest.answer)
      ? nearest
      : await askStore(deps, read('primary'), DATABASE_TIMEOUT_MS)
  if (found.answered && found.answer !== null && isCovered && cache.generation === generation) {
    cache.keep(key, { ...found.answer, environmentId })
  }
  return found
}
