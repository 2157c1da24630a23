import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type Bounds, MAX_STALENESS_MS } from '../../src/core/environment.ts'
import { sha256Hex } from '../../src/core/hash.ts'
import { type ChangeRequest, keySubjectOf, secretSubjectOf } from '../../src/core/ledger-messages.ts'
import { findEvidence } from '../../src/edge/freshness.ts'
import { editEnvironment } from '../../src/service/environments.ts'
import { editKey } from '../../src/service/keys.ts'
import { recordChange } from '../../src/service/record-change.ts'
import { keySourceOf } from '../../src/service/record-sources.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { openDatabase } from '../../src/store/database.ts'
import { withDeadline } from '../../src/store/deadline.ts'
import {
  failingD1,
  flakyKv,
  flakyLedger,
  hangingD1,
  hangingKv,
  type LedgerFault,
  laggingD1,
  staleD1,
  untouchable,
} from '../support/broken-bindings.ts'
import {
  aCaller,
  anEnvironment,
  anotherIsolate,
  aStoredKey,
  NOON,
  type TestDeps,
  testDeps,
} from '../support/factory.ts'

const HOUR_MS = 3_600_000
const BOUND_MS = 5000
const GRACE: Partial<Bounds> = { onUnknown: { graceSeconds: 60 } }

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
})

/** Whoever hangs is given up soon, so that a test need not wait for it. */
const impatient: TestDeps['deadline'] = (work, timeoutMs) => withDeadline(work, Math.min(timeoutMs, 400))

/** A stored key over a ledger and a KV that can be broken, asked about from an isolate that remembers nothing yet. */
async function aKeyToAskAbout(bounds: Partial<Bounds> = {}) {
  const maker = testDeps()
  const created = await anEnvironment(maker)
  const environment = await editEnvironment(maker, aCaller(), created.id, { bounds })
  const { key, token } = await aStoredKey(maker, { environment })
  const hash = await sha256Hex(token)

  const fault: LedgerFault = {}
  const brokenKv: { reads?: boolean } = {}
  const base = testDeps({ kv: flakyKv(env.REVOCATIONS, brokenKv) })
  const ledger = flakyLedger(base.ledger, fault)
  const deps: TestDeps = { ...base, ledger, deadline: impatient }
  const find = (maxStalenessMs = MAX_STALENESS_MS, other: TestDeps = deps) =>
    findEvidence(other, keySourceOf(other, hash, key.prefix), maxStalenessMs)
  const entomb = (value = '{}') => env.REVOCATIONS.put(`revoked:v1:${key.prefix}`, value)
  return { deps, ledger, fault, brokenKv, key, token, hash, environment, find, entomb }
}

/** The same, once the isolate remembers it. */
async function aRememberedKey(bounds: Partial<Bounds> = {}) {
  const made = await aKeyToAskAbout(bounds)
  await made.find()
  return made
}

/** The deps without D1, as `db` says. */
const withD1 = (deps: TestDeps, db: D1Database): TestDeps => ({
  ...deps,
  db: openDatabase(db),
  nearest: () => openDatabase(db),
})
const withoutStores = (deps: TestDeps): TestDeps => ({
  ...withD1(deps, untouchable<D1Database>()),
  revocations: untouchable<KVNamespace>(),
})

/** Deps whose deadlines are over when `pass` says so. */
function withTime(deps: TestDeps) {
  const waiting = new Set<{ endsAt: number; end: () => void }>()
  const deadline: TestDeps['deadline'] = (work, timeoutMs) =>
    new Promise((resolve, reject) => {
      const wait = { endsAt: deps.clock() + timeoutMs, end: () => reject(new Error('too late')) }
      waiting.add(wait)
      work.then(resolve, reject).finally(() => waiting.delete(wait))
    })
  const pass = (ms: number) => {
    deps.setTime(deps.clock() + ms)
    for (const wait of waiting) if (wait.endsAt <= deps.clock()) wait.end()
  }
  return { deps: { ...deps, deadline }, pass }
}

/** A D1 that counts its statements. */
function countingD1() {
  const count = { statements: 0 }
  const prepare = (text: string) => {
    count.statements += 1
    return env.DB.prepare(text)
  }
  return { count, db: { prepare } as unknown as D1Database } // the part drizzle uses for a read
}

