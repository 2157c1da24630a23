import { describe, expect, it } from 'vitest'
import { DEFAULT_BOUNDS, MAX_GRACE_SECONDS, MAX_STALENESS_MS } from '../../src/core/environment.ts'

describe('the bounds of an environment', () => {
  it('deny what cannot be known, unless someone chose otherwise', () => {
    expect(DEFAULT_BOUNDS.onUnknown).toBe('deny')
  })

  it('let an answer be five seconds old by default', () => {
    expect(DEFAULT_BOUNDS.maxStalenessMs).toBe(5000)
  })

  it('never let an answer be older than a minute', () => {
    expect(MAX_STALENESS_MS).toBe(60_000)
  })

  it('never let a grace last longer than a quarter of an hour', () => {
    expect(MAX_GRACE_SECONDS).toBe(15 * 60)
  })
})
