import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Standing, SyncAnswer } from '../../src/core/ledger-messages.ts'
import { Isolate } from '../../src/edge/isolate.ts'
import { aCachedRecord, NOON } from '../support/factory.ts'

const HOUR_MS = 3_600_000

/** A change of the key `key_1`, unless told otherwise. */
const aStanding = (given: Partial<Standing> = {}): Standing => ({
  subject: `key:${given.keyId ?? 'key_1'}`,
  seq: 1,
  revision: 0,
  revokedAt: null,
  keyId: 'key_1',
  issuedBefore: null,
  revokedBelow: null,
  tokensEndedUntil: null,
  hasUnknownSecrets: false,
  ...given,
})

const ofEnvironment = (given: Partial<Standing> = {}): Standing =>
  aStanding({ subject: 'environment:env_1', keyId: null, ...given })

const anAnswer = (given: Partial<SyncAnswer> = {}): SyncAnswer => ({
  epoch: 'first',
  seq: 10,
  reset: false,
  changes: [],
  standings: [],
  now: null,
  ...given,
})

/** An isolate whose lease began with a question sent at noon, in the place 10 of the order. */
function anIsolate() {
  const isolate = new Isolate()
  isolate.readClock(NOON)
  const learn = (given: Partial<SyncAnswer>, { sentAt = NOON } = {}) =>
    isolate.apply({ since: isolate.since, ask: [] }, sentAt, anAnswer(given), [])
  learn({ reset: true })
  return { isolate, learn, lease: () => isolate.lease }
}

const ASKED = ['secret:prefix', 'environment:env_1']

/** A read of the secret `prefix` of `key_1` in `env_1`, about both of which the ledger was asked. */
function aConfirmedFill(isolate: Isolate, given: Partial<SyncAnswer> = {}, { ask = ASKED } = {}) {
  const fill = isolate.beginFill('secret:prefix')
  isolate.apply({ since: isolate.since, ask }, NOON, anAnswer(given), [fill])
  return fill
}

describe('a lease', () => {
  it('begins with the first answer, at the moment its question was sent', () => {
    const { isolate, lease } = anIsolate()

    expect(lease()).toEqual({ epoch: 'first', seq: 10, sentAt: NOON })
    expect(isolate.since).toEqual({ epoch: 'first', seq: 10 })
  })

  it('moves on with every later answer', () => {
    const { isolate, learn, lease } = anIsolate()
    isolate.readClock(NOON + 100)

    learn({ seq: 12 }, { sentAt: NOON + 100 })

    expect(lease()).toEqual({ epoch: 'first', seq: 12, sentAt: NOON + 100 })
  })

  it('never moves back, in whatever order answers arrive', () => {
    const answers = fc.array(fc.tuple(fc.nat(50), fc.nat(1000)), { minLength: 1 })
    fc.assert(
      fc.property(answers, (given) => {
        const { isolate, learn, lease } = anIsolate()
        isolate.readClock(NOON + 1000)
        for (const [seq, afterMs] of given) learn({ seq }, { sentAt: NOON + afterMs })
        expect(lease()?.seq).toBe(Math.max(10, ...given.map(([seq]) => seq)))
        expect(lease()?.sentAt).toBe(NOON + Math.max(...given.map(([, afterMs]) => afterMs)))
      }),
    )
  })

  it('ends when the clock goes back', () => {
    const { isolate, lease } = anIsolate()

    isolate.readClock(NOON - HOUR_MS)

    expect(lease()?.sentAt).toBe(Number.NEGATIVE_INFINITY)
  })

  it('goes on when the clock stands still', () => {
    const { isolate, lease } = anIsolate()

    isolate.readClock(NOON)

    expect(lease()?.sentAt).toBe(NOON)
  })

  it('is not renewed by an answer to a question that was sent before the clock went back', () => {
    const { isolate, learn, lease } = anIsolate()
    isolate.readClock(NOON + 1000)
    isolate.readClock(NOON - HOUR_MS)

    learn({ seq: 12 }, { sentAt: NOON + 1000 })

    expect(lease()).toEqual({ epoch: 'first', seq: 12, sentAt: Number.NEGATIVE_INFINITY })
  })

  it('does not begin with an answer to a question that was sent before the clock went back', () => {
    const isolate = new Isolate()
    isolate.readClock(NOON - HOUR_MS)

    isolate.apply({ since: null, ask: [] }, NOON, anAnswer({ reset: true }), [])

    expect(isolate.lease?.sentAt).toBe(Number.NEGATIVE_INFINITY)
  })
})

