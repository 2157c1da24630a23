// Virtual time, in milliseconds: it stands still while code runs and jumps to the next event. The model of test/model runs
// on it too.
import { DeadlineExceeded } from '../src/store/deadline.ts'

type Event = { at: number; order: number; run: (() => void) | null }

export class Timeline {
  now: number
  /** A binary heap, earliest first; events of the same moment keep their order. */
  readonly #heap: Event[] = []
  #count = 0

  constructor(now = 0) {
    this.now = now
  }

  /** Runs after the delay. Returns what calls it off. */
  after(delayMs: number, run: () => void): () => void {
    this.#count += 1
    const event: Event = { at: this.now + delayMs, order: this.#count, run }
    this.#push(event)
    return () => {
      event.run = null
    }
  }

  sleep = (delayMs: number): Promise<void> => new Promise((resolve) => this.after(delayMs, resolve))

  /** The outcome, or a rejection after the time limit. */
  deadline = <T>(work: Promise<T>, timeoutMs: number): Promise<T> =>
    new Promise((resolve, reject) => {
      const cancel = this.after(timeoutMs, () => reject(TOO_LATE))
      work.finally(cancel).then(resolve, reject)
    })

  /** When the next event is; infinity when there is none. */
  get nextAt(): number {
    while (this.#heap[0]?.run === null) this.#pop()
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY
  }

  /** Moves to the next event and runs it. */
  step(): void {
    const event = this.#pop()
    if (event === undefined) return
    this.now = event.at
    event.run?.()
  }

  #push(event: Event): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(event)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent]
      if (above === undefined || isBefore(above, event)) break
      heap[index] = above
      index = parent
    }
    heap[index] = event
  }

  #pop(): Event | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || last === first) return first
    let index = 0
    for (;;) {
      const left = heap[2 * index + 1]
      const right = heap[2 * index + 2]
      if (left === undefined) break
      const isRight = right !== undefined && isBefore(right, left)
      const child = isRight ? right : left
      if (isBefore(last, child)) break
      heap[index] = child
      index = 2 * index + (isRight ? 2 : 1)
    }
    heap[index] = last
    return first
  }
}

/** One for all: an outage has many, and nobody reads where each was made. */
const TOO_LATE = new DeadlineExceeded('no answer in time')

const isBefore = (left: Event, right: Event) => left.at < right.at || (left.at === right.at && left.order < right.order)

/**
 * Resolves when every promise that could go on has gone on: virtual time may move. Node runs a tick that is asked for
 * in a microtask after all microtasks, also those that come up meanwhile; going round the event loop would do, several times slower.
 */
export const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))
