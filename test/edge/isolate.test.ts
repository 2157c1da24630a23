import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Standing, SyncAnswer } from '../../src/core/ledger-messages.ts'
import { Isolate } from '../../src/edge/isolate.ts'
import { aMemory, NOON } from '../support/factory.ts'

const HOUR_MS = 3_600_000

const aStanding = (given: Partial<Standing> = {}): Standing => ({
  subject: 'key:prefix',
  seq: 1,
  revision: 0,
  revokedAt: null,
  keyId: null,
  issuedBefore: null,
  ...given,
})

const anAnswer = (given: Partial<SyncAnswer> = {}): SyncAnswer => ({
  epoch: 'first',
  seq: 10,
  reset: false,
  changes: [],
  standings: [],
  ...given,
})

/** An isolate whose lease on shard 0 began with a question sent at noon, in the place 10 of the order. */
function anIsolate() {
  const isolate = new Isolate()
  isolate.read(NOON)
  const learn = (given: Partial<SyncAnswer>, { sentAt = NOON, shard = 0 } = {}) =>
    isolate.apply(shard, { since: isolate.since(shard), ask: [] }, sentAt, anAnswer(given), null)
  learn({ reset: true })
  return { isolate, learn, lease: () => isolate.shard(0).lease }
}

/** A read of the secret `key:prefix`, for which the ledger has vouched. */
function aVouchedFill(isolate: Isolate, given: Partial<SyncAnswer> = {}) {
  const fill = isolate.beginFill(0, 'key:prefix')
  isolate.apply(0, { since: isolate.since(0), ask: [fill.subject] }, NOON, anAnswer(given), fill)
  return fill
}

describe('a lease', () => {
  it('begins with the first answer, at the moment its question was sent', () => {
    const { isolate, lease } = anIsolate()

    expect(lease()).toEqual({ epoch: 'first', seq: 10, sentAt: NOON })
    expect(isolate.since(0)).toEqual({ epoch: 'first', seq: 10 })
  })

  it('moves on with every later answer', () => {
    const { isolate, learn, lease } = anIsolate()
    isolate.read(NOON + 100)

    learn({ seq: 12 }, { sentAt: NOON + 100 })

    expect(lease()).toEqual({ epoch: 'first', seq: 12, sentAt: NOON + 100 })
  })

  it('never moves back, in whatever order answers arrive', () => {
    const answers = fc.array(fc.tuple(fc.nat(50), fc.nat(1000)), { minLength: 1 })
    fc.assert(
      fc.property(answers, (given) => {
        const { isolate, learn, lease } = anIsolate()
        isolate.read(NOON + 1000)
        for (const [seq, afterMs] of given) learn({ seq }, { sentAt: NOON + afterMs })
        expect(lease()?.seq).toBe(Math.max(10, ...given.map(([seq]) => seq)))
        expect(lease()?.sentAt).toBe(NOON + Math.max(...given.map(([, afterMs]) => afterMs)))
      }),
    )
  })

  it('ends when the clock goes back', () => {
    const { isolate, lease } = anIsolate()

    isolate.read(NOON - HOUR_MS)

    expect(lease()?.sentAt).toBe(Number.NEGATIVE_INFINITY)
  })

  it('goes on when the clock stands still', () => {
    const { isolate, lease } = anIsolate()

    isolate.read(NOON)

    expect(lease()?.sentAt).toBe(NOON)
  })

  it('is not renewed by an answer to a question that was sent before the clock went back', () => {
    const { isolate, learn, lease } = anIsolate()
    isolate.read(NOON + 1000)
    isolate.read(NOON - HOUR_MS)

    learn({ seq: 12 }, { sentAt: NOON + 1000 })

    expect(lease()).toEqual({ epoch: 'first', seq: 12, sentAt: Number.NEGATIVE_INFINITY })
  })

  it('does not begin with an answer to a question that was sent before the clock went back', () => {
    const isolate = new Isolate()
    isolate.read(NOON - HOUR_MS)

    isolate.apply(0, { since: null, ask: [] }, NOON, anAnswer({ reset: true }), null)

    expect(isolate.shard(0).lease?.sentAt).toBe(Number.NEGATIVE_INFINITY)
  })

  it('of one shard says nothing of another', () => {
    const { isolate, learn } = anIsolate()

    learn({ epoch: 'other', seq: 3, reset: true }, { shard: 1 })

    expect([isolate.since(0), isolate.since(1), isolate.since(2)]).toEqual([
      { epoch: 'first', seq: 10 },
      { epoch: 'other', seq: 3 },
      null,
    ])
  })
})

