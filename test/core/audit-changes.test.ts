import { describe, expect, it } from 'vitest'
import { changesOf } from '../../src/core/audit-changes.ts'

describe('changesOf', () => {
  it('names what was there before and what is there now', () => {
    const changes = changesOf({ before: { name: 'old', expiresAt: null }, after: { name: 'new', expiresAt: 7 } })

    expect(changes).toEqual([
      { where: ['name'], from: 'old', to: 'new' },
      { where: ['expiresAt'], from: null, to: 7 },
    ])
  })

  it('tells everything of what was made, and of what went', () => {
    expect(changesOf({ before: null, after: { name: 'x' } })).toEqual([{ where: ['name'], from: undefined, to: 'x' }])
    expect(changesOf({ before: { name: 'x' }, after: null })).toEqual([{ where: ['name'], from: 'x', to: undefined }])
    expect(changesOf({ before: null, after: null })).toEqual([])
  })

  it('goes into objects as far as they have both sides', () => {
    const changes = changesOf({
      before: { bounds: { maxStalenessMs: 5000, onUnknown: 'deny' } },
      after: { bounds: { maxStalenessMs: 5000, onUnknown: { graceSeconds: 60 } } },
    })

    expect(changes).toEqual([{ where: ['bounds', 'onUnknown'], from: 'deny', to: { graceSeconds: 60 } }])
  })

  it('pairs routes by what they take, not by their order', () => {
    const route = (path: string, timeoutMs: number) => ({ methods: ['GET', 'PUT'], path, timeoutMs })
    const changes = changesOf({
      before: { routes: [route('/api/a', 1), route('/api/b', 1), route('/api/c', 1)] },
      after: { routes: [route('/api/c', 2), route('/api/b', 1), route('/api/d', 1)] },
    })

    expect(changes).toEqual([
      { where: ['routes', 'GET, PUT /api/a'], from: route('/api/a', 1), to: undefined },
      { where: ['routes', 'GET, PUT /api/c', 'timeoutMs'], from: 1, to: 2 },
      { where: ['routes', 'GET, PUT /api/d'], from: undefined, to: route('/api/d', 1) },
    ])
  })

  it('compares lists of plain values as a whole', () => {
    expect(changesOf({ before: { scopes: ['read'] }, after: { scopes: ['read', 'write'] } })).toEqual([
      { where: ['scopes'], from: ['read'], to: ['read', 'write'] },
    ])
  })

  it('is not led astray by members with the names of what objects inherit', () => {
    const before = JSON.parse('{"__proto__":{"a":1},"constructor":"x"}')

    expect(changesOf({ before, after: {} }).map(({ where }) => where)).toEqual([['__proto__'], ['constructor']])
  })
})