describe('findEvidence', () => {
  it('finds the record as D1 has it now, and how fresh that is', async () => {
    const { key, environment, find } = await aKeyToAskAbout()

    expect(await find(1000)).toStrictEqual({
      state: 'found',
      record: {
        keyId: key.id,
        name: key.name,
        prefix: key.prefix,
        projectId: key.projectId,
        environment: { id: environment.id, name: environment.name, tag: environment.tag },
        scopes: key.scopes,
        enabled: true,
        ownerId: null,
        metadata: {},
        expiresAt: null,
        secretExpiresAt: null,
        revokedAt: null,
        lastUsedAt: null,
      },
      revoked: false,
      freshness: { asOf: NOON, ageMs: 0, boundMs: 1000, source: 'ledger' },
    })
  })

  it('finds the revoked record, and that it is dead', async () => {
    const { deps, key, find } = await aKeyToAskAbout()
    await revokeKey(anotherIsolate(deps), aCaller(), key.id, {})

    expect(await find()).toMatchObject({ state: 'found', record: { revokedAt: NOON }, revoked: true })
  })

  it('finds nothing by the hash of no token, nor by the text of a hash', async () => {
    const { deps, key, hash } = await aKeyToAskAbout()

    for (const other of ['0'.repeat(64), await sha256Hex(hash)]) {
      expect(await findEvidence(deps, keySourceOf(deps, other, key.prefix), 5000)).toEqual({ state: 'none' })
    }
  })

  it('asks each store once, and D1 one statement, in an environment that the isolate knows', async () => {
    const { deps, ledger, find } = await aKeyToAskAbout()
    await find()
    deps.isolate.apiKeys.forgetLive()
    const asked = ledger.questions
    const { count, db } = countingD1()
    const get = vi.spyOn(env.REVOCATIONS, 'get')

    await find(5000, { ...withD1(deps, db), revocations: env.REVOCATIONS })

    expect([count.statements, get.mock.calls.length, ledger.questions - asked]).toEqual([1, 1, 1])
  })

  it('asks the ledger once more about an environment that the isolate has not met', async () => {
    const { ledger, find } = await aKeyToAskAbout()

    await find()

    expect(ledger.questions).toBe(2)
  })

  it('does not remember that there is no such key', async () => {
    const { deps, key } = await aKeyToAskAbout()
    const { count, db } = countingD1()
    const ask = () => findEvidence(withD1(deps, db), keySourceOf(withD1(deps, db), '0'.repeat(64), key.prefix), 5000)

    await ask()
    const asked = count.statements
    await ask()

    expect(count.statements).toBe(2 * asked)
    expect(deps.isolate.apiKeys.size).toBe(0)
  })
})

describe('a remembered record', () => {
  it('is answered from with no I/O at all until the lease ends', async () => {
    const { deps, ledger, find } = await aRememberedKey()
    const asked = ledger.questions
    deps.setTime(NOON + BOUND_MS / 2)

    const finding = await find(MAX_STALENESS_MS, withoutStores(deps))

    expect(finding).toMatchObject({ freshness: { asOf: NOON, ageMs: 2500, boundMs: BOUND_MS, source: 'lease' } })
    expect(ledger.questions).toBe(asked)
  })

  it.each([
    [BOUND_MS, 'lease', NOON],
    [BOUND_MS + 1, 'ledger', NOON + BOUND_MS + 1],
  ])('is %i ms after the question answered from the %s', async (afterMs, source, asOf) => {
    const { deps, find } = await aRememberedKey()
    deps.setTime(NOON + afterMs)

    expect(await find(MAX_STALENESS_MS, withoutStores(deps))).toMatchObject({ freshness: { asOf, source } })
  })

  it("is answered from only within the caller's own bound", async () => {
    const { deps, find } = await aRememberedKey()
    deps.setTime(NOON + 101)

    expect(await find(101)).toMatchObject({ freshness: { boundMs: 101, source: 'lease' } })
    expect(await find(100)).toMatchObject({ freshness: { boundMs: 100, source: 'ledger', asOf: NOON + 101 } })
  })

  it('is looked up in the ledger each time where no age is allowed, and not in D1', async () => {
    const { deps, ledger, find } = await aRememberedKey()
    const asked = ledger.questions

    for (let count = 0; count < 3; count += 1) {
      expect(await find(0, withoutStores(deps))).toMatchObject({ freshness: { boundMs: 0, source: 'ledger' } })
    }

    expect(ledger.questions).toBe(asked + 3)
  })

  it('is not answered from when its environment allows no age', async () => {
    const { ledger, find } = await aRememberedKey({ maxStalenessMs: 0 })
    const asked = ledger.questions

    expect(await find()).toMatchObject({ freshness: { boundMs: 0, source: 'ledger' } })
    expect(ledger.questions).toBe(asked + 1)
  })

  it('that is dead is answered from for ever, and nobody is asked', async () => {
    const { deps, ledger, key, find } = await aRememberedKey()
    await revokeKey({ ...testDeps(), isolate: deps.isolate }, aCaller(), key.id, {})
    const asked = ledger.questions
    deps.setTime(NOON + 1000 * HOUR_MS)

    expect(await find(0, withoutStores(deps))).toMatchObject({ state: 'found', revoked: true })
    expect(ledger.questions).toBe(asked)
  })
})

