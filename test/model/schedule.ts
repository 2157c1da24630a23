// Random schedules: who does what, when, on which isolate, and what becomes of the calls that takes.
import fc from 'fast-check'
import type { Bounds } from '../../src/core/environment.ts'
import type { Faults } from './platform.ts'
import { scenario } from './scenarios.ts'
import { anyIsolate, ISOLATES, instant, MANAGERS, type Moment, pause, type Schedule, type Step } from './steps.ts'
import type { Delivery } from './virtual-time.ts'

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
const outcome: fc.Arbitrary<Delivery['outcome']> = fc.oneof(
  { weight: 8, arbitrary: fc.constant('ok' as const) },
  { weight: 3, arbitrary: fc.constantFrom('refused' as const, 'lost' as const, 'hung' as const, 'stuck' as const) },
)
const anyDelivery: fc.Arbitrary<Delivery> = fc.record({ there: delay, back: delay, outcome, lag })
const slowDelivery: fc.Arbitrary<Delivery> = fc.record({ there: delay, back: delay, outcome: fc.constant('ok'), lag })
const several = (arbitrary: fc.Arbitrary<Delivery>, maxLength: number) =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant<Delivery[]>([]) },
    { weight: 2, arbitrary: fc.array(arbitrary, { maxLength }) },
  )

/** Faults of a verification: it asks each store once or twice. */
const verificationFaults: fc.Arbitrary<Faults> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 3,
    arbitrary: fc.record({
      ledger: several(slowDelivery, 2),
      nearest: several(slowDelivery, 1),
      primary: several(slowDelivery, 1),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      ledger: several(anyDelivery, 2),
      nearest: several(anyDelivery, 1),
      primary: several(anyDelivery, 2),
      kv: several(anyDelivery, 1),
    }),
  },
)

/** Faults of a change: it asks D1 several times. */
const changeFaults: fc.Arbitrary<Faults> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: fc.record({ ledger: several(slowDelivery, 2), primary: several(slowDelivery, 6) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ledger: several(anyDelivery, 2),
      primary: several(anyDelivery, 6),
      kv: several(anyDelivery, 2),
    }),
  },
)

/** Mostly the first, so that things happen to the same key. */
const few = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat({ max: 7 }) })
const manager = fc.nat({ max: MANAGERS - 1 })

const bounds: fc.Arbitrary<Bounds> = fc.record({
  maxStalenessMs: fc.constantFrom(5000, 1000, 0, 100, 20_000, 60_000),
  onUnknown: fc.oneof(
    { weight: 2, arbitrary: fc.constant('deny' as const) },
    { weight: 1, arbitrary: fc.record({ graceSeconds: fc.constantFrom(1, 30, 900) }) },
  ),
})

const moment: fc.Arbitrary<Moment> = fc.oneof(
  fc.constant('now' as const),
  fc.record({ secret: few, plusMs: fc.constantFrom(0, 0, 1, 1000) }),
)

type Weighted = { weight: number; arbitrary: fc.Arbitrary<Step> }

const step: fc.Arbitrary<Step> = (() => {
  const after = pause
  const faults = changeFaults
  const environment = fc.nat({ max: 1 })
  const verify = fc.record({
    do: fc.constant('verify' as const),
    after,
    node: anyIsolate,
    token: few,
    write: fc.boolean(),
    maxStalenessMs: fc.oneof(fc.constant(undefined), fc.constantFrom(60_000, 5000, 1000, 100, 0)),
    faults: verificationFaults,
  })
  const setWrite = fc.record({
    do: fc.constantFrom('set-write' as const, 'set-enabled' as const),
    after,
    node: manager,
    key: few,
    to: fc.boolean(),
    faults,
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
        faults,
      }),
    },
    { weight: 9, arbitrary: fc.record({ do: fc.constant('revoke' as const), after, node: manager, key: few, faults }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('revoke-all' as const),
        after,
        node: manager,
        environment,
        moment,
        faults,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('bounds' as const), after, node: manager, environment, bounds, faults }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('create' as const),
        after,
        node: manager,
        environment,
        kind: fc.constantFrom('key' as const, 'key' as const, 'credential' as const),
        faults,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('forge' as const),
        after,
        node: anyIsolate,
        secret: few,
        faults: verificationFaults,
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('obtain' as const),
        after,
        node: anyIsolate,
        client: few,
        faults: verificationFaults,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('end-token' as const), after, node: manager, token: few, faults }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('end-all' as const), after, node: manager, client: few, faults }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('find-route' as const),
        after,
        node: anyIsolate,
        token: few,
        faults: verificationFaults,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom('set-route' as const, 'rename' as const),
        after,
        node: manager,
        environment,
        to: fc.boolean(),
        faults,
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('sweep' as const), after, node: manager, faults }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('new-isolate' as const), after, node: anyIsolate }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('new-ledger' as const), after }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('set-clock' as const),
        after,
        node: anyIsolate,
        by: fc.oneof(fc.integer({ min: -8000, max: -1 }), fc.integer({ min: -70_000, max: 70_000 })),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('snapshot' as const, 'restore' as const), after }) },
  )
})()

const anySchedule: fc.Arbitrary<Schedule> = fc.record({
  bounds: fc.array(bounds, { minLength: 2, maxLength: 2 }),
  offsets: fc.array(fc.integer({ min: -30_000, max: 30_000 }), {
    minLength: ISOLATES,
    maxLength: ISOLATES,
  }),
  steps: fc
    .array(fc.oneof({ weight: 12, arbitrary: step.map((one) => [one]) }, { weight: 2, arbitrary: scenario }), {
      minLength: 1,
      maxLength: 36,
      size: 'max',
    })
    .map((parts) => parts.flat()),
})

/** With restores, D1 is now and then restored from an older copy. */
export const schedules = ({ restores }: { restores: boolean }): fc.Arbitrary<Schedule> =>
  restores ? anySchedule : anySchedule.map((any) => ({ ...any, steps: any.steps.filter(leavesDatabase) }))

const leavesDatabase = ({ do: what }: Step) => what !== 'restore' && what !== 'snapshot'