describe('a ledger that lost its memory', () => {
  it('makes the isolate forget what lives, keep what is dead, and begin anew', () => {
    const { isolate, learn, lease } = anIsolate()
    isolate.cache.keep(aMemory({ subject: 'key:a', hash: 'living' }))
    isolate.cache.keep(aMemory({ subject: 'key:b', hash: 'dead', revokedSince: NOON }))
    isolate.cache.keep(aMemory({ subject: 'key:c', hash: 'elsewhere', shard: 1 }))

    learn({ epoch: 'second', seq: 2, reset: true })

    expect(['living', 'dead', 'elsewhere'].filter((hash) => isolate.cache.get(hash))).toEqual(['dead', 'elsewhere'])
    expect(lease()).toEqual({ epoch: 'second', seq: 2, sentAt: NOON })
  })

  it('is not put back by an answer it gave before', () => {
    const { isolate, learn, lease } = anIsolate()
    isolate.read(NOON + 100)
    learn({ epoch: 'second', seq: 2, reset: true }, { sentAt: NOON + 100 })

    learn({ epoch: 'first', seq: 11 }, { sentAt: NOON + 50 })

    expect(lease()).toEqual({ epoch: 'second', seq: 2, sentAt: NOON + 100 })
  })
})

describe('more changes than are told one by one', () => {
  it('make the isolate forget what lives, and keep what is dead', () => {
    const { isolate, learn, lease } = anIsolate()
    isolate.cache.keep(aMemory({ subject: 'key:a', hash: 'living' }))
    isolate.cache.keep(aMemory({ subject: 'key:b', hash: 'dead', revokedSince: NOON }))

    learn({ seq: 2000, reset: true })

    expect(['living', 'dead'].filter((hash) => isolate.cache.get(hash))).toEqual(['dead'])
    expect(lease()).toMatchObject({ seq: 2000 })
  })

  it('are not meant by the first answer to another question sent at the same time', () => {
    const { isolate, lease } = anIsolate()
    isolate.cache.keep(aMemory())

    isolate.apply(0, { since: null, ask: [] }, NOON, anAnswer({ seq: 11, reset: true }), null)

    expect(isolate.cache.get('hash')).toBeDefined()
    expect(lease()).toMatchObject({ seq: 10 })
  })
})

describe('a change', () => {
  it('makes the isolate forget an older record, and keep one that has it already', () => {
    const { isolate, learn } = anIsolate()
    isolate.cache.keep(aMemory({ subject: 'key:a', hash: 'a', revision: 1 }))
    isolate.cache.keep(aMemory({ subject: 'key:b', hash: 'b', revision: 2 }))

    learn({
      seq: 12,
      changes: [aStanding({ subject: 'key:a', revision: 2 }), aStanding({ subject: 'key:b', revision: 2 })],
    })

    expect(['a', 'b'].filter((hash) => isolate.cache.get(hash))).toEqual(['b'])
  })

  it('that revokes makes the record dead, whatever its revision, and nothing after it brings it back', () => {
    const { isolate, learn } = anIsolate()
    isolate.cache.keep(aMemory({ revision: 9 }))
    learn({ seq: 11, changes: [aStanding({ revokedAt: NOON })] })

    learn({ seq: 12, changes: [aStanding({ revision: 99 })] })
    learn({ epoch: 'second', reset: true })

    expect(isolate.cache.get('hash')).toMatchObject({ deadSince: NOON })
  })

  it('has the same outcome in whatever order it arrives', () => {
    const { seq: _, ...change } = aStanding()
    const changes = fc.array(fc.record({ revision: fc.nat(9), revokedAt: fc.constantFrom(null, null, null, NOON) }))
    fc.assert(
      fc.property(changes, fc.nat(9), (given, revision) => {
        const { isolate } = anIsolate()
        isolate.cache.keep(aMemory({ revision }))
        for (const each of given) isolate.learn({ ...change, ...each })
        const kept = isolate.cache.get('hash')
        const isOutdated = given.some((each) => each.revision > revision)
        const isRevoked = given.some(({ revokedAt }) => revokedAt !== null)
        if (isOutdated || isRevoked) expect(kept === undefined || kept.revokedSince !== null).toBe(true)
        else expect(kept).toMatchObject({ deadSince: null })
      }),
    )
  })

  it('of another secret concerns nobody', () => {
    const { isolate, learn } = anIsolate()
    isolate.cache.keep(aMemory())

    learn({ seq: 11, changes: [aStanding({ subject: 'key:other', revision: 9, revokedAt: NOON, keyId: 'key_1' })] })

    expect(isolate.cache.get('hash')).toMatchObject({ deadSince: null })
  })
})

