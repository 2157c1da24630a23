// Random schedules: who does what, when, on which isolate, and what becomes of the calls that takes.
import fc from 'fast-check'
import type { Bounds } from '../../src/core/environment.ts'
import { type Faults, PROMPT } from './platform.ts'
import type { Delivery } from './virtual-time.ts'

export const ISOLATES = 4
/** Isolates that change things; the others only verify, and their clocks may be anywhere. */
export const MANAGERS = 2

const REFUSED: Delivery = { ...PROMPT, outcome: 'refused' }
/** The index of the key or token that was made last. */
const NEWEST = -1

type On = { node: number; faults: Faults }
export type Step = { after: number } /** An index that is too large counts on from the first. */ & (
  | (On & { do: 'verify'; token: number; write: boolean; maxStalenessMs: number | undefined })
  | (On & { do: 'find-route'; token: number })
  | (On & { do: 'create'; environment: number })
  | (On & { do: 'set-write' | 'set-enabled'; key: number; to: boolean })
  | (On & { do: 'rotate'; key: number; overlapSeconds: number })
  | (On & { do: 'revoke'; key: number })
  | (On & { do: 'revoke-all'; environment: number })
  | (On & { do: 'bounds'; environment: number; bounds: Bounds })
  | (On & { do: 'set-route'; environment: number; to: boolean })
  | (On & { do: 'sweep' })
  | { do: 'new-isolate'; node: number }
  | { do: 'new-ledger' }
  | { do: 'set-clock'; node: number; by: number }
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
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('revoke-all' as const), after, node: manager, environment, faults }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('bounds' as const), after, node: manager, environment, bounds, faults }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('create' as const), after, node: manager, environment, faults }),
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
        do: fc.constant('set-route' as const),
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
        node: fc.integer({ min: MANAGERS, max: ISOLATES - 1 }),
        by: fc.oneof(fc.integer({ min: -8000, max: -1 }), fc.integer({ min: -70_000, max: 70_000 })),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('snapshot' as const, 'restore' as const), after }) },
  )
})()

const SCENARIOS = [
  'unheard',
  'unrecorded',
  'clock-set-back',
  'first-answer-late',
  'unmet-environment',
  'unmet-bounds',
  'unnamed',
  'changed-while-read',
  'rotated-then-unnamed',
  'two-secrets',
  'route-changed-while-read',
] as const

type Scenario = {
  scenario: (typeof SCENARIOS)[number]
  first: number
  node: number
  verifier: number
  key: number
  other: number
  change: 'revoke' | 'set-write' | 'set-enabled'
  slow: number
  calls: number
}

/** Situations that chance alone would seldom bring about, around one key on one isolate. */
const scenario: fc.Arbitrary<Step[]> = fc
  .record<Scenario>({
    scenario: fc.constantFrom(...SCENARIOS),
    first: pause,
    node: anyIsolate,
    verifier: fc.integer({ min: MANAGERS, max: ISOLATES - 1 }),
    key: fc.nat({ max: 2 }),
    other: fc.nat({ max: 2 }),
    change: fc.constantFrom('revoke', 'set-write', 'set-enabled'),
    slow: fc.integer({ min: 100, max: 4500 }),
    calls: fc.integer({ min: 2, max: 4 }),
  })
  .map(stepsOf)

