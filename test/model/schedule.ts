// Random schedules: who does what, when, on which isolate, and what becomes of the calls that takes.
import fc from 'fast-check'
import type { Bounds } from '../../src/core/environment.ts'
import { type Fates, type NearFate, SWIFT } from './platform.ts'
import type { Fate } from './world.ts'

export const ISOLATES = 4
/** Isolates that change things; the others only verify, and their clocks may be anywhere. */
export const MANAGERS = 2

const FAILS: NearFate = { ...SWIFT, outcome: 'refused' }

type On = { node: number; fates: Fates }
export type Step = { after: number } & (
  | (On & { do: 'verify'; token: number; write: boolean; maxStalenessMs: number | undefined })
  | (On & { do: 'create'; environment: number })
  | (On & { do: 'set-write' | 'set-enabled'; key: number; to: boolean })
  | (On & { do: 'rotate'; key: number; overlapSeconds: number })
  | (On & { do: 'revoke'; key: number })
  | (On & { do: 'revoke-all'; environment: number })
  | (On & { do: 'bounds'; environment: number; bounds: Bounds })
  | (On & { do: 'sweep' })
  | { do: 'new-isolate'; node: number }
  | { do: 'new-ledger' }
  | { do: 'turn-clock'; node: number; by: number }
  | { do: 'snapshot' | 'restore' }
)

export type Schedule = { bounds: Bounds[]; offsets: number[]; steps: Step[] }

const instant = fc.integer({ min: 0, max: 20 })
const pause = fc.oneof(
  { weight: 4, arbitrary: instant },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 600 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 6000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 90_000 }) },
)
const delay = fc.oneof(
  { weight: 4, arbitrary: instant },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 700 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 5500 }) },
)
const lag = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 5000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 120_000 }) },
)
const outcome: fc.Arbitrary<Fate['outcome']> = fc.oneof(
  { weight: 8, arbitrary: fc.constant('ok' as const) },
  { weight: 3, arbitrary: fc.constantFrom('refused' as const, 'lost' as const, 'hung' as const, 'stuck' as const) },
)
const fate: fc.Arbitrary<NearFate> = fc.record({ there: delay, back: delay, outcome, lag })
const kindFate: fc.Arbitrary<NearFate> = fc.record({ there: delay, back: delay, outcome: fc.constant('ok'), lag })
const some = (arbitrary: fc.Arbitrary<NearFate>, maxLength: number) =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant<NearFate[]>([]) },
    { weight: 2, arbitrary: fc.array(arbitrary, { maxLength }) },
  )

/** What a verification meets: it asks each store once or twice. */
const weather: fc.Arbitrary<Fates> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 3,
    arbitrary: fc.record({ ledger: some(kindFate, 2), nearest: some(kindFate, 1), primary: some(kindFate, 1) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      ledger: some(fate, 2),
      nearest: some(fate, 1),
      primary: some(fate, 2),
      kv: some(fate, 1),
    }),
  },
)

/** What a change meets: it asks D1 several times. */
const longWeather: fc.Arbitrary<Fates> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: fc.record({ ledger: some(kindFate, 2), primary: some(kindFate, 6) }) },
  { weight: 2, arbitrary: fc.record({ ledger: some(fate, 2), primary: some(fate, 6), kv: some(fate, 2) }) },
)

/** Mostly the first, so that things happen to the same key. */
const few = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat({ max: 7 }) })
const anyIsolate = fc.nat({ max: ISOLATES - 1 })
const manager = fc.nat({ max: MANAGERS - 1 })

const bounds: fc.Arbitrary<Bounds> = fc.record({
  maxStalenessMs: fc.constantFrom(5000, 1000, 0, 100, 20_000, 60_000),
  onUnknown: fc.oneof(
    { weight: 2, arbitrary: fc.constant('deny' as const) },
    { weight: 1, arbitrary: fc.record({ graceSeconds: fc.constantFrom(1, 30, 900) }) },
  ),
})

type Weighted = { weight: number; arbitrary: fc.Arbitrary<Step> }

const step: fc.Arbitrary<Step> = (() => {
  const after = pause
  const fates = longWeather
  const environment = fc.nat({ max: 1 })
  const verify = fc.record({
    do: fc.constant('verify' as const),
    after,
    node: anyIsolate,
    token: few,
    write: fc.boolean(),
    maxStalenessMs: fc.oneof(fc.constant(undefined), fc.constantFrom(60_000, 5000, 1000, 100, 0)),
    fates: weather,
  })
  const setWrite = fc.record({
    do: fc.constantFrom('set-write' as const, 'set-enabled' as const),
    after,
    node: manager,
    key: few,
    to: fc.boolean(),
    fates,
  })
  return fc.oneof<Weighted[]>(
    { weight: 40, arbitrary: verify },
    { weight: 8, arbitrary: setWrite },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('rotate' as const),
        after,
        node: manager,
        key: few,
        overlapSeconds: fc.constantFrom(0, 0, 1, 10, 3600),
        fates,
      }),
    },
    { weight: 9, arbitrary: fc.record({ do: fc.constant('revoke' as const), after, node: manager, key: few, fates }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('revoke-all' as const), after, node: manager, environment, fates }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('bounds' as const), after, node: manager, environment, bounds, fates }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('create' as const), after, node: manager, environment, fates }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('sweep' as const), after, node: manager, fates }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('new-isolate' as const), after, node: anyIsolate }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('new-ledger' as const), after }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('turn-clock' as const),
        after,
        node: fc.integer({ min: MANAGERS, max: ISOLATES - 1 }),
        by: fc.oneof(fc.integer({ min: -8000, max: -1 }), fc.integer({ min: -70_000, max: 70_000 })),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('snapshot' as const, 'restore' as const), after }) },
  )
})()

