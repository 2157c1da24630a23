import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { etagOf } from '../../src/core/etag.ts'

describe('etagOf', () => {
  it('is the same whatever the order of members, at every depth', () => {
    expect(etagOf({ a: 1, b: { c: [1, { d: 2, e: 3 }] } })).toBe(etagOf({ b: { c: [1, { e: 3, d: 2 }] }, a: 1 }))
  })

  it('tells a list from the same items in another order', () => {
    expect(etagOf([1, 2])).not.toBe(etagOf([2, 1]))
  })

  it('takes undefined members for absent ones, as JSON does, and nothing at all for null', () => {
    expect(etagOf({ a: 1, b: undefined })).toBe(etagOf({ a: 1 }))
    expect(etagOf(undefined)).toBe(etagOf(null))
  })

  it('survives being sent as JSON, and is 22 characters of base64url', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(etagOf(JSON.parse(JSON.stringify(value)))).toBe(etagOf(value))
        expect(etagOf(value)).toMatch(/^[\w-]{22}$/)
      }),
    )
  })
})