describe('a record that is being read', () => {
  it('is kept when the ledger has vouched for it', () => {
    const { isolate } = anIsolate()

    expect(isolate.mayKeep(aVouchedFill(isolate), aMemory())).toBe(true)
  })

  it('is kept under the lease that its own question began', () => {
    const isolate = new Isolate()
    isolate.read(NOON)

    expect(isolate.mayKeep(aVouchedFill(isolate, { reset: true }), aMemory())).toBe(true)
  })

  it('is not kept when nobody has vouched for it, unless it is dead', () => {
    const { isolate } = anIsolate()
    const fill = isolate.beginFill(0, 'key:prefix')

    expect(isolate.mayKeep(fill, aMemory())).toBe(false)
    expect(isolate.mayKeep(fill, aMemory({ revokedSince: NOON }))).toBe(true)
  })

  it.each([
    [1, false],
    [2, true],
    [3, true],
  ])('at revision %i is kept after the standing 2: %s', (revision, kept) => {
    const { isolate } = anIsolate()
    const fill = aVouchedFill(isolate, { standings: [aStanding({ revision: 2 })] })

    expect(isolate.mayKeep(fill, aMemory({ revision }))).toBe(kept)
  })

  it('is not kept when a change of it arrived meanwhile, from anywhere', () => {
    const { isolate, learn } = anIsolate()
    const fill = aVouchedFill(isolate)

    learn({ seq: 11, changes: [aStanding({ revision: 2 })] })

    expect(isolate.mayKeep(fill, aMemory({ revision: 1 }))).toBe(false)
    expect(isolate.mayKeep(fill, aMemory({ revision: 2 }))).toBe(true)
  })

  it('is known to be revoked when that arrived meanwhile', () => {
    const { isolate, learn } = anIsolate()
    const fill = aVouchedFill(isolate)

    learn({ seq: 11, changes: [aStanding({ revokedAt: NOON, keyId: 'key_1' })] })

    expect(fill).toMatchObject({ revokedAt: NOON, keyId: 'key_1' })
  })

  it('hears of no change once it is over', () => {
    const { isolate, learn } = anIsolate()
    const fill = aVouchedFill(isolate)
    isolate.endFill(fill)

    learn({ seq: 11, changes: [aStanding({ revision: 2 })] })

    expect(fill.floor).toBe(0)
  })

  it.each<[string, Partial<SyncAnswer>]>([
    ['the ledger lost its memory', { epoch: 'second', reset: true }],
    ['there were more changes than are told one by one', { seq: 2000, reset: true }],
  ])('is not kept when %s meanwhile', (_, answer) => {
    const { isolate, learn } = anIsolate()
    const fill = aVouchedFill(isolate)

    learn(answer)

    expect(isolate.mayKeep(fill, aMemory())).toBe(false)
  })

  it('is kept when another shard started over meanwhile', () => {
    const { isolate, learn } = anIsolate()
    const fill = aVouchedFill(isolate)

    learn({ epoch: 'other', reset: true }, { shard: 1 })

    expect(isolate.mayKeep(fill, aMemory())).toBe(true)
  })

  it('is not kept when its environment changed since it was read', () => {
    const { isolate, learn } = anIsolate()
    const fill = aVouchedFill(isolate)

    learn({ seq: 11, changes: [aStanding({ subject: 'environment:env_1', revision: 2 })] })

    expect(isolate.mayKeep(fill, aMemory({ environmentRevision: 1 }))).toBe(false)
    expect(isolate.mayKeep(fill, aMemory({ environmentRevision: 2 }))).toBe(true)
    expect(isolate.mayKeep(fill, aMemory({ environmentId: 'env_2' }))).toBe(true)
  })
})

describe('the revocation of a whole environment', () => {
  it('covers every secret issued before its moment, there and nowhere else', () => {
    const { isolate, learn } = anIsolate()

    learn({ seq: 11, changes: [aStanding({ subject: 'environment:env_1', issuedBefore: NOON })] })

    expect(isolate.isRevoked(aMemory({ issuedAt: NOON - 1 }))).toBe(true)
    expect(isolate.isRevoked(aMemory({ issuedAt: NOON }))).toBe(false)
    expect(isolate.isRevoked(aMemory({ issuedAt: NOON - 1, environmentId: 'env_2' }))).toBe(false)
    expect(isolate.isRevoked(aMemory({ issuedAt: NOON - 1, environmentId: null }))).toBe(false)
  })

  it('only ever grows, and an edit takes nothing of it back', () => {
    const { isolate, learn } = anIsolate()
    const environment = { subject: 'environment:env_1' }

    learn({ seq: 11, changes: [aStanding({ ...environment, issuedBefore: NOON, revision: 5 })] })
    learn({ seq: 12, changes: [aStanding({ ...environment, issuedBefore: NOON - 100, revision: 4 })] })
    learn({ seq: 13, changes: [aStanding(environment)] })

    expect(isolate.isRevoked(aMemory({ issuedAt: NOON - 1 }))).toBe(true)
    expect(isolate.isCurrent(aMemory({ environmentRevision: 4 }))).toBe(false)
  })

  it('outlives a ledger that starts over', () => {
    const { isolate, learn } = anIsolate()
    learn({ seq: 11, changes: [aStanding({ subject: 'environment:env_1', issuedBefore: NOON })] })

    learn({ epoch: 'second', reset: true })

    expect(isolate.isRevoked(aMemory({ issuedAt: NOON - 1 }))).toBe(true)
  })
})

describe('the revocation of a key by its id', () => {
  it('covers every secret of the key, known or not', () => {
    const { isolate, learn } = anIsolate()

    learn({ seq: 11, changes: [aStanding({ subject: 'id:key_1', revokedAt: NOON, keyId: 'key_1' })] })

    expect(isolate.isRevoked(aMemory({ subject: 'key:any' }))).toBe(true)
    expect(isolate.isRevoked(aMemory({ keyId: 'key_2' }))).toBe(false)
  })
})
