// The settings of environments that an isolate remembers, of one kind: route tables, or rerank controls.
import { LRUCache } from 'lru-cache'
import { bytesOf } from './record-cache.ts'

/** A setting with the revision its environment had when it was read. */
export type CachedSetting<T> = { environmentId: string; environmentRevision: number; value: T }

const MAX_BYTES = 4 * 1024 * 1024

/** Bounded by bytes alone, as the records are. */
const openCache = <T>() =>
  new LRUCache<string, CachedSetting<T>>({ maxSize: MAX_BYTES, sizeCalculation: ({ value }) => bytesOf(value) })

export class SettingsCache<T> {
  readonly #present = openCache<T>()
  /** Settings that do not exist have a cache of their own: a client that invents names must not push out those that do. */
  readonly #absent = openCache<T>()
  #generation = 0

  /** Grows when everything is forgotten, so that a read begun before is not kept after. */
  get generation(): number {
    return this.#generation
  }

  get(key: string): CachedSetting<T> | undefined {
    return this.#present.get(key) ?? this.#absent.get(key)
  }

  keep(key: string, setting: CachedSetting<T>): void {
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
