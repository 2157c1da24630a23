// What an isolate remembers of environments besides their keys: routes, rerank controls. It rides on the leases of the
// keys: a key that was verified under a lease vouches that every change of its environment up to then has been heard.
import { LRUCache } from 'lru-cache'
import type { Deadline } from '../core/ports.ts'
import type { Freshness } from '../core/verdict.ts'
import type { Isolate } from './isolate.ts'
import { askStore, DATABASE_TIMEOUT_MS, type StoreAnswer } from './store-answer.ts'

/** A setting as read, with the revision its environment had. */
export type SettingReading<T> = { environmentRevision: number; value: T }

export type SettingSource<T> = {
  /** Its whole identity: the environment and what the setting is. */
  key: string
  environmentId: string
  /** Null when there is no such environment. */
  read(copy: 'nearest' | 'primary'): Promise<SettingReading<T> | null>
}

type Setting = { environmentId: string; environmentRevision: number; value: unknown; bytes: number }

/** Beside the records, which may take 64 MiB of the 128 MB that an isolate has. */
const MAX_BYTES = 4 * 1024 * 1024

/** Without a number of entries: for one, lru-cache takes the room of all of them at once. */
const LIMITS = { maxSize: MAX_BYTES, sizeCalculation: ({ bytes }: Setting) => bytes }

export class SettingsCache {
  readonly #present = new LRUCache<string, Setting>(LIMITS)
  /** What is not there is remembered apart: a client that makes names up must not push out what is. */
  readonly #absent = new LRUCache<string, Setting>(LIMITS)
  #generation = 0

  /** Grows when everything is forgotten: what was read before is not kept after. */
  get generation(): number {
    return this.#generation
  }

  get(key: string): Setting | undefined {
    return this.#present.get(key) ?? this.#absent.get(key)
  }

  keep(key: string, setting: Setting): void {
    const [kept, other] = setting.value === null ? [this.#absent, this.#present] : [this.#present, this.#absent]
    other.delete(key)
    kept.set(key, setting)
  }

  forgetAll(): void {
    this.#generation += 1
    this.#present.clear()
    this.#absent.clear()
  }
}

/** Whether a lease was held when the key was verified: while the ledger is silent, nobody says what has changed. */
export type LeaseState = { vouched: boolean }

export const leaseStateOf = ({ source }: Pick<Freshness, 'source'>): LeaseState => ({ vouched: source !== 'grace' })

/** The setting, if it is remembered and its environment has, for all that is vouched, not changed since it was read. */
export function findCachedSetting<T>(
  isolate: Isolate,
  { key }: SettingSource<T>,
  { vouched }: LeaseState,
): { value: T } | null {
  const setting = vouched ? isolate.settings.get(key) : undefined
  if (setting === undefined || !isolate.isCurrent(setting)) return null
  return { value: setting.value as T } // what is kept under a source's key was read by that source
}

/**
 * Reads the setting, and remembers it unless a change overtook it. Where nobody vouches, the nearest copy may be behind for
 * all that is known, so the primary is asked and nothing is kept.
 * Where even the primary is behind the ledger, an edit is on its way or D1 was restored: its word counts for this once.
 */
export async function readSetting<T>(
  deps: { isolate: Isolate; deadline: Deadline },
  source: SettingSource<T>,
  { vouched }: LeaseState,
): Promise<StoreAnswer<T | null>> {
  const { isolate } = deps
  const { generation } = isolate.settings
  const isCurrent = (reading: SettingReading<T> | null) =>
    reading !== null && isolate.isCurrent({ ...reading, environmentId: source.environmentId })

  const nearest = vouched ? await askStore(deps, source.read('nearest'), DATABASE_TIMEOUT_MS) : null
  const found =
    nearest?.answered && isCurrent(nearest.answer)
      ? nearest
      : await askStore(deps, source.read('primary'), DATABASE_TIMEOUT_MS)
  if (!found.answered) return found
  if (found.answer === null) return { answered: true, answer: null }

  const { environmentRevision, value } = found.answer
  if (vouched && isolate.settings.generation === generation) {
    const bytes = OVERHEAD_BYTES + JSON.stringify(value ?? null).length
    isolate.settings.keep(source.key, { environmentId: source.environmentId, environmentRevision, value, bytes })
  }
  return { answered: true, answer: value }
}

/** About what the bookkeeping of one setting takes, and what was compiled from its text. */
const OVERHEAD_BYTES = 600