describe('the renewal of a lease', () => {
  it('begins behind an answer once nine tenths of the lease are over', async () => {
    const { deps, ledger, find } = await aRememberedKey()
    const asked = ledger.questions

    deps.setTime(NOON + BOUND_MS * 0.9)
    await find()
    expect(ledger.questions).toBe(asked)
    deps.setTime(NOON + BOUND_MS * 0.9 + 1)
    await find()
    await deps.settled()
    deps.setTime(NOON + BOUND_MS + 1)

    expect(await find()).toMatchObject({ freshness: { asOf: NOON + BOUND_MS * 0.9 + 1, source: 'lease' } })
    expect(ledger.questions).toBe(asked + 1)
  })

  it.each([20, 100])(
    'is at most 20,000 questions a day for an isolate that is always busy, %i ms from the ledger',
    async (roundTripMs) => {
      const { deps, ledger, fault, find } = await aRememberedKey()
      let now = deps.clock()
      const pass = (ms: number) => {
        now += ms
        deps.setTime(now)
      }
      fault.after = async () => pass(roundTripMs)
      const asked = ledger.questions

      while (now < NOON + HOUR_MS / 6) {
        pass(50)
        expect(await find()).toMatchObject({ state: 'found', freshness: { source: 'lease' } })
        await deps.settled()
      }

      expect((ledger.questions - asked) * 6 * 24).toBeLessThanOrEqual(20_000)
    },
  )

  it('is one question, however many ask meanwhile', async () => {
    const { deps, ledger, fault, find } = await aRememberedKey()
    const asked = ledger.questions
    deps.setTime(NOON + BOUND_MS - 1)
    fault.hangs = true

    await Promise.all(Array.from({ length: 50 }, () => find()))

    expect(ledger.questions).toBe(asked + 1)
  })

  it('that fails harms nobody while the lease lasts', async () => {
    const { deps, fault, find } = await aRememberedKey()
    deps.setTime(NOON + BOUND_MS)
    fault.down = true

    expect(await find()).toMatchObject({ state: 'found', freshness: { source: 'lease' } })
    expect(await deps.settled()).toEqual([])
  })

  it('is few questions for fifty who ask at once after the lease has ended', async () => {
    const { deps, ledger, find } = await aRememberedKey()
    const asked = ledger.questions
    deps.setTime(NOON + BOUND_MS + 1)

    const findings = await Promise.all(Array.from({ length: 50 }, () => find(MAX_STALENESS_MS, withoutStores(deps))))

    for (const finding of findings) expect(finding).toMatchObject({ state: 'found', freshness: { source: 'ledger' } })
    expect(ledger.questions - asked).toBeLessThanOrEqual(2)
  })

  it('is not joined by a question that may have been sent too long ago', async () => {
    const { deps, ledger, fault, find } = await aRememberedKey()
    deps.setTime(NOON + BOUND_MS + 1)
    fault.hangs = true
    const slow = find()
    const asked = ledger.questions
    fault.hangs = false
    deps.setTime(NOON + 2 * BOUND_MS)

    expect(await find()).toMatchObject({ freshness: { asOf: NOON + 2 * BOUND_MS } })
    expect(ledger.questions).toBe(asked + 1)
    await slow
  })

  it('begins again when the request it belonged to has gone', async () => {
    const { deps, fault, find } = await aRememberedKey()
    deps.setTime(NOON + BOUND_MS + 1)
    fault.hangs = true
    const gone = find()
    fault.hangs = false

    expect(await find()).toMatchObject({ state: 'found', freshness: { source: 'ledger' } })
    expect(await gone).toMatchObject({ state: 'unknown' })
  })
})

