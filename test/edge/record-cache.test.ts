import { describe, expect, it } from 'vitest'
import { bytesOf, RecordCache } from '../../src/edge/record-cache.ts'
import { aCachedRecord } from '../support/factory.ts'

describe('RecordCache', () => {
  it('finds a record by its id, and all records of a key', () => {
    const cache = new RecordCache()
    const [first, second] = [aCachedRecord({ id: 'first' }), aCachedRecord({ id: 'second' })]

    for (const record of [first, second, aCachedRecord({ id: 'other', keyId: 'key_2' })]) cache.keep(record)

    expect(cache.get('first')).toBe(first)
    expect(cache.findByKey('key_1')).toEqual([first, second])
    expect([cache.get('key_1'), cache.findByKey('first')]).toEqual([undefined, []])
  })

  it('holds no more than its bound, and forgets what was asked about longest ago', () => {
    const cache = new RecordCache({ maxSize: 2000 })
    for (const name of ['a', 'b']) cache.keep(aCachedRecord({ id: name, keyId: `key_${name}` }))
    cache.get('a')

    cache.keep(aCachedRecord({ id: 'c', keyId: 'key_c' }))

    expect(['a', 'b', 'c'].filter((id) => cache.get(id))).toEqual(['a', 'c'])
    expect(cache.findByKey('key_b')).toEqual([])
    expect(cache.size).toBe(2)
  })

  it('stays within its bound however many secrets come', () => {
    const cache = new RecordCache({ maxSize: 10_000 })

    for (let count = 0; count < 1000; count += 1) cache.keep(aCachedRecord({ id: `h${count}`, keyId: `key_${count}` }))

    expect(cache.size).toBe(10)
    expect(cache.findByKey('key_989')).toEqual([])
    expect(cache.findByKey('key_990')).toMatchObject([{ id: 'h990' }])
  })

  it('stays within its bound of bytes, however few secrets that are', () => {
    const cache = new RecordCache({ maxSize: 2500 })

    for (const name of ['a', 'b', 'c']) cache.keep(aCachedRecord({ id: name, keyId: `key_${name}`, bytes: 1000 }))

    expect(['a', 'b', 'c'].filter((id) => cache.get(id))).toEqual(['b', 'c'])
    expect(cache.findByKey('key_a')).toEqual([])
  })

  it('takes a newer record for an older one', () => {
    const cache = new RecordCache()
    cache.keep(aCachedRecord({ revision: 1 }))

    cache.keep(aCachedRecord({ revision: 2 }))

    expect(cache.get('hash')).toMatchObject({ revision: 2 })
    expect(cache.findByKey('key_1')).toMatchObject([{ revision: 2 }])
  })

  it('never takes an older record for a newer one', () => {
    const cache = new RecordCache()
    cache.keep(aCachedRecord({ revision: 2 }))

    cache.keep(aCachedRecord({ revision: 1 }))

    expect(cache.get('hash')).toMatchObject({ revision: 2 })
  })

  it('never takes a live record for a revoked one', () => {
    const cache = new RecordCache()
    cache.keep(aCachedRecord({ revision: 1, revokedSince: 5 }))

    cache.keep(aCachedRecord({ revision: 9 }))

    expect(cache.get('hash')).toMatchObject({ revokedSince: 5 })
  })

  it('forgets all but what is revoked', () => {
    const cache = new RecordCache()
    cache.keep(aCachedRecord({ id: 'a', keyId: 'key_a' }))
    cache.keep(aCachedRecord({ id: 'b', keyId: 'key_b', revokedSince: 5 }))

    cache.forgetLive()

    expect(['a', 'b'].map((id) => cache.get(id)?.id)).toEqual([undefined, 'b'])
    expect(['key_a', 'key_b'].map((keyId) => cache.findByKey(keyId).length)).toEqual([0, 1])
  })

  it('forgets one secret of a key and keeps the other', () => {
    const cache = new RecordCache()
    for (const id of ['first', 'second']) cache.keep(aCachedRecord({ id }))

    cache.forget('first')

    expect(cache.findByKey('key_1').map(({ id }) => id)).toEqual(['second'])
    expect([cache.get('first'), cache.size]).toEqual([undefined, 1])
  })
})

describe('bytesOf', () => {
  it('grows with what a record holds, and is never nothing', () => {
    expect(bytesOf({})).toBeGreaterThan(100)
    expect(bytesOf({ metadata: 'x'.repeat(4096) }) - bytesOf({ metadata: '' })).toBe(4096)
  })
})
