// The guarantee, under schedules nobody thought of: lost messages, stalls, lagging copies, clocks that are turned.
// Once a change returned its receipt, no verification decided later than the bound, plus 250 ms, answers from before it.
//
// MODEL_SCHEDULES says how many schedules are tried, and a quarter as many with restores; MODEL_SEED, which. A busy machine that
// gets through fewer in the time there is fails nothing: the line that is printed says how many there were.
// `npm run test:long` tries 2,000 and 500.
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import type { RevocationLedger } from '../../src/edge/ledger.ts'
import { runSchedule } from './run.ts'
import { schedules } from './schedule.ts'
import { describeSchedule } from './steps.ts'
import type { Counts } from './world.ts'

declare module 'vitest' {
  interface ProvidedContext {
    model: { schedules: number; seed: number }
  }
}

const { schedules: RUNS, seed: SEED } = inject('model')
/** What is left of it after a failure goes into making the failure simpler. A schedule takes about a tenth of a second. */
const TIME_LIMIT_MS = Math.max(240_000, RUNS * 500)
/** A schedule that has not ended by then never will. */
const SCHEDULE_TIME_LIMIT_MS = 60_000

test('no schedule breaks the guarantee', { timeout: 2 * TIME_LIMIT_MS }, () =>
  searchFor({ restores: false, runs: RUNS }),
)

test('nor does one in which D1 is restored from an older copy', { timeout: 2 * TIME_LIMIT_MS }, () =>
  searchFor({ restores: true, runs: Math.ceil(RUNS / 4) }),
)

/** @throws with the simplest schedule that was found, and with what it breaks */
async function searchFor({ restores, runs }: { restores: boolean; runs: number }): Promise<void> {
  const ledgers = env.LEDGER as DurableObjectNamespace<RevocationLedger> // the binding's class
  const counts: Counts = { schedules: 0 }
  const started = performance.now()
  await runInDurableObject(ledgers.get(ledgers.idFromName('model')), async (_ledger, state) => {
    const holds = fc.asyncProperty(schedules({ restores }), async (schedule) => {
      counts['schedules'] = (counts['schedules'] ?? 0) + 1
      expect(await runSchedule(state, schedule, counts)).toEqual([])
    })
    const found = await fc.check(holds, {
      numRuns: runs,
      seed: SEED,
      timeout: SCHEDULE_TIME_LIMIT_MS,
      interruptAfterTimeLimit: TIME_LIMIT_MS,
    })
    const took = Math.round(performance.now() - started)
    console.log(
      `seed ${SEED}, ${found.numRuns} of ${runs} schedules${restores ? ' with restores' : ''}: ${JSON.stringify(counts)} in ${took} ms`,
    )
    if (found.counterexample !== null) {
      const [schedule] = found.counterexample
      const violations = await runSchedule(state, schedule, {})
      const how = `schedule ${found.numRuns} of seed ${SEED}, path ${found.counterexamplePath}:\n  ${describeSchedule(schedule)}`
      throw new Error(`${violations.slice(0, 3).join('\n')}\nin ${how}`)
    }
    expect(found.numRuns).toBeGreaterThan(0)
  })
}