describe('when KV fails or hangs', () => {
  const KINDS: [string, (real: KVNamespace) => KVNamespace][] = [
    ['fails', (real) => flakyKv(real, { reads: true })],
    ['hangs', hangingKv],
  ]

  it.each(KINDS)('it %s: a remembered record is answered as ever', async (_, broken) => {
    const { deps, find } = await aRememberedKey()
    const other = { ...deps, revocations: broken(env.REVOCATIONS) }

    expect(await find(MAX_STALENESS_MS, other)).toMatchObject({ freshness: { source: 'lease' } })
    deps.setTime(NOON + BOUND_MS + 1)
    const { freshness } = (await find(MAX_STALENESS_MS, other)) as { freshness: object } // it is found
    expect(freshness).not.toHaveProperty('degraded')
  })

  it.each(KINDS)('it %s: any other is found, with a word on what was not heard', async (_, broken) => {
    const { deps, find } = await aKeyToAskAbout()

    expect(await find(MAX_STALENESS_MS, { ...deps, revocations: broken(env.REVOCATIONS) })).toMatchObject({
      state: 'found',
      revoked: false,
      freshness: { source: 'ledger', degraded: ['kv'] },
    })
  })

  it('a revoked key is dead by the ledger alone', async () => {
    const { deps, brokenKv, key, find } = await aKeyToAskAbout()
    await revokeKey(anotherIsolate(deps), aCaller(), key.id, {})
    brokenKv.reads = true

    expect(await find()).toMatchObject({ state: 'found', revoked: true })
  })
})

describe('when D1 fails or hangs', () => {
  const KINDS: [string, () => D1Database][] = [
    ['fails', failingD1],
    ['hangs', hangingD1],
  ]

  it.each(KINDS)('it %s: a remembered record is answered as ever, and its lease renewed', async (_, broken) => {
    const { deps, find } = await aRememberedKey()
    const other = withD1(deps, broken())

    expect(await find(MAX_STALENESS_MS, other)).toMatchObject({ freshness: { source: 'lease' } })
    deps.setTime(NOON + HOUR_MS)
    expect(await find(MAX_STALENESS_MS, other)).toMatchObject({ freshness: { source: 'ledger', asOf: NOON + HOUR_MS } })
  })

  it.each(KINDS)('it %s: nothing is known of any other, until it is back', async (_, broken) => {
    const { deps, find } = await aKeyToAskAbout(GRACE)

    expect(await find(MAX_STALENESS_MS, withD1(deps, broken()))).toEqual({ state: 'unknown' })
    expect(await find()).toMatchObject({ state: 'found', revoked: false })
  })

  it.each(KINDS)('it %s: a remembered record that was changed elsewhere is not answered from', async (_, broken) => {
    const { deps, key, find } = await aRememberedKey()
    await editKey({ ...testDeps() }, aCaller(), key.id, { enabled: false })
    deps.setTime(NOON + BOUND_MS + 1)

    expect(await find(MAX_STALENESS_MS, withD1(deps, broken()))).toEqual({ state: 'unknown' })
    expect(await find()).toMatchObject({ state: 'found', record: { enabled: false } })
  })

  it.each(KINDS)('it %s: a revoked key is dead by the ledger alone', async (_, broken) => {
    const { deps, key, find } = await aKeyToAskAbout()
    await revokeKey({ ...testDeps({ kv: flakyKv(env.REVOCATIONS, { writes: true }) }) }, aCaller(), key.id, {})

    expect(await find(1000, withD1(deps, broken()))).toStrictEqual({
      state: 'revoked',
      keyId: key.id,
      environmentId: null,
      freshness: { asOf: NOON, ageMs: 0, boundMs: 1000, source: 'ledger', degraded: ['d1'] },
    })
  })

  it('a revoked key is dead by its tombstone alone, and the answer says what was not heard', async () => {
    const { deps, fault, key, find } = await aKeyToAskAbout()
    await revokeKey({ ...testDeps() }, aCaller(), key.id, {})
    fault.down = true

    expect(await find(1000, withD1(deps, failingD1()))).toMatchObject({
      state: 'revoked',
      keyId: key.id,
      environmentId: key.environmentId,
      freshness: { degraded: ['d1'] },
    })
  })

  it('and KV too, the answer names both as not heard', async () => {
    const { deps, brokenKv, key, find } = await aKeyToAskAbout()
    await revokeKey({ ...testDeps() }, aCaller(), key.id, {})
    brokenKv.reads = true

    const finding = await find(1000, withD1(deps, failingD1()))

    expect(finding).toMatchObject({ state: 'revoked', freshness: { degraded: expect.arrayContaining(['d1', 'kv']) } })
  })
})

