// The guarantee, under schedules nobody thought of: lost messages, stalls, lagging copies, clocks that are turned.
// Once a change returned its receipt, no verification decided later than the bound, plus 250 ms, answers from before it.
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RevocationLedger } from '../../src/edge/ledger.ts'
import { type Counts, runSchedule } from './run.ts'
import { describeSchedule, schedules } from './schedule.ts'

const RUNS = 2000
const SEED = 20_261_121
/** What is left of it after a failure goes into making the failure simpler. */
const TIME_LIMIT_MS = 240_000

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
    const found = await fc.check(holds, { numRuns: runs, seed: SEED, interruptAfterTimeLimit: TIME_LIMIT_MS })
    const took = Math.round(performance.now() - started)
    console.log(
      `seed ${SEED}, ${runs} schedules${restores ? ' with restores' : ''}: ${JSON.stringify(counts)} in ${took} ms`,
    )
    if (found.counterexample !== null) {
      const [schedule] = found.counterexample
      const violations = await runSchedule(state, schedule, {})
      const how = `schedule ${found.numRuns} of seed ${SEED}, path ${found.counterexamplePath}:\n  ${describeSchedule(schedule)}`
      throw new Error(`${violations.slice(0, 3).join('\n')}\nin ${how}`)
    }
    expect(found.numRuns).toBe(runs)
  })
}
