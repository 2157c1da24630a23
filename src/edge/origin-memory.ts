// Which origins of web pages an isolate remembers to be let in by some environment, or by none. Strangers choose what is
// asked, so memory is bounded, and so is how often something is looked up.
import { LRUCache } from 'lru-cache'
import { DATABASE_TIMEOUT_MS, isWithin } from './store-answer.ts'

/** No more lookups than so many are begun in a second. */
const LOOKUPS_PER_SECOND = 10
const MAX_REMEMBERED = 1000
const SECOND_MS = 1000

type Lookup = { at: number; isAllowed: Promise<boolean | null> }

export class OriginMemory {
  /** When each origin was last seen to be let in. Apart, so that made-up origins push out none of these. */
  readonly #allowed = new LRUCache<string, number>({ max: MAX_REMEMBERED })
  readonly #unknown = new LRUCache<string, number>({ max: MAX_REMEMBERED })
  readonly #underWay = new LRUCache<string, Lookup>({ max: MAX_REMEMBERED })
  #begun: readonly number[] = []

  /** Whether the origin is let in; null when that is not known, or is older than `maxAgeMs`. */
  recall(origin: string, now: number, maxAgeMs: number): boolean | null {
    const isRecent = (at: number | undefined) => at !== undefined && isWithin(now - at, maxAgeMs)
    if (isRecent(this.#allowed.get(origin))) return true
    return isRecent(this.#unknown.get(origin)) ? false : null
  }

  keep(origin: string, isAllowed: boolean, at: number): void {
    const [kept, other] = isAllowed ? [this.#allowed, this.#unknown] : [this.#unknown, this.#allowed]
    other.delete(origin)
    kept.set(origin, at)
  }

  /** The lookup of the origin under way, or the one that `begin` starts; null when there were enough in the last second. */
  share(origin: string, now: number, begin: () => Promise<boolean | null>): Promise<boolean | null> | null {
    const shared = this.#underWay.get(origin)
    if (shared !== undefined && isWithin(now - shared.at, DATABASE_TIMEOUT_MS)) return shared.isAllowed
    const recent = this.#begun.filter((at) => isWithin(now - at, SECOND_MS - 1))
    if (recent.length >= LOOKUPS_PER_SECOND) return null
    this.#begun = [...recent, now]
    const isAllowed = begin().finally(() => this.#underWay.delete(origin))
    this.#underWay.set(origin, { at: now, isAllowed })
    return isAllowed
  }

  /** For the isolate that has just changed who is let in. */
  forgetAll(): void {
    for (const memory of [this.#allowed, this.#unknown, this.#underWay]) memory.clear()
  }
}