describe('when the ledger fails or hangs', () => {
  const KINDS: [string, LedgerFault][] = [
    ['fails', { down: true }],
    ['hangs', { hangs: true }],
    ['says nothing', { answer: undefined }],
    ['talks of something else', { answer: { epoch: 1, changes: 'none' } }],
  ]

  it.each(KINDS)('it %s: a remembered record is answered until its lease ends, and not after', async (_, broken) => {
    const { deps, fault, find } = await aRememberedKey()
    Object.assign(fault, broken)

    deps.setTime(NOON + BOUND_MS)
    expect(await find()).toMatchObject({ state: 'found', freshness: { source: 'lease', ageMs: BOUND_MS } })
    deps.setTime(NOON + BOUND_MS + 1)
    expect(await find()).toEqual({ state: 'unknown' })
  })

  it.each(KINDS)('it %s: nothing is known of any other, nor remembered, until it is back', async (_, broken) => {
    const { deps, fault, find } = await aKeyToAskAbout()
    Object.assign(fault, broken)

    expect(await find()).toEqual({ state: 'unknown' })
    expect(deps.isolate.apiKeys.size).toBe(0)
    for (const name of Object.keys(fault)) Reflect.deleteProperty(fault, name)
    expect(await find()).toMatchObject({ state: 'found', freshness: { source: 'ledger' } })
  })

  it.each(KINDS)('it %s: a revoked key is dead by D1 or its tombstone', async (_, broken) => {
    const { fault, key, find } = await aKeyToAskAbout()
    await revokeKey({ ...testDeps() }, aCaller(), key.id, {})
    Object.assign(fault, broken)

    expect(await find()).toMatchObject({ state: 'found', revoked: true })
  })

  /** A ledger that hangs, and was waited for in vain; time passes by hand. */
  async function aHangingLedger(seen: 'warm' | 'cold') {
    const made = await (seen === 'warm' ? aRememberedKey() : aKeyToAskAbout())
    const { deps, pass } = withTime(made.deps)
    const find = (maxStalenessMs = MAX_STALENESS_MS) => made.find(maxStalenessMs, deps)
    pass(BOUND_MS + 1)
    made.fault.hangs = true
    const first = find()
    pass(3000)
    await first
    return { ...made, deps, pass, find }
  }

  it.each(['warm', 'cold'] as const)('and is known to, nobody waits longer than a second for it: %s', async (seen) => {
    const { pass, find } = await aHangingLedger(seen)

    for (const maxStalenessMs of [MAX_STALENESS_MS, 0]) {
      const finding = find(maxStalenessMs)
      pass(1000)

      expect(await finding).toEqual({ state: 'unknown' })
    }
  })

  it('those who wait for the first question are told nothing after one more, and do not ask a third', async () => {
    const { deps, ledger, fault, find: ask } = await aRememberedKey()
    const { deps: timed, pass } = withTime(deps)
    deps.setTime(NOON + BOUND_MS + 1)
    fault.hangs = true
    const asked = ledger.questions
    const findings = Array.from({ length: 50 }, () => ask(MAX_STALENESS_MS, timed))
    pass(3000)
    await findings[0]
    pass(1000)

    for (const finding of await Promise.all(findings)) expect(finding).toEqual({ state: 'unknown' })
    expect(ledger.questions).toBe(asked + 2)
  })

  it.each([MAX_STALENESS_MS, 0])('and is known to, fifty who ask at once are one question, bound %i', async (bound) => {
    const { ledger, pass, find } = await aHangingLedger('warm')
    const asked = ledger.questions

    const findings = Array.from({ length: 50 }, () => find(bound))
    pass(1000)

    for (const finding of await Promise.all(findings)) expect(finding).toEqual({ state: 'unknown' })
    expect(ledger.questions).toBe(asked + 1)
  })

  it.each(['warm', 'cold'] as const)('and is back, the very next question finds that: %s', async (seen) => {
    const { fault, pass, find } = await aHangingLedger(seen)
    const finding = find()
    pass(1000)
    await finding

    fault.hangs = false

    expect(await find()).toMatchObject({ state: 'found', freshness: { source: 'ledger' } })
  })

  it('a question that was answered later than anyone waited renews the lease all the same', async () => {
    const { deps, fault, pass, find } = await aHangingLedger('warm')
    let answer = () => {}
    const slow = new Promise<void>((resolve) => {
      answer = resolve
    })
    Object.assign(fault, { hangs: false, before: () => slow })
    const sentAt = deps.clock()
    const finding = find()
    pass(1500)
    expect(await finding).toEqual({ state: 'unknown' })

    answer()
    await vi.waitFor(() => expect(deps.isolate.unavailableSince).toBeNull())

    expect(await find()).toMatchObject({ state: 'found', freshness: { asOf: sentAt, ageMs: 1500, source: 'lease' } })
  })

  it('nothing is known, and not that there is no such key, unless D1 itself says so', async () => {
    const { deps, fault, find } = await aKeyToAskAbout()
    fault.down = true
    const nowhere = withD1(deps, failingD1())

    expect(await find(MAX_STALENESS_MS, nowhere)).toEqual({ state: 'unknown' })
  })

  it('an answer of a later version is understood', async () => {
    const { fault, find } = await aKeyToAskAbout()
    fault.answer = { epoch: 'e', seq: 0, reset: true, changes: [], standings: [], quota: { left: 3 } }

    expect(await find()).toMatchObject({ state: 'found', freshness: { source: 'ledger' } })
    expect(await find()).toMatchObject({ freshness: { source: 'lease' } })
  })

  it('an answer of an earlier version is understood', async () => {
    const { fault, key, find } = await aKeyToAskAbout()
    const standing = { subject: secretSubjectOf(key.prefix), seq: 1, revision: 1, revokedAt: NOON }
    fault.answer = { epoch: 'e', seq: 1, changes: [], standings: [standing] }

    expect(await find()).toMatchObject({ state: 'found', revoked: true })
  })
})

