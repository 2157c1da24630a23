// Reading settings of environments besides their keys: routes, rerank controls. They ride on the lease of the keys: a key
// that was verified under a lease proves that every change of its environment up to then has been heard of.
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

/** Whether a lease covered the key when it was verified: while the ledger does not answer, nobody says what has changed. */
export type LeaseState = { isLeased: boolean }

export const leaseStateOf = ({ source }: Pick<Freshness, 'source'>): LeaseState => ({ isLeased: source !== 'grace' })

/** The setting, if it is remembered and no change of its environment that was heard of has overtaken it. */
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
 * Where even the primary is behind the ledger, an edit is on its way or D1 was restored: its word counts for this once.
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
