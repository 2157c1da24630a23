// Steady verification traffic: independent requests, some isolates busy and some nearly idle, every key in use everywhere.
import {
  ISOLATES_PER_LOCATION,
  LOCATIONS,
  MEAN_VERIFICATIONS_PER_ISOLATE_PER_SECOND,
  REVOKED_KEYS_PER_WORLD,
  STEADY_KEYS_PER_WORLD,
  TRAFFIC_LOG_SIGMA,
} from './inputs.ts'
import { exponential, normal, type Random, uniform } from './random.ts'

export const ISOLATES = LOCATIONS * ISOLATES_PER_LOCATION
export const KEYS = REVOKED_KEYS_PER_WORLD + STEADY_KEYS_PER_WORLD

export type Request = { isolate: number; key: number }

export class Traffic {
  nextAt: number
  readonly #random: Random
  /** Requests a second of all isolates up to each: where a point falls says whose request it is. */
  readonly #cumulative: Float64Array
  readonly #startsAt: Float64Array
  readonly #meanGapMs: number

  /** Isolates begin one by one within the first `spreadMs`, so that their caches do not expire together. */
  constructor(random: Random, spreadMs: number) {
    this.#random = random
    this.#cumulative = new Float64Array(ISOLATES)
    let total = 0
    for (let isolate = 0; isolate < ISOLATES; isolate += 1) {
      total += ratePerSecond(random)
      this.#cumulative[isolate] = total
    }
    this.#startsAt = Float64Array.from({ length: ISOLATES }, () => uniform(random, 0, spreadMs))
    this.#meanGapMs = 1000 / total
    this.nextAt = exponential(random, this.#meanGapMs)
  }

  /** The request of this moment, or null from an isolate that has not begun; and the next one is drawn. */
  take(): Request | null {
    const now = this.nextAt
    const isolate = this.#isolateAt(this.#random() * (this.#cumulative[ISOLATES - 1] ?? 0))
    const key = Math.floor(this.#random() * KEYS)
    this.nextAt = now + exponential(this.#random, this.#meanGapMs)
    return now < (this.#startsAt[isolate] ?? 0) ? null : { isolate, key }
  }

  #isolateAt(point: number): number {
    let low = 0
    let high = ISOLATES - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#cumulative[middle] ?? 0) > point) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** Log-normal, with the mean of the inputs. */
const ratePerSecond = (random: Random) =>
  MEAN_VERIFICATIONS_PER_ISOLATE_PER_SECOND * Math.exp(normal(random) * TRAFFIC_LOG_SIGMA - TRAFFIC_LOG_SIGMA ** 2 / 2)
