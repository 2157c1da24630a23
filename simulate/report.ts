// The results as Markdown tables.
import { printTable } from '../bench/table.ts'
import { CUT_REGION, CUT_SECONDS, OUTAGE_WORLDS, QUIET_WORLDS, REVOKED_KEYS_PER_WORLD } from './inputs.ts'
import { costPerMillion, quantile, type Result } from './results.ts'
import type { Share } from './run-world.ts'

export function report(results: Result[], seed: number): void {
  printTable(
    `Revocation delay: from committedAt to the last "yes" anywhere, ${QUIET_WORLDS * REVOKED_KEYS_PER_WORLD} revocations, seed ${seed}`,
    ['design', 'verdicts by', 'promise', 'p50', 'p99', 'max'],
    results.map(({ design, quiet }) => [
      design.name,
      `${design.code} code`,
      design.boundMs === null ? 'none' : `${seconds(design.boundMs)} + 250 ms`,
      ...delays(quiet.delaysMs),
    ]),
  )
  printTable(
    `The same with ${CUT_REGION} cut off for ${CUT_SECONDS} s and KV slow, ${OUTAGE_WORLDS * REVOKED_KEYS_PER_WORLD} revocations meanwhile`,
    ['design', 'p50', 'p99', 'max', 'unavailable, everywhere', `unavailable, ${CUT_REGION}`, 'told after, p50', 'max'],
    results.map(({ design, outage }) => [
      design.name,
      ...delays(outage.delaysMs),
      percent(outage.load),
      percent(outage.cutOff),
      ...(outage.waitsMs.length > 100 ? [0.5, 1].map((share) => seconds(quantile(outage.waitsMs, share))) : ['', '']),
    ]),
  )
  printTable(
    'Load and cost of steady traffic without outage',
    ['design', 'verdicts/s', 'unavailable', 'ledger objects', 'sync/s each', 'sync per verdict'],
    results.map(({ design: { name, objects }, load }) => [
      name,
      (load.verdicts / load.seconds).toFixed(0),
      percent(load),
      String(objects),
      objects === 0 ? '' : (load.syncs / load.seconds / objects).toFixed(0),
      objects === 0 ? '' : (load.syncs / load.verdicts).toFixed(3),
    ]),
  )
  printTable(
    'US dollars per million verifications',
    ['design', 'KV reads', 'object requests', 'object time', 'rows read', 'together'],
    results.map(({ design, load }) => {
      const { kv, objectRequests, objectTime, rows, total } = costPerMillion(load, design.objects)
      return [design.name, ...[kv, objectRequests, objectTime, rows, total].map((usd) => usd.toFixed(4))]
    }),
  )
  console.log(`\n${WHAT_IS_REAL}`)
}

const delays = (sorted: number[]) => [0.5, 0.99, 1].map((share) => seconds(quantile(sorted, share)))

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`

const percent = ({ unavailable, verdicts }: Share) => `${((100 * unavailable) / verdicts).toFixed(2)} %`

const WHAT_IS_REAL = `Real code: src/edge/freshness.ts, isolate.ts, record-cache.ts, ledger-client.ts and core/ledger-messages.ts decide
every verdict of the Keyward rows, one Isolate for each of the 900, on virtual clocks that disagree by up to 10 s.
Modelled: the network, the ledger object, D1 and its replicas, KV and its tiers, and the other two designs entirely.
Nothing was measured on Cloudflare's network. Inputs and their sources: simulate/inputs.ts`
