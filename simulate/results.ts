// Many worlds of one design put together: quantiles, shares, load, cost, and whether the promise was kept.
import {
  DO_BILLED_GB,
  USD_PER_MILLION_DO_GB_SECONDS,
  USD_PER_MILLION_DO_REQUESTS,
  USD_PER_MILLION_KV_READS,
  USD_PER_MILLION_ROWS_READ,
  USD_PER_MILLION_SERVICE_BINDING_CALLS,
} from './inputs.ts'
import type { Load, Observed } from './run-world.ts'
import type { Design } from './world.ts'

export type Result = { design: Design; load: Load; quiet: Observed; outage: Observed }

export function together(worlds: Observed[]): Observed {
  const [first, ...others] = worlds
  if (first === undefined) throw new Error('no worlds')
  return others.reduce(
    (total, { delaysMs, waitsMs, load, cutOff }) => ({
      delaysMs: ascending([...total.delaysMs, ...delaysMs]),
      waitsMs: ascending([...total.waitsMs, ...waitsMs]),
      load: sumOf(total.load, load),
      cutOff: sumOf(total.cutOff, cutOff),
    }),
    first,
  )
}

const ascending = (numbers: number[]) => numbers.sort((left, right) => left - right)

/** Both hold the same names. */
const sumOf = <T extends Record<string, number>>(left: T, right: T): T =>
  Object.fromEntries(Object.entries(left).map(([name, value]) => [name, value + (right[name] ?? 0)])) as T

/** The smallest value that at least this share of the sorted values does not exceed. */
export const quantile = (sorted: number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN

/** What the guarantee allows on top of the bound (docs/decisions/0006-ledger-and-leases.md). */
export const SLACK_MS = 250

/** The revocations that were answered "yes" for longer than promised; none for a design that promises nothing. */
export function brokenPromises({ design, quiet, outage }: Result): number[] {
  const { boundMs } = design
  if (boundMs === null) return []
  return [...quiet.delaysMs, ...outage.delaysMs].filter((delayMs) => delayMs > boundMs + SLACK_MS)
}

export type Cost = { kv: number; objectRequests: number; objectTime: number; rows: number; total: number }

/** US dollars for a million verifications, beyond what is included, at the traffic of the steady world. */
export function costPerMillion(load: Load, objects: number): Cost {
  const perVerdict = (count: number) => count / load.verdicts
  const kv = perVerdict(load.kvReads) * USD_PER_MILLION_KV_READS
  const objectRequests = perVerdict(load.syncs) * USD_PER_MILLION_DO_REQUESTS
  const objectTime = perVerdict(objects * load.seconds * DO_BILLED_GB) * USD_PER_MILLION_DO_GB_SECONDS
  const rows = perVerdict(load.d1Rows + load.ledgerRows) * USD_PER_MILLION_ROWS_READ
  const total = kv + objectRequests + objectTime + rows + USD_PER_MILLION_SERVICE_BINDING_CALLS
  return { kv, objectRequests, objectTime, rows, total }
}