describe('a ledger that lost its memory', () => {
  it('makes the isolate forget all but what is revoked, and begin anew', () => {
    const { isolate, learn, lease } = anIsolate()
    isolate.apiKeys.keep(aCachedRecord({ id: 'live' }))
    isolate.apiKeys.keep(aCachedRecord({ id: 'revoked', revokedSince: NOON }))

    learn({ epoch: 'second', seq: 2, reset: true })

    expect(['live', 'revoked'].filter((id) => isolate.apiKeys.get(id))).toEqual(['revoked'])
    expect(lease()).toEqual({ epoch: 'second', seq: 2, sentAt: NOON })
  })

  it('is not put back by an answer it gave before', () => {
    const { isolate, learn, lease } = anIsolate()
    isolate.readClock(NOON + 100)
    learn({ epoch: 'second', seq: 2, reset: true }, { sentAt: NOON + 100 })

    learn({ epoch: 'first', seq: 11 }, { sentAt: NOON + 50 })

    expect(lease()).toEqual({ epoch: 'second', seq: 2, sentAt: NOON + 100 })
  })
})

describe('more changes than are told one by one', () => {
  it('make the isolate forget all but what is revoked', () => {
    const { isolate, learn, lease } = anIsolate()
    isolate.apiKeys.keep(aCachedRecord({ id: 'live' }))
    isolate.apiKeys.keep(aCachedRecord({ id: 'revoked', revokedSince: NOON }))

    learn({ seq: 2000, reset: true })

    expect(['live', 'revoked'].filter((id) => isolate.apiKeys.get(id))).toEqual(['revoked'])
    expect(lease()).toMatchObject({ seq: 2000 })
  })

  it('are not meant by the first answer to another question sent at the same time', () => {
    const { isolate, lease } = anIsolate()
    isolate.apiKeys.keep(aCachedRecord())

    isolate.apply({ since: null, ask: [] }, NOON, anAnswer({ seq: 11, reset: true }), [])

    expect(isolate.apiKeys.get('hash')).toBeDefined()
    expect(lease()).toMatchObject({ seq: 10 })
  })
})

describe('a change', () => {
  it('makes the isolate forget an older record, and keep one that has it already', () => {
    const { isolate, learn } = anIsolate()
    isolate.apiKeys.keep(aCachedRecord({ id: 'a', keyId: 'key_a', revision: 1 }))
    isolate.apiKeys.keep(aCachedRecord({ id: 'b', keyId: 'key_b', revision: 2 }))

    learn({
      seq: 12,
      changes: [aStanding({ keyId: 'key_a', revision: 2 }), aStanding({ keyId: 'key_b', revision: 2 })],
    })

    expect(['a', 'b'].filter((id) => isolate.apiKeys.get(id))).toEqual(['b'])
  })

  it('that revokes makes the record revoked, whatever its revision, and nothing after it brings it back', () => {
    const { isolate, learn } = anIsolate()
    isolate.apiKeys.keep(aCachedRecord({ revision: 9 }))
    learn({ seq: 11, changes: [aStanding({ revokedAt: NOON })] })

    learn({ seq: 12, changes: [aStanding({ revision: 99 })] })
    learn({ epoch: 'second', reset: true })

    expect(isolate.apiKeys.get('hash')).toMatchObject({ revokedSince: NOON })
  })

  it('has the same outcome in whatever order it arrives', () => {
    const { seq: _, ...change } = aStanding()
    const changes = fc.array(fc.record({ revision: fc.nat(9), revokedAt: fc.constantFrom(null, null, null, NOON) }))
    fc.assert(
      fc.property(changes, fc.nat(9), (given, revision) => {
        const { isolate } = anIsolate()
        isolate.apiKeys.keep(aCachedRecord({ revision }))
        for (const each of given) isolate.learn({ ...change, ...each })
        const kept = isolate.apiKeys.get('hash')
        const isOutdated = given.some((each) => each.revision > revision)
        const isRevoked = given.some(({ revokedAt }) => revokedAt !== null)
        if (isOutdated || isRevoked) expect(kept === undefined || kept.revokedSince !== null).toBe(true)
        else expect(kept).toMatchObject({ revokedSince: null })
      }),
    )
  })

  it('concerns every secret of the key that is remembered', () => {
    const { isolate, learn } = anIsolate()
    for (const id of ['first', 'second']) isolate.apiKeys.keep(aCachedRecord({ id, revision: 1 }))

    learn({ seq: 11, changes: [aStanding({ revision: 2 })] })

    expect(['first', 'second'].filter((id) => isolate.apiKeys.get(id))).toEqual([])
  })

  it('of another key concerns nobody', () => {
    const { isolate, learn } = anIsolate()
    isolate.apiKeys.keep(aCachedRecord())

    learn({ seq: 11, changes: [aStanding({ revision: 9, revokedAt: NOON, keyId: 'key_2' })] })

    expect(isolate.apiKeys.get('hash')).toMatchObject({ revokedSince: null })
  })
})