function stepsOf({ scenario, first, node, verifier, key, other, change, slow, calls }: Scenario): Step[] {
  const verify = { do: 'verify' as const, node, token: key, write: false, maxStalenessMs: undefined, faults: {} }
  const failedLedger = { ledger: [REFUSED] }
  const lateWrite = [...Array.from({ length: calls }, () => PROMPT), { ...PROMPT, there: slow }]
  const failedDatabase = { primary: [REFUSED, REFUSED] }
  const environment = key % 2
  /** Another token of the same environment, for every key but the second: its environment has no other. */
  const sibling = 2 - key
  const renewal = { ...verify, token: sibling, maxStalenessMs: 0 }
  switch (scenario) {
    // The ledger knows of a change, the isolate has heard of it and forgotten, D1 does not have it yet.
    case 'unheard':
      return [
        { do: 'new-isolate', after: first, node },
        { do: change, after: 0, node: 0, key, to: false, faults: { primary: lateWrite } },
        { ...verify, after: 40, token: other },
        { ...verify, after: 10, faults: failedLedger },
        { ...verify, after: 10 },
      ]
    // Revoked, but neither D1 nor KV has taken it: only an isolate that was told by the ledger knows.
    case 'unrecorded': {
      const unwritten = [...Array.from({ length: calls }, () => PROMPT), REFUSED, REFUSED]
      return [
        { do: 'revoke', after: first, node: 0, key, faults: { primary: unwritten, kv: [REFUSED, REFUSED] } },
        { do: 'new-isolate', after: 40, node },
        { ...verify, after: 0, faults: { nearest: [REFUSED], primary: [REFUSED] } },
        { ...verify, after: 20, faults: failedLedger },
      ]
    }
    // The first answer an isolate asked for arrives after another, and a change lies between the two.
    case 'first-answer-late':
      return [
        { do: 'new-isolate', after: first, node },
        { ...verify, after: 0, faults: { ledger: [{ ...PROMPT, back: slow % 2500 }] } },
        { do: change, after: 5, node: 0, key, to: false, faults: {} },
        { ...verify, after: 40, token: other },
      ]
    // A clock is set back, by less than an answer has been under way.
    case 'clock-set-back':
      return [
        { ...verify, after: first, node: verifier },
        {
          ...verify,
          after: 10,
          node: verifier,
          maxStalenessMs: 0,
          faults: { ledger: [{ ...PROMPT, back: slow % 2500 }] },
        },
        { do: 'revoke', after: 3, node: 0, key, faults: {} },
        {
          do: 'set-clock',
          after: Math.floor((slow % 2500) / 2),
          node: verifier,
          by: -Math.floor((slow % 2500) / 2),
        },
      ]
    // An environment was revoked before the isolate began, and the nearest copy of D1 is from before that.
    case 'unmet-environment':
      return [
        { do: 'revoke-all', after: first, node: 0, environment, faults: {} },
        { do: 'new-isolate', after: 40, node },
        { ...verify, after: 0, faults: { nearest: [{ ...PROMPT, lag: slow }], kv: [REFUSED] } },
        { ...verify, after: 20 },
      ]
    // An environment got a narrower bound, longer ago than any lease follows the wider one; the nearest copy has the wider.
    case 'unmet-bounds':
      return [
        {
          do: 'bounds',
          after: first,
          node: 0,
          environment,
          bounds: { maxStalenessMs: 100, onUnknown: 'deny' },
          faults: {},
        },
        { do: 'new-isolate', after: 61_000, node },
        { ...verify, after: 0, faults: { nearest: [{ ...PROMPT, lag: 70_000 }] } },
        { do: change, after: 40, node: 0, key, to: false, faults: {} },
        { ...verify, after: 500 },
      ]
    // A key that was never changed before is revoked while D1 cannot say which secrets it has.
    case 'unnamed':
      return [
        { do: 'create', after: first, node: 0, environment, faults: {} },
        { do: 'revoke', after: 60, node: 0, key: NEWEST, faults: failedDatabase },
        { do: 'new-isolate', after: 40, node },
        { ...verify, after: 0, token: NEWEST },
      ]
    // A record is read for long; meanwhile the isolate hears of a change through a renewal for another key.
    case 'changed-while-read':
      return [
        { do: 'new-isolate', after: first, node },
        { ...verify, after: 0, token: sibling },
        { ...verify, after: 40, faults: { nearest: [{ ...PROMPT, back: slow }] } },
        { do: change, after: 5, node: 0, key, to: false, faults: {} },
        { ...renewal, after: 60 },
        { ...verify, after: slow },
      ]
    // A key is rotated, then revoked while D1 cannot say which secrets it has: the new secret must be known as one of them.
    case 'rotated-then-unnamed':
      return [
        { do: 'rotate', after: first, node: 0, key, overlapSeconds: 3600, faults: {} },
        { do: 'revoke', after: 60, node: 0, key, faults: failedDatabase },
        { do: 'new-isolate', after: 40, node },
        { ...verify, after: 0, token: NEWEST },
      ]
    // An isolate remembers both secrets of a rotation when the key changes.
    case 'two-secrets':
      return [
        { do: 'rotate', after: first, node: 0, key, overlapSeconds: 3600, faults: {} },
        { ...verify, after: 60 },
        { ...verify, after: 0, token: NEWEST },
        { do: change, after: 40, node: 0, key, to: false, faults: {} },
        { ...renewal, after: 60 },
        { ...verify, after: 20 },
        { ...verify, after: 0, token: NEWEST },
      ]
    // A route table is read for long; meanwhile it changes, and the isolate has a lease from before that.
    case 'route-changed-while-read':
      return [
        { do: 'new-isolate', after: first, node },
        { ...verify, after: 0 },
        { do: 'find-route', after: 40, node, token: key, faults: { nearest: [{ ...PROMPT, back: slow }] } },
        { do: 'set-route', after: 5, node: 0, environment, to: slow % 2 === 0, faults: {} },
        { do: 'find-route', after: slow, node, token: key, faults: {} },
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

/** A schedule in lines short enough to read, without what is as ever. */
export function describeSchedule({ bounds, offsets, steps }: Schedule): string {
  const lines = steps.map(({ do: what, after, ...rest }) => `+${after} ${what} ${JSON.stringify(rest, brief)}`)
  return [`environments ${JSON.stringify(bounds)}, clocks ${JSON.stringify([0, 0, ...offsets])}`, ...lines].join('\n  ')
}

/** Leaves out what is as ever: no faults, and parts of a delivery that are as in a prompt one. */
function brief(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value
  if (typeof value === 'object' && value !== null)
    return Object.values(value).every((part) => brief('', part) === undefined) ? undefined : value
  return name === 'lag' && value === 0 ? undefined : name === 'outcome' && value === 'ok' ? undefined : value
}