describe('a grace', () => {
  /** An isolate that has never seen the key, or one whose lease on it has just ended; the ledger is silent from then on. */
  async function aSilentLedger(seen: 'warm' | 'cold', bounds: Partial<Bounds> = GRACE) {
    const made = await aKeyToAskAbout(bounds)
    if (seen === 'warm') await made.find()
    made.fault.down = true
    made.deps.setTime(NOON + BOUND_MS + 1)
    return made
  }
  const SEEN = ['warm', 'cold'] as const

  it.each(SEEN)('lets a key on while the ledger is silent, and says so: %s', async (seen) => {
    const { find } = await aSilentLedger(seen)

    expect(await find()).toMatchObject({
      state: 'found',
      revoked: false,
      freshness: { source: 'grace', boundMs: BOUND_MS },
    })
  })

  it('tells since when nobody has vouched for the record', async () => {
    const { find } = await aSilentLedger('warm')

    expect(await find()).toMatchObject({ freshness: { asOf: NOON, ageMs: BOUND_MS + 1 } })
  })

  it.each(SEEN)('is not given where the environment did not choose it: %s', async (seen) => {
    const { find } = await aSilentLedger(seen, {})

    expect(await find()).toEqual({ state: 'unknown' })
  })

  it.each(SEEN)('is not given where KV cannot be asked: %s', async (seen) => {
    const { brokenKv, find } = await aSilentLedger(seen)
    brokenKv.reads = true

    expect(await find()).toEqual({ state: 'unknown' })
  })

  it.each(SEEN)('is not given to a key that has a tombstone: %s', async (seen) => {
    const { find, entomb } = await aSilentLedger(seen)
    await entomb()

    expect(await find()).toMatchObject({ state: 'found', revoked: true })
  })

  it.each(SEEN)('is not given to a key that is revoked in D1: %s', async (seen) => {
    const { key, find } = await aSilentLedger(seen)
    await revokeKey({ ...testDeps() }, aCaller(), key.id, {})

    expect(await find()).toMatchObject({ state: 'found', revoked: true })
  })

  it.each(SEEN)('is not given to a caller that asks for a tighter bound: %s', async (seen) => {
    const { find } = await aSilentLedger(seen)

    expect(await find(BOUND_MS - 1)).toEqual({ state: 'unknown' })
    expect(await find(0)).toEqual({ state: 'unknown' })
    expect(await find(BOUND_MS)).toMatchObject({ state: 'found', freshness: { source: 'grace' } })
  })

  it('without D1 ends its seconds after the lease would have', async () => {
    const { deps, find } = await aSilentLedger('warm')
    const other = withD1(deps, failingD1())

    deps.setTime(NOON + BOUND_MS + 60_000)
    expect(await find(MAX_STALENESS_MS, other)).toMatchObject({ freshness: { source: 'grace' } })
    deps.setTime(NOON + BOUND_MS + 60_001)
    expect(await find(MAX_STALENESS_MS, other)).toEqual({ state: 'unknown' })
  })

  it.each(SEEN)('ends its seconds after the ledger fell silent, whatever D1 says: %s', async (seen) => {
    const { deps, find } = await aSilentLedger(seen)
    await find()
    const silentSince = NOON + BOUND_MS + 1

    deps.setTime(silentSince + BOUND_MS + 60_000)
    expect(await find()).toMatchObject({ freshness: { source: 'grace' } })
    deps.setTime(silentSince + BOUND_MS + 60_001)
    expect(await find()).toEqual({ state: 'unknown' })
  })

  it.each(SEEN)('ends when the ledger speaks again, and what it says holds: %s', async (seen) => {
    const { fault, find } = await aSilentLedger(seen)
    await find()

    fault.down = false

    expect(await find()).toMatchObject({ state: 'found', freshness: { source: 'ledger' } })
  })

  it('is never given for what this isolate knows to be out of date', async () => {
    const { deps, fault, key, find } = await aRememberedKey(GRACE)
    deps.setTime(NOON + BOUND_MS + 1)
    fault.hangs = true
    const asked = find()
    await editKey({ ...testDeps(), isolate: deps.isolate }, aCaller(), key.id, { enabled: false })

    expect(await asked).not.toMatchObject({ record: { enabled: true } })
  })
})

