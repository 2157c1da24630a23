import { describe, expect, it } from 'vitest'
import { receiptFor } from '../../src/core/receipt.ts'

describe('receiptFor', () => {
  it('says that a change is effective the moment it is committed', () => {
    expect(receiptFor(1000, { pending: false })).toEqual({ committedAt: 1000, effectiveBy: 1000, recorded: 'recorded' })
  })

  it('keeps the same dates while a store has yet to take the change', () => {
    expect(receiptFor(1000, { pending: true })).toEqual({ committedAt: 1000, effectiveBy: 1000, recorded: 'pending' })
  })
})
