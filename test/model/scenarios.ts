// Situations that chance alone would seldom bring about, around one key on one isolate.
import fc from 'fast-check'
import { PROMPT } from './platform.ts'
import { anyIsolate, ISOLATES, MANAGERS, NEWEST, pause, type Step } from './steps.ts'
import type { Delivery } from './virtual-time.ts'

const REFUSED: Delivery = { ...PROMPT, outcome: 'refused' }

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
  'older-secret-forged',
  'issued-before-and-after',
  'issued-while-unwritten',
  'rotated-twice',
  'one-token-ended',
  'all-tokens-ended',
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

export const scenario: fc.Arbitrary<Step[]> = fc
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
        { do: 'revoke-all', after: first, node: 0, environment, moment: 'now', faults: {} },
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
        { do: 'create', after: first, node: 0, environment, kind: 'key', faults: {} },
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
    // A key is rotated and what is older revoked; a stranger names the older secret while D1 fails.
    case 'older-secret-forged':
      return [
        { do: 'rotate', after: first, node: 0, key, overlapSeconds: 3600, faults: {} },
        { do: 'revoke-all', after: 60, node: 0, environment, moment: { secret: NEWEST, plusMs: 0 }, faults: {} },
        { ...verify, after: 60, token: NEWEST },
        { do: 'forge', after: 20, node, secret: key, faults: { nearest: [REFUSED], primary: [REFUSED] } },
        { ...verify, after: 20, token: NEWEST },
      ]
    // Keys are issued by one clock, before and after another one revokes all that there are.
    case 'issued-before-and-after':
      return [
        { do: 'create', after: first, node: 1, environment, kind: 'key', faults: {} },
        { do: 'revoke-all', after: slow, node: 0, environment, moment: 'now', faults: {} },
        { do: 'create', after: slow, node: 1, environment, kind: 'key', faults: {} },
        { ...verify, after: 60, token: NEWEST },
      ]
    // Everything is revoked, and D1 is not told; then keys are issued by an isolate that hears of it from the ledger alone.
    case 'issued-while-unwritten': {
      const unwritten = { primary: [PROMPT, REFUSED, REFUSED] }
      return [
        { do: 'revoke-all', after: first, node: 0, environment, moment: 'now', faults: unwritten },
        { ...verify, after: 300, maxStalenessMs: 0 },
        { do: 'create', after: 60, node: 1, environment, kind: 'key', faults: {} },
        { ...verify, after: 60, token: NEWEST },
        { do: 'revoke-all', after: 60, node: 0, environment, moment: 'now', faults: unwritten },
        { do: 'rotate', after: 60, node: 1, key, overlapSeconds: 60, faults: {} },
        { ...verify, after: 60, token: NEWEST },
      ]
    }
    // Rotated again by another clock, for which the overlap may be over.
    case 'rotated-twice':
      return [
        { do: 'rotate', after: first, node: 0, key, overlapSeconds: 10, faults: {} },
        { do: 'rotate', after: slow, node: 1, key, overlapSeconds: 3600, faults: {} },
      ]
    // One of the tokens of a credential is ended, and its client goes on obtaining others.
    case 'one-token-ended':
      return [
        { do: 'obtain', after: first, node, client: 0, faults: {} },
        { do: 'obtain', after: 30, node: verifier, client: 0, faults: {} },
        { ...verify, after: 30, token: NEWEST },
        { do: 'end-token', after: 30, node: 0, token: NEWEST, faults: {} },
        { do: 'obtain', after: 60, node, client: 0, faults: {} },
        { ...verify, after: 30, node: verifier, token: NEWEST },
      ]
    // All tokens of a credential are ended by one clock, and others are obtained by another.
    case 'all-tokens-ended':
      return [
        { do: 'obtain', after: first, node: verifier, client: 0, faults: {} },
        { do: 'end-all', after: slow, node: 0, client: 0, faults: {} },
        { do: 'obtain', after: 60, node, client: 0, faults: {} },
        { ...verify, after: 30, node: verifier, token: NEWEST },
      ]
  }
}
