// One world: 900 isolates, their traffic, one design; some keys are revoked, and every verdict is watched.
import {
  CUT_REGION,
  CUT_SECONDS,
  EARLY_REVOCATION_SECONDS,
  EARLY_REVOCATION_SHARE,
  REVOKED_KEYS_PER_WORLD,
  START_SECONDS,
} from './inputs.ts'
import { type Random, seeded, seedFor, uniform } from './random.ts'
import { settled, Timeline } from './timeline.ts'
import { KEYS, Traffic } from './traffic.ts'
import { type Answer, type Counts, type Design, type Period, regionOf, type Service, type World } from './world.ts'

/** `steady`: nothing is revoked, and load is counted; `quiet`: keys are revoked; `outage`: they are while a region is cut off. */
export type Weather = 'steady' | 'quiet' | 'outage'

/** Verdicts of a time or a place, and how many of them were neither yes nor no. */
export type Share = { unavailable: number; verdicts: number }

export type Load = Counts & Share & { seconds: number }

export type Observed = {
  /** From each committedAt to the last "yes" anywhere, in milliseconds. */
  delaysMs: number[]
  /** What was asked and answered in the time that is counted. */
  load: Load
  /** The part of it that came from the region that was cut off. */
  cutOff: Share
  /** How long those waited there who were told neither yes nor no, in milliseconds. */
  waitsMs: number[]
}

/** When what happens, in milliseconds from the start. */
type Plan = { spreadMs: number; counted: Period; revoking: Period | null; outage: Period | null; endMs: number }

export async function runWorld(design: Design, weather: Weather, seed: number): Promise<Observed> {
  const plan = planOf(design, weather)
  const timeline = new Timeline()
  const counts: Counts = { kvReads: 0, d1Rows: 0, syncs: 0, ledgerRows: 0 }
  const world: World = { timeline, random: seeded(seedFor(seed, 1)), outage: plan.outage, counts }
  const watch = new Watch(world, plan.counted)
  const service = design.open(world)
  for (const { key, at } of revocationsOf(plan, seeded(seedFor(seed, 2)))) {
    timeline.after(at, () => service.revoke(key, (committedAt) => watch.committed(key, committedAt)))
  }
  timeline.after(plan.counted.from, () => watch.beginCounting())
  timeline.after(plan.counted.until, () => watch.endCounting())

  await pass({ timeline, service, watch, traffic: new Traffic(seeded(seedFor(seed, 3)), plan.spreadMs) }, plan.endMs)
  return watch.observed()
}

type Scene = { timeline: Timeline; service: Service; watch: Watch; traffic: Traffic }

/** Lets time pass: requests and events in order, and never on before everything that a moment caused has happened. */
async function pass({ timeline, service, watch, traffic }: Scene, endMs: number): Promise<void> {
  for (;;) {
    const isRequest = traffic.nextAt < timeline.nextAt
    if (Math.min(traffic.nextAt, timeline.nextAt) > endMs) return
    if (!isRequest) {
      timeline.step()
      await settled()
      continue
    }
    timeline.now = traffic.nextAt
    const request = traffic.take()
    if (request === null) continue
    const answer = service.verify(request.isolate, request.key)
    const record = watch.asked(request.isolate, request.key)
    if (answer instanceof Promise) {
      answer.then(record)
      await settled()
    } else record(answer)
  }
}

class Watch {
  readonly #world: World
  readonly #lastYesAt = new Float64Array(KEYS)
  readonly #committedAt = new Map<number, number>()
  readonly #counted: Period
  readonly #everyone: Share = { unavailable: 0, verdicts: 0 }
  #counts: Counts
  readonly #cutOff: Share = { unavailable: 0, verdicts: 0 }
  readonly #waitsMs: number[] = []

  constructor(world: World, counted: Period) {
    this.#world = world
    this.#counted = counted
    this.#counts = { ...world.counts }
  }

  committed(key: number, at: number): void {
    this.#committedAt.set(key, at)
  }

  beginCounting(): void {
    this.#counts = { ...this.#world.counts }
  }

  endCounting(): void {
    this.#counts = difference(this.#world.counts, this.#counts)
  }

  /** Takes note of a request; what it returns takes note of its verdict, at the moment that is decided. */
  asked(isolate: number, key: number): (answer: Answer) => void {
    const shares = this.#sharesOf(isolate)
    const { now: askedAt } = this.#world.timeline
    return (answer) => {
      const isLost = answer === 'unavailable'
      if (isLost && shares.includes(this.#cutOff)) this.#waitsMs.push(this.#world.timeline.now - askedAt)
      if (answer === 'yes') this.#lastYesAt[key] = Math.floor(this.#world.timeline.now)
      for (const share of shares) {
        share.verdicts += 1
        if (isLost) share.unavailable += 1
      }
    }
  }

  observed(): Observed {
    const { from, until } = this.#counted
    return {
      delaysMs: [...this.#committedAt].map(([key, at]) => Math.max(0, (this.#lastYesAt[key] ?? 0) - at)),
      load: { ...this.#counts, ...this.#everyone, seconds: (until - from) / 1000 },
      cutOff: this.#cutOff,
      waitsMs: this.#waitsMs,
    }
  }

  /** In which of the counts a request of this moment belongs. */
  #sharesOf(isolate: number): Share[] {
    const { now } = this.#world.timeline
    if (now < this.#counted.from || now >= this.#counted.until) return []
    return regionOf(isolate).name === CUT_REGION ? [this.#everyone, this.#cutOff] : [this.#everyone]
  }
}

/** Long enough for every cache to be in the middle of its life, and for the last of them to end. */
function planOf({ memoryMs }: Design, weather: Weather): Plan {
  const spreadMs = Math.max(memoryMs, START_SECONDS * 1000)
  if (weather === 'steady') {
    const counted = { from: spreadMs + STEADY_WARM_UP_MS, until: spreadMs + STEADY_WARM_UP_MS + STEADY_MS }
    return { spreadMs, counted, revoking: null, outage: null, endMs: counted.until }
  }
  const from = spreadMs + Math.max(memoryMs, SHORTEST_WARM_UP_MS)
  const revoking = { from, until: from + (weather === 'quiet' ? QUIET_REVOKING_MS : CUT_SECONDS * 1000) }
  // A cache that is filled just before the change is seen ends one memory later; twice that leaves room for stalls.
  const endMs = revoking.until + 2 * memoryMs + TAIL_MS
  return { spreadMs, counted: revoking, revoking, outage: weather === 'quiet' ? null : revoking, endMs }
}

function revocationsOf({ revoking, outage }: Plan, random: Random): { key: number; at: number }[] {
  if (revoking === null) return []
  const early = outage === null ? 0 : REVOKED_KEYS_PER_WORLD * EARLY_REVOCATION_SHARE
  return Array.from({ length: REVOKED_KEYS_PER_WORLD }, (_, key) => {
    const until = key < early ? revoking.from + EARLY_REVOCATION_SECONDS * 1000 : revoking.until
    return { key, at: uniform(random, revoking.from, until) }
  })
}

const difference = (after: Counts, before: Counts): Counts => ({
  kvReads: after.kvReads - before.kvReads,
  d1Rows: after.d1Rows - before.d1Rows,
  syncs: after.syncs - before.syncs,
  ledgerRows: after.ledgerRows - before.ledgerRows,
})

const SHORTEST_WARM_UP_MS = 20_000
/** Isolates that have just begun ask about every key once: that is not the load of a usual day. */
const STEADY_WARM_UP_MS = 300_000
const STEADY_MS = 60_000
const QUIET_REVOKING_MS = 20_000
const TAIL_MS = 10_000