describe('what is known of a record while it is read', () => {
  it('is asked of the primary when the nearest copy is behind', async () => {
    const { deps, key, find } = await aKeyToAskAbout()
    const behind = staleD1(env.DB)
    const other = { ...deps, nearest: () => openDatabase(behind) }
    await find(MAX_STALENESS_MS, anotherIsolate(other))
    await editKey({ ...testDeps() }, aCaller(), key.id, { enabled: false })

    expect(await find(MAX_STALENESS_MS, other)).toMatchObject({ record: { enabled: false } })
    expect(await find(MAX_STALENESS_MS, withoutStores(deps))).toMatchObject({ record: { enabled: false } })
  })

  it('is asked of the primary when the nearest copy is behind on its environment', async () => {
    const { deps, environment, find } = await aKeyToAskAbout()
    const behind = staleD1(env.DB)
    const other = { ...deps, nearest: () => openDatabase(behind) }
    await find(MAX_STALENESS_MS, anotherIsolate(other))
    await editEnvironment({ ...testDeps() }, aCaller(), environment.id, { bounds: { maxStalenessMs: 250 } })

    expect(await find(MAX_STALENESS_MS, other)).toMatchObject({ freshness: { boundMs: 250 } })
  })

  it('is asked of the primary when the nearest copy knows no such key', async () => {
    const { deps, find } = await aKeyToAskAbout()
    const empty = { prepare: () => env.DB.prepare('SELECT 1 WHERE ? = 0') } as unknown as D1Database // finds nothing

    expect(await find(MAX_STALENESS_MS, { ...deps, nearest: () => openDatabase(empty) })).toMatchObject({
      state: 'found',
    })
  })

  it('is asked of the primary when the ledger is silent', async () => {
    const { deps, fault, key, find } = await aKeyToAskAbout(GRACE)
    const behind = staleD1(env.DB)
    const other = { ...deps, nearest: () => openDatabase(behind) }
    await find(MAX_STALENESS_MS, anotherIsolate(other))
    await editKey({ ...testDeps() }, aCaller(), key.id, { enabled: false })
    fault.down = true

    expect(await find(MAX_STALENESS_MS, other)).toMatchObject({ record: { enabled: false } })
  })

  it('counts for one answer and is not remembered where even the primary is behind the ledger', async () => {
    const { deps, key, find } = await aKeyToAskAbout()
    const secrets = [secretSubjectOf(key.prefix)]
    const edit: ChangeRequest = { kind: 'edit', keyId: key.id, secrets, revision: 9, disabled: false }
    await recordChange(anotherIsolate(deps), edit, null)
    const { count, db } = countingD1()

    for (const statements of [2, 4]) {
      expect(await find(MAX_STALENESS_MS, withD1(deps, db))).toMatchObject({ freshness: { source: 'ledger' } })
      expect(count.statements).toBe(statements)
    }
  })

  it('is that it is dead, when that arrives meanwhile', async () => {
    const { deps, key, find } = await aKeyToAskAbout()
    const heard = async () =>
      deps.isolate.learn({
        subject: keySubjectOf(key.id),
        revision: 0,
        revokedAt: NOON,
        keyId: key.id,
        issuedBefore: null,
        revokedBelow: null,
        tokensEndedUntil: null,
        hasUnknownSecrets: false,
      })
    const other = { ...deps, nearest: () => openDatabase(laggingD1(env.DB, heard)) }

    expect(await find(MAX_STALENESS_MS, other)).toMatchObject({ state: 'found', revoked: true })
    expect(await find(MAX_STALENESS_MS, withoutStores(deps))).toMatchObject({ state: 'found', revoked: true })
  })

  it('is asked of the ledger again when D1 took longer than an answer may be old', async () => {
    const { deps, ledger, find } = await aKeyToAskAbout()
    const late = laggingD1(env.DB, async () => deps.setTime(NOON + BOUND_MS + 251))
    const slow = { ...deps, nearest: () => openDatabase(late) }

    const finding = await find(MAX_STALENESS_MS, slow)

    expect(finding).toMatchObject({ freshness: { asOf: NOON + BOUND_MS + 251, ageMs: 0, source: 'ledger' } })
    expect(ledger.questions).toBe(2)
  })

  it('denies for good what has a tombstone, readable or not', async () => {
    const { deps, find, entomb } = await aKeyToAskAbout()
    await entomb('garbage')

    expect(await find()).toMatchObject({ state: 'found', revoked: true })
    expect(await find(0, withoutStores(deps))).toMatchObject({ state: 'found', revoked: true })
  })
})