describe('a record that is being read', () => {
  it('is kept when the ledger was asked about it', () => {
    const { isolate } = anIsolate()

    expect(isolate.mayKeep(aConfirmedFill(isolate), aCachedRecord())).toBe(true)
  })

  it('is kept under the lease that its own question began', () => {
    const isolate = new Isolate()
    isolate.readClock(NOON)

    expect(isolate.mayKeep(aConfirmedFill(isolate, { reset: true }), aCachedRecord())).toBe(true)
  })

  it('is not kept while the ledger has not answered, unless it is revoked', () => {
    const { isolate } = anIsolate()
    const fill = isolate.beginFill('secret:prefix')

    expect(isolate.mayKeep(fill, aCachedRecord())).toBe(false)
    expect(isolate.mayKeep(fill, aCachedRecord({ revokedSince: NOON }))).toBe(true)
  })

  it.each([
    [1, false],
    [2, true],
    [3, true],
  ])('at revision %i is kept after the standing 2: %s', (revision, kept) => {
    const { isolate } = anIsolate()
    const fill = aConfirmedFill(isolate, { standings: [aStanding({ subject: 'secret:prefix', revision: 2 })] })

    expect(isolate.mayKeep(fill, aCachedRecord({ revision }))).toBe(kept)
  })

  it('is not kept when a change of it arrived meanwhile, from anywhere', () => {
    const { isolate, learn } = anIsolate()
    const fill = aConfirmedFill(isolate)

    learn({ seq: 11, changes: [aStanding({ revision: 2 })] })

    expect(isolate.mayKeep(fill, aCachedRecord({ revision: 1 }))).toBe(false)
    expect(isolate.mayKeep(fill, aCachedRecord({ revision: 2 }))).toBe(true)
  })

  it('is known to be revoked when that arrived meanwhile', () => {
    const { isolate, learn } = anIsolate()
    const fill = aConfirmedFill(isolate)

    learn({ seq: 11, changes: [aStanding({ revokedAt: NOON })] })

    expect(isolate.floorOf(fill, 'key_1')).toMatchObject({ revokedAt: NOON })
    expect(isolate.floorOf(fill, 'key_2')).toMatchObject({ revokedAt: null })
  })

  it('hears of no change once it is over', () => {
    const { isolate, learn } = anIsolate()
    const fill = aConfirmedFill(isolate)
    isolate.endFill(fill)

    learn({ seq: 11, changes: [aStanding({ revision: 2 })] })

    expect(isolate.floorOf(fill, 'key_1')).toEqual({ revision: 0, revokedAt: null })
  })

  it('hears only of changes since it began, whatever other reads are under way', () => {
    const { isolate, learn } = anIsolate()
    const first = aConfirmedFill(isolate)
    learn({ seq: 11, changes: [aStanding({ revision: 2 })] })
    const second = aConfirmedFill(isolate, { seq: 11 })
    const floors = () => [first, second].map((fill) => isolate.floorOf(fill, 'key_1').revision)
    expect(floors()).toEqual([2, 0])

    learn({ seq: 12, changes: [aStanding({ revision: 3 })] })
    isolate.endFill(first)

    expect(floors()[1]).toBe(3)
  })

  it.each([
    [10, true],
    [9, false],
  ])('that began before the first answer is covered by its own at %i: %s', (seq, kept) => {
    const isolate = new Isolate()
    isolate.readClock(NOON)
    const question = { since: null, ask: ASKED }
    const [first, second] = [isolate.beginFill('secret:other'), isolate.beginFill('secret:prefix')]
    isolate.apply(question, NOON, anAnswer({ seq: 10, reset: true }), [first])

    isolate.apply(question, NOON, anAnswer({ seq, reset: true }), [second])

    expect(isolate.mayKeep(second, aCachedRecord())).toBe(kept)
  })

  it('that missed too many changes starts the isolate over once, however many missed them together', () => {
    const { isolate } = anIsolate()
    const question = { since: isolate.since, ask: ASKED }
    const [first, second] = [isolate.beginFill('secret:other'), isolate.beginFill('secret:prefix')]
    isolate.apply(question, NOON, anAnswer({ seq: 2000, reset: true }), [first])
    isolate.apiKeys.keep(aCachedRecord())

    isolate.apply(question, NOON, anAnswer({ seq: 2001, reset: true }), [second])

    expect([isolate.apiKeys.size, isolate.lease?.seq]).toEqual([1, 2000])
    expect(isolate.mayKeep(second, aCachedRecord())).toBe(true)
  })

  it.each<[string, Partial<SyncAnswer>]>([
    ['the ledger lost its memory', { epoch: 'second', reset: true }],
    ['there were more changes than are told one by one', { seq: 2000, reset: true }],
  ])('is not kept when %s meanwhile', (_, answer) => {
    const { isolate, learn } = anIsolate()
    const fill = aConfirmedFill(isolate)

    learn(answer)

    expect(isolate.mayKeep(fill, aCachedRecord())).toBe(false)
  })

  it('is not kept when the isolate has not asked about its environment', () => {
    const { isolate } = anIsolate()
    const fill = aConfirmedFill(isolate, {}, { ask: ['secret:prefix'] })

    expect(isolate.mayKeep(fill, aCachedRecord())).toBe(false)
  })

  it('is kept in an environment that was asked about before, until the isolate starts over', () => {
    const { isolate, learn } = anIsolate()
    aConfirmedFill(isolate)
    expect(isolate.mayKeep(aConfirmedFill(isolate, {}, { ask: ['secret:prefix'] }), aCachedRecord())).toBe(true)

    learn({ seq: 2000, reset: true })

    const later = aConfirmedFill(isolate, { seq: 2000 }, { ask: ['secret:prefix'] })
    expect(isolate.hasMet('env_1')).toBe(false)
    expect(isolate.mayKeep(later, aCachedRecord())).toBe(false)
  })

  it('does not make its environment known when the isolate started over before the answer came', () => {
    const { isolate, learn } = anIsolate()
    const fill = isolate.beginFill('secret:prefix')
    learn({ seq: 2000, reset: true })

    isolate.apply({ since: { epoch: 'first', seq: 10 }, ask: ASKED }, NOON, anAnswer({ seq: 10 }), [fill])

    expect(isolate.hasMet('env_1')).toBe(false)
  })

  it('does not make its environment known by an answer from before the ledger lost its memory', () => {
    const { isolate, learn } = anIsolate()
    isolate.readClock(NOON + 100)
    learn({ epoch: 'second', seq: 2, reset: true }, { sentAt: NOON + 100 })

    const fill = aConfirmedFill(isolate, { epoch: 'first', seq: 11 })

    expect([isolate.hasMet('env_1'), fill.isConfirmed]).toEqual([false, false])
  })

  it('is not kept when its environment changed since it was read', () => {
    const { isolate, learn } = anIsolate()
    const fill = aConfirmedFill(isolate)

    learn({ seq: 11, changes: [ofEnvironment({ revision: 2 })] })

    expect(isolate.mayKeep(fill, aCachedRecord({ environmentRevision: 1 }))).toBe(false)
    expect(isolate.mayKeep(fill, aCachedRecord({ environmentRevision: 2 }))).toBe(true)
  })
})

