// What all designs share: places, messages between them, time, chance, the outage, and what is counted.
import {
  CUT_REGION,
  ISOLATES_PER_LOCATION,
  KV_SLOW_FACTOR,
  NETWORK_P99_TO_MEDIAN_RATIO,
  REGIONS,
  type Spread,
  STALL_CHANCE_PER_MESSAGE,
  STALL_LONGEST_MS,
  STALL_SHORTEST_MS,
} from './inputs.ts'
import { pareto, type Random, spreadMs } from './random.ts'
import type { Timeline } from './timeline.ts'

export type Region = (typeof REGIONS)[number]
export type Period = { from: number; until: number }

/** What is paid for, and what the ledger has to answer. */
export type Counts = { kvReads: number; d1Rows: number; syncs: number; ledgerRows: number }

export type World = {
  timeline: Timeline
  random: Random
  /** While one region is cut off from everything outside it and KV is slow everywhere; null for a quiet world. */
  outage: Period | null
  counts: Counts
}

export type Answer = 'yes' | 'no' | 'unavailable'

/** One way of knowing about revocations, at work in one world. */
export type Service = {
  /** A promise only where something had to be asked. */
  verify(isolate: number, key: number): Answer | Promise<Answer>
  /** Begins the revocation; `committed` is told the moment that its receipt would name. */
  revoke(key: number, committed: (at: number) => void): void
}

export type Design = {
  name: string
  /** Whether what answers verifications is Keyward's own code. */
  code: 'real' | 'modelled'
  /** How long an answer may be remembered at most, in every cache on its way. */
  memoryMs: number
  /** The bound it promises; null where it promises none. */
  boundMs: number | null
  /** Durable Objects it runs. */
  objects: number
  open(world: World): Service
}

export const LOCATION_REGIONS: readonly Region[] = REGIONS.flatMap((region) =>
  Array.from({ length: region.locations }, () => region),
)

export const locationOf = (isolate: number): number => Math.floor(isolate / ISOLATES_PER_LOCATION)

export function regionOf(isolate: number): Region {
  const region = LOCATION_REGIONS[locationOf(isolate)]
  if (region === undefined) throw new Error(`no isolate ${isolate}`)
  return region
}

export const isOutage = ({ outage, timeline }: World): boolean =>
  outage !== null && timeline.now >= outage.from && timeline.now < outage.until

/** Whether nothing gets in or out of the region now. */
export const isCut = (world: World, region: Region): boolean => region.name === CUT_REGION && isOutage(world)

/** Carries a message one way between a region and the ledger's region. It is lost if either end of the way is cut. */
export function carry(world: World, region: Region, arrive: () => void): void {
  if (isCut(world, region)) return
  const medianMs = region.roundTripMs / 2
  const delayMs = withStall(world, { medianMs, p99Ms: medianMs * NETWORK_P99_TO_MEDIAN_RATIO })
  world.timeline.after(delayMs, () => {
    if (!isCut(world, region)) arrive()
  })
}

/** A delay of the spread, now and then with a stall on top. */
export function withStall({ random }: World, spread: Spread): number {
  const stallMs = random() < STALL_CHANCE_PER_MESSAGE ? pareto(random, STALL_SHORTEST_MS, STALL_LONGEST_MS) : 0
  return spreadMs(random, spread) + stallMs
}

/** A delay of KV, which is slow during the outage. */
export const kvDelayMs = (world: World, spread: Spread): number =>
  withStall(world, spread) * (isOutage(world) ? KV_SLOW_FACTOR : 1)
