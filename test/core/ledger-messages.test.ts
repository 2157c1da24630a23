import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  environmentSubjectOf,
  keySubjectOf,
  managementSubjectOf,
  readRecordAnswer,
  readSyncAnswer,
  type Standing,
  secretSubjectOf,
} from '../../src/core/ledger-messages.ts'

const STANDING: Standing = {
  subject: 'key:key_1',
  seq: 7,
  revision: 3,
  revokedAt: null,
  keyId: 'key_1',
  issuedBefore: null,
  revokedBelow: null,
  tokensEndedUntil: null,
  hasUnknownSecrets: false,
}
const ANSWER = { epoch: 'e', seq: 7, reset: false, changes: [STANDING], standings: [STANDING], now: 1_795_262_400_000 }

describe('readSyncAnswer', () => {
  it('reads what this version says as it is', () => {
    expect(readSyncAnswer(ANSWER)).toStrictEqual(ANSWER)
  })

  it('leaves out the fields of a later version', () => {
    const later = { ...STANDING, limit: 10 }

    expect(readSyncAnswer({ ...ANSWER, changes: [later], standings: [later], hint: {} })).toStrictEqual(ANSWER)
  })

  it('takes the fields that an earlier version did not have for unsaid', () => {
    const { subject, seq, revision } = STANDING
    const earlier = { epoch: 'e', seq: 7, changes: [{ subject, seq, revision }], standings: [] }

    expect(readSyncAnswer(earlier)).toStrictEqual({
      epoch: 'e',
      seq: 7,
      reset: false,
      changes: [{ ...STANDING, keyId: null }],
      standings: [],
      now: null,
    })
  })

  it('reads a revocation, whatever else is said of the subject', () => {
    const revoked = { ...STANDING, subject: 'anything:at:all', revokedAt: 0 }

    expect(readSyncAnswer({ ...ANSWER, changes: [revoked] })?.changes).toStrictEqual([revoked])
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['text', 'e'],
    ['a number', 7],
    ['a list', [ANSWER]],
    ['a function', () => ANSWER],
    ['no epoch', { ...ANSWER, epoch: undefined }],
    ['an epoch that is no text', { ...ANSWER, epoch: 1 }],
    ['no number', { ...ANSWER, seq: undefined }],
    ['a negative number', { ...ANSWER, seq: -1 }],
    ['half a number', { ...ANSWER, seq: 0.5 }],
    ['no finite number', { ...ANSWER, seq: Number.NaN }],
    ['a big integer', { ...ANSWER, seq: 7n }],
    ['a reset that is neither yes nor no', { ...ANSWER, reset: null }],
    ['no changes', { ...ANSWER, changes: undefined }],
    ['changes that are no list', { ...ANSWER, changes: {} }],
    ['no standings', { ...ANSWER, standings: null }],
    ['a change that is none', { ...ANSWER, changes: [STANDING, null] }],
    ['a change of no subject', { ...ANSWER, changes: [{ ...STANDING, subject: undefined }] }],
    ['a change without its place', { ...ANSWER, changes: [{ ...STANDING, seq: undefined }] }],
    ['a change without a revision', { ...ANSWER, changes: [{ ...STANDING, revision: '3' }] }],
    ['a revocation at no moment', { ...ANSWER, changes: [{ ...STANDING, revokedAt: 'noon' }] }],
    ['a revocation at half a moment', { ...ANSWER, standings: [{ ...STANDING, revokedAt: 0.5 }] }],
    ['issues before no moment', { ...ANSWER, standings: [{ ...STANDING, issuedBefore: true }] }],
    ['a key that is no text', { ...ANSWER, standings: [{ ...STANDING, keyId: 1 }] }],
  ])('is no answer: %s', (_, value) => {
    expect(readSyncAnswer(value)).toBeNull()
  })

  it('never throws, and what it reads is whole', () => {
    const value = fc.oneof(
      fc.anything(),
      fc.record({ ...anyAnswer }),
      fc.record({ ...anyAnswer, changes: anyStandings }),
    )
    fc.assert(
      fc.property(value, (given) => {
        const answer = readSyncAnswer(given)
        fc.pre(answer !== null)
        expect(answer).toStrictEqual({ ...answer, epoch: expect.any(String), seq: expect.any(Number) })
        for (const standing of [...answer.changes, ...answer.standings]) {
          expect(Object.keys(standing).sort()).toEqual(Object.keys(STANDING).sort())
          expect(Object.values(standing)).not.toContain(undefined)
        }
      }),
      { maxSkipsPerRun: 100_000 },
    )
  })

  it('never reads a revocation as none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.integer()), (revokedAt) => {
        fc.pre(revokedAt !== null && revokedAt !== undefined)
        const answer = readSyncAnswer({ ...ANSWER, changes: [{ ...STANDING, revokedAt }] })
        expect(answer?.changes[0]?.revokedAt ?? 'refused').not.toBeNull()
      }),
    )
  })
})

describe('readRecordAnswer', () => {
  const recorded = { committedAt: 5, revoked: true, widerUntil: 0, revision: 2 }

  it('reads an acknowledgement, also from a later version', () => {
    expect(readRecordAnswer({ ...recorded, later: 1 })).toStrictEqual({ ...recorded, revokedBelow: 0 })
  })

  it.each(Object.keys(recorded))('takes an answer without %s for none', (field) => {
    expect(readRecordAnswer({ ...recorded, [field]: undefined })).toBeNull()
  })

  it('takes whatever else for none', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(readRecordAnswer(value)).toBeNull()
      }),
    )
  })
})

describe('a subject', () => {
  it('says of what kind it is, so that no two kinds are ever mistaken for each other', () => {
    const subjects = [keySubjectOf('x'), environmentSubjectOf('x'), secretSubjectOf('x'), managementSubjectOf('x')]

    expect(subjects).toEqual(['key:x', 'environment:x', 'secret:x', 'management:x'])
  })
})

const anyStandings = fc.array(
  fc.record(
    {
      subject: fc.oneof(fc.string(), fc.anything()),
      seq: fc.oneof(fc.nat(), fc.anything()),
      revision: fc.oneof(fc.nat(), fc.anything()),
      revokedAt: fc.oneof(fc.nat(), fc.constant(null), fc.anything()),
      keyId: fc.oneof(fc.string(), fc.constant(null)),
      issuedBefore: fc.oneof(fc.integer(), fc.constant(null)),
      more: fc.anything(),
    },
    { requiredKeys: ['subject', 'seq'] },
  ),
  { maxLength: 3 },
)
const anyAnswer = {
  epoch: fc.oneof(fc.string(), fc.anything()),
  seq: fc.oneof(fc.nat(), fc.anything()),
  reset: fc.oneof(fc.boolean(), fc.constant(undefined)),
  changes: fc.oneof(fc.constant([]), fc.anything()),
  standings: fc.oneof(fc.constant([]), anyStandings),
}
