// Isolates come and go: what one remembered is gone with it.
import { ISOLATE_LIFETIME_SECONDS } from './inputs.ts'
import { exponential } from './random.ts'
import type { World } from './world.ts'

export class Lifetimes<T> {
  readonly #world: World
  readonly #begin: (isolate: number) => T
  readonly #living = new Map<number, { memory: T; until: number }>()

  constructor(world: World, begin: (isolate: number) => T) {
    this.#world = world
    this.#begin = begin
  }

  /** The memory of the isolate that lives in this place now. */
  of(isolate: number): T {
    const { timeline, random } = this.#world
    const living = this.#living.get(isolate)
    if (living && timeline.now < living.until) return living.memory
    const memory = this.#begin(isolate)
    const until = timeline.now + exponential(random, ISOLATE_LIFETIME_SECONDS * 1000)
    this.#living.set(isolate, { memory, until })
    return memory
  }
}