describe('the revocation of a whole environment', () => {
  it('covers every secret issued before its moment, there and nowhere else', () => {
    const { isolate, learn } = anIsolate()

    learn({ seq: 11, changes: [ofEnvironment({ issuedBefore: NOON })] })

    expect(isolate.isRevoked(aCachedRecord({ issuedAt: NOON - 1 }))).toBe(true)
    expect(isolate.isRevoked(aCachedRecord({ issuedAt: NOON }))).toBe(false)
    expect(isolate.isRevoked(aCachedRecord({ issuedAt: NOON - 1, environmentId: 'env_2' }))).toBe(false)
    expect(isolate.isRevoked(aCachedRecord({ issuedAt: NOON - 1, environmentId: null }))).toBe(false)
  })

  it('only ever grows, and an edit takes nothing of it back', () => {
    const { isolate, learn } = anIsolate()
    learn({ seq: 11, changes: [ofEnvironment({ issuedBefore: NOON, revision: 5 })] })
    learn({ seq: 12, changes: [ofEnvironment({ issuedBefore: NOON - 100, revision: 4 })] })
    learn({ seq: 13, changes: [ofEnvironment()] })

    expect(isolate.isRevoked(aCachedRecord({ issuedAt: NOON - 1 }))).toBe(true)
    expect(isolate.isCurrent(aCachedRecord({ environmentRevision: 4 }))).toBe(false)
  })

  it('outlives a ledger that starts over', () => {
    const { isolate, learn } = anIsolate()
    learn({ seq: 11, changes: [ofEnvironment({ issuedBefore: NOON })] })

    learn({ epoch: 'second', reset: true })

    expect(isolate.isRevoked(aCachedRecord({ issuedAt: NOON - 1 }))).toBe(true)
  })
})

describe('the revocation of a key whose secrets the ledger does not know', () => {
  it('covers every secret of the key, remembered or not', () => {
    const { isolate, learn } = anIsolate()

    learn({ seq: 11, changes: [aStanding({ revokedAt: NOON, hasUnknownSecrets: true })] })

    expect(isolate.isRevoked(aCachedRecord({ id: 'any' }))).toBe(true)
    expect(isolate.isRevoked(aCachedRecord({ keyId: 'key_2' }))).toBe(false)
  })
})
