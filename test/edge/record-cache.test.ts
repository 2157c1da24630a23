import { describe, expect, it } from 'vitest'
import { bytesOf, KeyCache } from '../../src/edge/record-cache.ts'
import { aMemory } from '../support/factory.ts'

describe('KeyCache', () => {
  it('finds a secret by its hash and by its subject', () => {
    const cache = new KeyCache()
    const memory = aMemory({ subject: 'key:a', hash: 'h' })

    cache.keep(memory)

    expect(cache.get('h')).toBe(memory)
    expect(cache.findBySubject('key:a')).toBe(memory)
    expect([cache.get('other'), cache.findBySubject('h')]).toEqual([undefined, undefined])
  })

  it('holds no more than its bound, and forgets what was asked about longest ago', () => {
    const cache = new KeyCache({ max: 2 })
    for (const name of ['a', 'b']) cache.keep(aMemory({ subject: `key:${name}`, hash: name }))
    cache.get('a')

    cache.keep(aMemory({ subject: 'key:c', hash: 'c' }))

    expect(['a', 'b', 'c'].filter((hash) => cache.get(hash))).toEqual(['a', 'c'])
    expect(cache.findBySubject('key:b')).toBeUndefined()
    expect(cache.size).toBe(2)
  })

  it('stays within its bound however many secrets come', () => {
    const cache = new KeyCache({ max: 10 })

    for (let count = 0; count < 1000; count += 1) cache.keep(aMemory({ subject: `key:${count}`, hash: `h${count}` }))

    expect(cache.size).toBe(10)
    expect(cache.findBySubject('key:989')).toBeUndefined()
    expect(cache.findBySubject('key:990')).toMatchObject({ hash: 'h990' })
  })

  it('stays within its bound of bytes, however few secrets that are', () => {
    const cache = new KeyCache({ maxSize: 2500 })

    for (const name of ['a', 'b', 'c']) cache.keep(aMemory({ subject: `key:${name}`, hash: name, bytes: 1000 }))

    expect(['a', 'b', 'c'].filter((hash) => cache.get(hash))).toEqual(['b', 'c'])
    expect(cache.findBySubject('key:a')).toBeUndefined()
  })

  it('takes a newer record for an older one', () => {
    const cache = new KeyCache()
    cache.keep(aMemory({ revision: 1 }))

    cache.keep(aMemory({ revision: 2 }))

    expect(cache.get('hash')).toMatchObject({ revision: 2 })
    expect(cache.findBySubject('key:prefix')).toMatchObject({ revision: 2 })
  })

  it('never takes an older record for a newer one', () => {
    const cache = new KeyCache()
    cache.keep(aMemory({ revision: 2 }))

    cache.keep(aMemory({ revision: 1 }))

    expect(cache.get('hash')).toMatchObject({ revision: 2 })
  })

  it('never takes a living record for a dead one', () => {
    const cache = new KeyCache()
    cache.keep(aMemory({ revision: 1, revokedSince: 5 }))

    cache.keep(aMemory({ revision: 9 }))

    expect(cache.get('hash')).toMatchObject({ deadSince: 5 })
  })

  it('forgets the living that are chosen, and no dead', () => {
    const cache = new KeyCache()
    cache.keep(aMemory({ subject: 'key:a', hash: 'a', shard: 0 }))
    cache.keep(aMemory({ subject: 'key:b', hash: 'b', shard: 1 }))
    cache.keep(aMemory({ subject: 'key:c', hash: 'c', shard: 0, revokedSince: 5 }))

    cache.forgetLiving(({ shard }) => shard === 0)

    expect(['a', 'b', 'c'].map((hash) => cache.get(hash)?.hash)).toEqual([undefined, 'b', 'c'])
    expect(['key:a', 'key:b', 'key:c'].map((subject) => cache.findBySubject(subject)?.hash)).toEqual([
      undefined,
      'b',
      'c',
    ])
  })

  it('forgets a secret under every name it has', () => {
    const cache = new KeyCache()
    cache.keep(aMemory())

    cache.forget('hash')

    expect([cache.get('hash'), cache.findBySubject('key:prefix'), cache.size]).toEqual([undefined, undefined, 0])
  })
})

describe('bytesOf', () => {
  it('grows with what a record holds, and is never nothing', () => {
    expect(bytesOf({})).toBeGreaterThan(100)
    expect(bytesOf({ metadata: 'x'.repeat(4096) }) - bytesOf({ metadata: '' })).toBe(4096)
  })
})
