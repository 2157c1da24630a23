// The steps of a schedule, and how one is printed.
import fc from 'fast-check'
import type { KeyKind } from '../../src/core/api-key.ts'
import type { Bounds } from '../../src/core/environment.ts'
import type { Faults } from './platform.ts'

/** The clock of each may be anywhere. */
export const ISOLATES = 4
/** Isolates that change things; the others only verify and issue access tokens. */
export const MANAGERS = 2

/** The index of the key or token that was made last. */
export const NEWEST = -1

/** Before which secrets are revoked: by default now; or when a secret was issued, or later, but not in the future. */
export type Moment = 'now' | { secret: number; plusMs: number }

export type On = { node: number; faults: Faults }
export type Step = { after: number } /** An index that is too large counts on from the first. */ & (
  | (On & { do: 'verify'; token: number; write: boolean; maxStalenessMs: number | undefined })
  | (On & { do: 'find-route'; token: number })
  | (On & { do: 'forge'; secret: number })
  | (On & { do: 'obtain'; client: number })
  | (On & { do: 'end-token'; token: number })
  | (On & { do: 'end-all'; client: number })
  | (On & { do: 'create'; environment: number; kind: KeyKind })
  | (On & { do: 'set-write' | 'set-enabled'; key: number; to: boolean })
  | (On & { do: 'rotate'; key: number; overlapSeconds: number })
  | (On & { do: 'revoke'; key: number })
  | (On & { do: 'revoke-all'; environment: number; moment: Moment })
  | (On & { do: 'bounds'; environment: number; bounds: Bounds })
  | (On & { do: 'set-route' | 'rename'; environment: number; to: boolean })
  | (On & { do: 'sweep' })
  | { do: 'new-isolate'; node: number }
  | { do: 'new-ledger' }
  | { do: 'set-clock'; node: number; by: number }
  | { do: 'snapshot' | 'restore' }
)

export type Schedule = { bounds: Bounds[]; offsets: number[]; steps: Step[] }

export const anyIsolate = fc.nat({ max: ISOLATES - 1 })
export const instant = fc.integer({ min: 0, max: 20 })
export const pause = fc.oneof(
  { weight: 4, arbitrary: instant },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 600 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 6000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 90_000 }) },
)
/** A schedule in lines short enough to read, without what is as ever. */
export function describeSchedule({ bounds, offsets, steps }: Schedule): string {
  const lines = steps.map(({ do: what, after, ...rest }) => `+${after} ${what} ${JSON.stringify(rest, brief)}`)
  return [`environments ${JSON.stringify(bounds)}, clocks ${JSON.stringify(offsets)}`, ...lines].join('\n  ')
}

/** Leaves out what is as ever: no faults, and parts of a delivery that are as in a prompt one. */
function brief(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value
  if (typeof value === 'object' && value !== null)
    return Object.values(value).every((part) => brief('', part) === undefined) ? undefined : value
  return name === 'lag' && value === 0 ? undefined : name === 'outcome' && value === 'ok' ? undefined : value
}
