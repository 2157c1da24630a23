// Virtual time. Every delay of a schedule is an event here, and between two events everything that can go on goes on, so
// a schedule always runs the same way, however busy the machine is.
import { Timeline } from '../../simulate/timeline.ts'

/** Promises that wait for nothing but each other settle in far fewer turns than this. */
const MICROTASK_TURNS = 150

/** What becomes of one call of a binding: the way there, the way back, and how it ends. */
export type Delivery = {
  there: number
  back: number
  outcome:
    | 'ok'
    /** Never executed, and the caller hears that it failed. */
    | 'refused'
    /** Executed, but the caller hears that it failed. */
    | 'lost'
    /** Executed, and the caller never hears anything. */
    | 'hung'
    /** Never executed, and the caller never hears anything. */
    | 'stuck'
  /** How far behind the primary a replica is that is asked. */
  lag: number
}

/** The true time. No isolate sees it: each has a clock of its own. */
export class VirtualTime extends Timeline {
  /** Runs at the moment, or now if that has passed. */
  at(moment: number, run: () => void): () => void {
    return this.after(Math.max(0, moment - this.now), run)
  }

  /** One call of something far away: it is executed when the question has arrived, and is known when the answer has. */
  call<T>({ there, back, outcome }: Delivery, execute: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const answer = (tell: () => void) => this.after(back, tell)
      const fail = () => reject(new Error('Network connection lost.'))
      this.after(there, () => {
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
    await runMicrotasks()
    while (this.nextAt <= moment) {
      this.step()
      await runMicrotasks()
    }
    this.now = Math.max(this.now, moment)
  }
}

async function runMicrotasks(): Promise<void> {
  for (let turn = 0; turn < MICROTASK_TURNS; turn += 1) await null
}
