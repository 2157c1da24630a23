import { describe, expect, it } from 'vitest'
import { createReceipt } from '../../src/core/receipt.ts'

describe('createReceipt', () => {
  it('is effective when the last lease that may not have heard of the commit has ended', () => {
    const commit = { committedAt: 1000, boundMs: 5000, widerUntil: 0 }

    expect(createReceipt(commit, { pending: false })).toEqual({
      committedAt: 1000,
      effectiveBy: 6000,
      recorded: 'recorded',
    })
  })

  it('waits for leases that may still follow a wider bound of before', () => {
    const commit = { committedAt: 1000, boundMs: 0, widerUntil: 60_500 }

    expect(createReceipt(commit, { pending: false }).effectiveBy).toBe(60_500)
  })

  it('says so while something is pending', () => {
    const commit = { committedAt: 1000, boundMs: 0, widerUntil: 0 }

    expect(createReceipt(commit, { pending: true }).recorded).toBe('pending')
  })
})
