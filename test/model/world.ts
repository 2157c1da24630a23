// Virtual time. Every delay of a schedule is an event here, and between two events all that can go on goes on, so a
// schedule always runs the same way, however busy the machine is.

/** Promises that wait for nothing but each other are through after far fewer turns than this. */
const TURNS = 150

export type Outcome =
  | 'ok'
  /** Never executed, and the caller hears that it failed. */
  | 'refused'
  /** Executed, but the caller hears that it failed. */
  | 'lost'
  /** Executed, and the caller never hears anything. */
  | 'hung'
  /** Never executed, and the caller never hears anything. */
  | 'stuck'

/** What becomes of one call of a binding: the way there, the way back, and how it ends. */
export type Fate = { there: number; back: number; outcome: Outcome }

type Happening = { at: number; order: number; run: () => void; cancelled: boolean }

export class World {
  /** The true time. No isolate sees it: each has a clock of its own. */
  now: number
  #order = 0
  #queue: Happening[] = []

  constructor(now: number) {
    this.now = now
  }

  at(moment: number, run: () => void): () => void {
    const happening = { at: Math.max(moment, this.now), order: this.#order, run, cancelled: false }
    this.#order += 1
    const place = this.#queue.findLastIndex((other) => other.at <= happening.at) + 1
    this.#queue.splice(place, 0, happening)
    return () => {
      happening.cancelled = true
    }
  }

  sleep = (ms: number): Promise<void> => new Promise((resolve) => this.at(this.now + ms, resolve))

  deadline = <T>(work: Promise<T>, timeoutMs: number): Promise<T> =>
    new Promise((resolve, reject) => {
      const cancel = this.at(this.now + timeoutMs, () => reject(new Error(`no answer within ${timeoutMs} ms`)))
      work.then(resolve, reject).finally(cancel)
    })

  /** One call of something far away: it happens when the question has arrived, and is known when the answer has. */
  call<T>({ there, back, outcome }: Fate, execute: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const answer = (tell: () => void) => this.at(this.now + back, tell)
      const fail = () => reject(new Error('Network connection lost.'))
      this.at(this.now + there, () => {
        if (outcome === 'stuck') return
        if (outcome === 'refused') {
          answer(fail)
          return
        }
        try {
          const result = execute()
          if (outcome === 'ok') answer(() => resolve(result))
        } catch (error) {
          if (outcome === 'ok') answer(() => reject(error))
        }
        if (outcome === 'lost') answer(fail)
      })
    })
  }

  /** Lets everything happen that is due until then. */
  async runUntil(moment: number): Promise<void> {
    await quiet()
    for (let next = this.#queue[0]; next !== undefined && next.at <= moment; next = this.#queue[0]) {
      this.#queue.shift()
      if (next.cancelled) continue
      this.now = next.at
      next.run()
      await quiet()
    }
    this.now = Math.max(this.now, moment)
  }
}

async function quiet(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await null
}