type Plot = {
  first: number
  node: number
  verifier: number
  key: number
  other: number
  change: 'revoke' | 'set-write' | 'set-enabled'
  slow: number
  calls: number
  plot: 'unheard' | 'unrecorded' | 'turned' | 'overtaken'
}

/** Situations that chance alone would seldom bring about, around one key on one isolate. */
const situation: fc.Arbitrary<Step[]> = fc
  .record<Plot>({
    first: pause,
    node: anyIsolate,
    verifier: fc.integer({ min: MANAGERS, max: ISOLATES - 1 }),
    key: fc.nat({ max: 2 }),
    other: fc.nat({ max: 2 }),
    change: fc.constantFrom('revoke', 'set-write', 'set-enabled'),
    slow: fc.integer({ min: 100, max: 4500 }),
    calls: fc.integer({ min: 2, max: 4 }),
    plot: fc.constantFrom('unheard', 'unrecorded', 'turned', 'overtaken'),
  })
  .map(stepsOf)

function stepsOf({ first, node, verifier, key, other, change, slow, calls, plot }: Plot): Step[] {
  const verify = { do: 'verify' as const, node, token: key, write: false, maxStalenessMs: undefined, fates: {} }
  const lostLedger = { ledger: [FAILS] }
  const lateWrite = [...Array.from({ length: calls }, () => SWIFT), { ...SWIFT, there: slow }]
  switch (plot) {
    // The ledger knows of a change, the isolate has heard of it and forgotten, D1 does not have it yet.
    case 'unheard':
      return [
        { do: 'new-isolate', after: first, node },
        { do: change, after: 0, node: 0, key, to: false, fates: { primary: lateWrite } },
        { ...verify, after: 40, token: other },
        { ...verify, after: 10, fates: lostLedger },
        { ...verify, after: 10 },
      ]
    // Revoked, but neither D1 nor KV has taken it: only who has heard of it from the ledger knows.
    case 'unrecorded': {
      const unwritten = [...Array.from({ length: calls }, () => SWIFT), FAILS, FAILS]
      return [
        { do: 'revoke', after: first, node: 0, key, fates: { primary: unwritten, kv: [FAILS, FAILS] } },
        { do: 'new-isolate', after: 40, node },
        { ...verify, after: 0, fates: { nearest: [FAILS], primary: [FAILS] } },
        { ...verify, after: 20, fates: lostLedger },
      ]
    }
    // The first answer an isolate asked for arrives after another, and a change lies between the two.
    case 'overtaken':
      return [
        { do: 'new-isolate', after: first, node },
        { ...verify, after: 0, fates: { ledger: [{ ...SWIFT, back: slow % 2500 }] } },
        { do: change, after: 5, node: 0, key, to: false, fates: {} },
        { ...verify, after: 40, token: other },
      ]
    // A clock is turned back, less than an answer has been under way.
    case 'turned':
      return [
        { ...verify, after: first, node: verifier },
        {
          ...verify,
          after: 10,
          node: verifier,
          maxStalenessMs: 0,
          fates: { ledger: [{ ...SWIFT, back: slow % 2500 }] },
        },
        { do: 'revoke', after: 3, node: 0, key, fates: {} },
        {
          do: 'turn-clock',
          after: Math.floor((slow % 2500) / 2),
          node: verifier,
          by: -Math.floor((slow % 2500) / 2),
        },
      ]
  }
}

const anySchedule: fc.Arbitrary<Schedule> = fc.record({
  bounds: fc.array(bounds, { minLength: 2, maxLength: 2 }),
  offsets: fc.array(fc.integer({ min: -30_000, max: 30_000 }), {
    minLength: ISOLATES - MANAGERS,
    maxLength: ISOLATES - MANAGERS,
  }),
  steps: fc
    .array(fc.oneof({ weight: 12, arbitrary: step.map((one) => [one]) }, { weight: 1, arbitrary: situation }), {
      minLength: 1,
      maxLength: 36,
      size: 'max',
    })
    .map((parts) => parts.flat()),
})

/** With restores, D1 is now and then what it was before: a stronger enemy than the network. */
export const schedules = ({ restores }: { restores: boolean }): fc.Arbitrary<Schedule> =>
  restores ? anySchedule : anySchedule.map((any) => ({ ...any, steps: any.steps.filter(leavesDatabase) }))

const leavesDatabase = ({ do: what }: Step) => what !== 'restore' && what !== 'snapshot'

/** A schedule in lines short enough to read, without what is as ever. */
export function describeSchedule({ bounds, offsets, steps }: Schedule): string {
  const lines = steps.map(({ do: what, after, ...rest }) => `+${after} ${what} ${JSON.stringify(rest, brief)}`)
  return [`environments ${JSON.stringify(bounds)}, clocks ${JSON.stringify([0, 0, ...offsets])}`, ...lines].join('\n  ')
}

/** Left out: no fates at all, and parts of a fate that are as in fair weather. */
function brief(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value
  if (typeof value === 'object' && value !== null)
    return Object.values(value).every((part) => brief('', part) === undefined) ? undefined : value
  return name === 'lag' && value === 0 ? undefined : name === 'outcome' && value === 'ok' ? undefined : value
}
