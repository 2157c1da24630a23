import { describe, expect, it } from 'vitest'
import { ROOT } from '../../src/core/actor.ts'
import { createAuditEvent } from '../../src/core/audit.ts'
import { dateEvent, type Projection, parseProjections, serializeProjection } from '../../src/core/projection.ts'

const EVENT = createAuditEvent(
  { id: 'evt_1', at: 5 },
  { actor: ROOT, requestId: 'r', address: null },
  { action: 'key.revoked', keyId: 'key_1', before: { revokedAt: null }, after: { revokedReason: 'compromised' } },
)
const PROJECTIONS: Projection[] = [
  { kind: 'key', keyId: 'key_1', reason: 'compromised', boundMs: 5000, event: EVENT },
  { kind: 'management_key', managementKeyId: 'mk_1', event: EVENT },
  {
    kind: 'environment',
    environmentId: 'env_1',
    reason: 'no_longer_used',
    deleted: true,
    issuedBefore: 7,
    event: EVENT,
  },
]

describe('a projection', () => {
  it.each(PROJECTIONS)('of kind $kind is read as it was written', (projection) => {
    expect(parseProjections(`[${serializeProjection(projection)}]`)).toStrictEqual([projection])
  })

  it('of an entry that has none is none', () => {
    expect(parseProjections(null)).toEqual([])
  })

  it.each(['{"kind":"credential"}', '{"kind":"unknown"}', '{}', '{"kind":1}'])(
    'that a later version wrote is left out, and those beside it are not: %s',
    (text) => {
      const known = PROJECTIONS.map(serializeProjection)

      expect(parseProjections(`[${[text, ...known, text].join()}]`)).toStrictEqual(PROJECTIONS)
    },
  )
})

describe('dateEvent', () => {
  it('dates the event, and what it says came after, by the moment of the commit', () => {
    expect(dateEvent(EVENT, 42)).toStrictEqual({
      ...EVENT,
      at: 42,
      after: { revokedReason: 'compromised', revokedAt: 42 },
    })
  })

  it('says when, even of an event that said nothing of after', () => {
    expect(dateEvent({ ...EVENT, after: null }, 42).after).toStrictEqual({ revokedAt: 42 })
  })
})