describe('a clock', () => {
  it.each([-HOUR_MS, -1])('that jumps by %i ms ends every lease', async (jumpMs) => {
    const { deps, ledger, find } = await aRememberedKey()
    const asked = ledger.questions
    deps.setTime(NOON + jumpMs)

    expect(await find()).toMatchObject({ freshness: { asOf: NOON + jumpMs, ageMs: 0, source: 'ledger' } })
    expect(ledger.questions).toBe(asked + 1)
  })

  it('that goes back an hour and catches up again has renewed no lease by it', async () => {
    const { deps, fault, find } = await aRememberedKey()
    deps.setTime(NOON - HOUR_MS)
    fault.down = true
    await find()
    deps.setTime(NOON + 1)

    expect(await find()).toEqual({ state: 'unknown' })
  })

  it('that jumps an hour ahead ends every lease early', async () => {
    const { deps, find } = await aRememberedKey()
    deps.setTime(NOON + HOUR_MS)

    expect(await find()).toMatchObject({ freshness: { asOf: NOON + HOUR_MS, source: 'ledger' } })
  })

  it.each([-HOUR_MS, -1000])(
    'that jumps by %i ms while the ledger is asked begins no lease that lasts',
    async (jumpMs) => {
      const { deps, fault, find } = await aKeyToAskAbout()
      fault.after = async () => {
        deps.setTime(NOON + 2000)
        deps.isolate.readClock(NOON + 2000)
        deps.setTime(NOON + 2000 + jumpMs)
      }
      await find()
      fault.after = async () => {}
      fault.down = true
      // When the question was sent, plus the bound, by a clock that had never jumped.
      deps.setTime(NOON + BOUND_MS + jumpMs + 1)

      expect(await find()).toEqual({ state: 'unknown' })
    },
  )

  it('that jumps back while D1 is read never makes an answer younger than nothing', async () => {
    const { deps, key, find } = await aKeyToAskAbout()
    await revokeKey({ ...testDeps() }, aCaller(), key.id, {})
    const jumping = laggingD1(env.DB, async () => deps.setTime(NOON - HOUR_MS))

    const finding = await find(MAX_STALENESS_MS, { ...deps, nearest: () => openDatabase(jumping) })

    expect(finding).toMatchObject({ state: 'found', revoked: true })
    const { freshness } = finding as { freshness: { ageMs: number } } // it is found
    expect(freshness.ageMs).toBeGreaterThanOrEqual(0)
  })
})
