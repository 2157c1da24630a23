import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ApiKey, isExpired, MAX_OVERLAP_SECONDS, type Secret } from '../../src/core/api-key.ts'
import { planRotation } from '../../src/core/rotation.ts'

const NOW = 100_000
const NEWEST: Secret = { prefix: 'newest00', createdAt: 20, expiresAt: null }
const OLDER: Secret = { prefix: 'older000', createdAt: 10, expiresAt: NOW + 50_000 }

const aKey = (given: Partial<ApiKey> = {}): ApiKey => ({
  id: 'key_1',
  environmentId: 'env_1',
  projectId: 'proj_1',
  name: 'billing',
  prefix: NEWEST.prefix,
  scopes: [],
  enabled: true,
  ownerId: null,
  metadata: {},
  createdAt: 10,
  createdBy: 'root',
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
  revokedReason: null,
  revokedEffectiveBy: null,
  tokensFromRevision: null,
  tokensEndedUntil: null,
  revision: 1,
  secrets: [NEWEST],
  ...given,
})

/** The plan of a rotation that must be possible. */
function possiblePlan(key: ApiKey, overlapSeconds: number, now = NOW) {
  const plan = planRotation(key, overlapSeconds, now)
  if (!plan.possible) throw new Error(`the key is ${plan.status}`)
  return plan
}

const moment = fc.integer({ min: NOW - 60_000, max: NOW + 60_000 })
const end = fc.option(moment)
const secrets = fc
  .array(end, { minLength: 1, maxLength: 4 })
  .map((ends) => ends.map((expiresAt, index): Secret => ({ prefix: `secret0${index}`, createdAt: 10, expiresAt })))
const activeKey = fc
  .record({ expiresAt: fc.option(fc.integer({ min: NOW + 1, max: NOW + 60_000 })), secrets })
  .map((given) => aKey(given))
const overlap = fc.oneof(fc.nat(100), fc.nat(MAX_OVERLAP_SECONDS))

/** No end is later than any end. */
const at = (expiresAt: number | null) => expiresAt ?? Number.POSITIVE_INFINITY

describe('planRotation', () => {
  it('keeps the secret before alive for the overlap', () => {
    expect(possiblePlan(aKey(), 60).previous).toEqual({ ...NEWEST, expiresAt: NOW + 60_000 })
  })

  it('ends the secret before at once when there is no overlap', () => {
    const { previous } = possiblePlan(aKey(), 0)

    expect(previous.expiresAt).toBe(NOW)
    expect(isExpired(previous, NOW)).toBe(true)
  })

  it.each([
    { keyEnds: NOW + 30_000, secretEnds: null, until: NOW + 30_000 },
    { keyEnds: null, secretEnds: NOW + 30_000, until: NOW + 30_000 },
    { keyEnds: NOW + 30_000, secretEnds: NOW + 10_000, until: NOW + 10_000 },
    { keyEnds: NOW + 10_000, secretEnds: NOW + 30_000, until: NOW + 10_000 },
    { keyEnds: NOW + 90_000, secretEnds: NOW + 90_000, until: NOW + 60_000 },
    { keyEnds: null, secretEnds: NOW - 1, until: NOW - 1 },
  ])('stops at the earliest end: key $keyEnds, secret $secretEnds, 60 s overlap', ({ keyEnds, secretEnds, until }) => {
    const key = aKey({ expiresAt: keyEnds, secrets: [{ ...NEWEST, expiresAt: secretEnds }] })

    expect(possiblePlan(key, 60).previous.expiresAt).toBe(until)
  })

  it.each([
    { key: aKey({ enabled: false }), status: 'disabled' },
    { key: aKey({ expiresAt: NOW }), status: 'expired' },
    { key: aKey({ revokedAt: NOW, revokedReason: 'compromised' }), status: 'revoked' },
    { key: aKey({ enabled: false, expiresAt: NOW, revokedAt: NOW }), status: 'revoked' },
  ])('never rotates a $status key', ({ key, status }) => {
    expect(planRotation(key, 60, NOW)).toEqual({ possible: false, status })
  })

  it('still rotates a key in the last millisecond of its life', () => {
    expect(possiblePlan(aKey({ expiresAt: NOW + 1 }), 60).previous.expiresAt).toBe(NOW + 1)
  })

  it('breaks loudly on a key without a secret', () => {
    expect(() => planRotation(aKey({ secrets: [] }), 60, NOW)).toThrow('key key_1 has no secret')
  })

  it('never lengthens a life', () => {
    fc.assert(
      fc.property(activeKey, overlap, (key, overlapSeconds) => {
        const { previous } = possiblePlan(key, overlapSeconds)
        const before = key.secrets.find(({ prefix }) => prefix === previous.prefix)

        expect(previous.expiresAt).toBeLessThanOrEqual(at(before?.expiresAt ?? null))
        expect(previous.expiresAt).toBeLessThanOrEqual(at(key.expiresAt))
        expect(previous.expiresAt).toBeLessThanOrEqual(NOW + overlapSeconds * 1000)
      }),
    )
  })

  it('never revives a secret that has ended', () => {
    fc.assert(
      fc.property(activeKey, overlap, (key, overlapSeconds) => {
        const [newest] = key.secrets
        fc.pre(newest !== undefined && isExpired(newest, NOW))

        expect(isExpired(possiblePlan(key, overlapSeconds).previous, NOW)).toBe(true)
      }),
    )
  })

  it('lets the newest secret go on and no other', () => {
    fc.assert(
      fc.property(activeKey, overlap, (key, overlapSeconds) => {
        expect(possiblePlan(key, overlapSeconds).previous.prefix).toBe(key.secrets[0]?.prefix)
      }),
    )
  })

  it('leaves the key as it was', () => {
    const key = aKey({ secrets: [NEWEST, OLDER] })
    const before = structuredClone(key)

    planRotation(key, 60, NOW)

    expect(key).toEqual(before)
  })
})
