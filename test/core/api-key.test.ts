import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  earlierOf,
  isExpired,
  MAX_METADATA_BYTES,
  MAX_OVERLAP_SECONDS,
  REVOCATION_REASONS,
  statusOf,
} from '../../src/core/api-key.ts'

const aLife = (given: { revokedAt?: number; expiresAt?: number; enabled?: boolean } = {}) => ({
  revokedAt: null,
  expiresAt: null,
  enabled: true,
  ...given,
})

const moment = fc.integer({ min: 0, max: 20 })
const end = fc.option(moment)
const life = fc.record({ revokedAt: end, expiresAt: end, enabled: fc.boolean() })

describe('isExpired', () => {
  it.each([
    { now: 999, expired: false, when: 'the millisecond before' },
    { now: 1000, expired: true, when: 'the very millisecond' },
    { now: 1001, expired: true, when: 'the millisecond after' },
  ])('is $expired on $when of the expiry', ({ now, expired }) => {
    expect(isExpired({ expiresAt: 1000 }, now)).toBe(expired)
  })

  it('is never true of a key without an end', () => {
    expect(isExpired({ expiresAt: null }, Number.MAX_SAFE_INTEGER)).toBe(false)
  })

  it('takes an expiry at the epoch for an end, not for none', () => {
    expect(isExpired({ expiresAt: 0 }, 0)).toBe(true)
  })

  it('stays true for good', () => {
    fc.assert(
      fc.property(end, moment, fc.nat(100), (expiresAt, now, later) => {
        fc.pre(isExpired({ expiresAt }, now))
        expect(isExpired({ expiresAt }, now + later)).toBe(true)
      }),
    )
  })
})

describe('statusOf', () => {
  it.each([
    { key: aLife(), status: 'active' },
    { key: aLife({ enabled: false }), status: 'disabled' },
    { key: aLife({ expiresAt: 1000 }), status: 'expired' },
    { key: aLife({ revokedAt: 1000 }), status: 'revoked' },
    { key: aLife({ enabled: false, expiresAt: 1000 }), status: 'expired' },
    { key: aLife({ enabled: false, revokedAt: 1000 }), status: 'revoked' },
    { key: aLife({ expiresAt: 1000, revokedAt: 1000 }), status: 'revoked' },
    { key: aLife({ enabled: false, expiresAt: 1000, revokedAt: 1000 }), status: 'revoked' },
  ])('names the most final of what is true: $status for $key', ({ key, status }) => {
    expect(statusOf(key, 1000)).toBe(status)
  })

  it('is active until the last millisecond before the expiry', () => {
    expect(statusOf(aLife({ expiresAt: 1000 }), 999)).toBe('active')
  })

  it('calls a key revoked even at the epoch', () => {
    expect(statusOf(aLife({ revokedAt: 0 }), 1000)).toBe('revoked')
  })

  it('calls a key revoked whatever the clock says', () => {
    fc.assert(
      fc.property(life, moment, fc.integer(), (key, revokedAt, now) => {
        expect(statusOf({ ...key, revokedAt }, now)).toBe('revoked')
      }),
    )
  })

  it('never becomes active by the passing of time', () => {
    fc.assert(
      fc.property(life, moment, fc.nat(100), (key, now, later) => {
        fc.pre(statusOf(key, now) !== 'active')
        expect(statusOf(key, now + later)).not.toBe('active')
      }),
    )
  })
})

describe('earlierOf', () => {
  it.each([
    { left: null, right: null, earlier: null },
    { left: 5, right: null, earlier: 5 },
    { left: null, right: 5, earlier: 5 },
    { left: 5, right: 7, earlier: 5 },
    { left: 7, right: 5, earlier: 5 },
    { left: 0, right: null, earlier: 0 },
    { left: 0, right: 5, earlier: 0 },
  ])('is $earlier of $left and $right', ({ left, right, earlier }) => {
    expect(earlierOf(left, right)).toBe(earlier)
  })

  it('ends a life exactly when either end does', () => {
    fc.assert(
      fc.property(end, end, moment, (left, right, now) => {
        const either = isExpired({ expiresAt: left }, now) || isExpired({ expiresAt: right }, now)

        expect(isExpired({ expiresAt: earlierOf(left, right) }, now)).toBe(either)
      }),
    )
  })
})

describe('the limits of a key', () => {
  it('let a rotation overlap for seven days', () => {
    expect(MAX_OVERLAP_SECONDS).toBe(7 * 24 * 60 * 60)
  })

  it('hold metadata to 4 KiB', () => {
    expect(MAX_METADATA_BYTES).toBe(4 * 1024)
  })

  it('name the reasons of a revocation as the contract does', () => {
    expect(REVOCATION_REASONS).toEqual(['unspecified', 'compromised', 'superseded', 'no_longer_used', 'owner_left'])
  })
})
