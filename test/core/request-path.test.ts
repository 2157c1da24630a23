import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_PATH_LENGTH, readRequestPath } from '../../src/core/request-path.ts'

const segmentsOf = (path: string) => {
  const read = readRequestPath(path)
  return 'segments' in read ? read.segments : read.fault
}

describe('readRequestPath', () => {
  it.each([
    ['/api/items/42', ['api', 'items', '42']],
    ['/api/items/42/', ['api', 'items', '42']],
    ['/', []],
    ['/%61pi/ite%6ds', ['api', 'items']],
    ['/api/Z%C3%BCrich', ['api', 'Zürich']],
    ['/api/a%20b', ['api', 'a b']],
    ['/api/a+b', ['api', 'a+b']],
    ['/api/100%25', ['api', '100%']],
    ['/api/...', ['api', '...']],
  ])('reads %s as what a server would', (path, segments) => {
    expect(segmentsOf(path)).toEqual(segments)
  })

  it.each([
    ['api/items', 'slash'],
    ['', 'slash'],
    ['//api', 'empty'],
    ['/api//items', 'empty'],
    ['/api/items//', 'empty'],
    ['/api/../admin', 'dot'],
    ['/api/./items', 'dot'],
    ['/api/%2e%2e/admin', 'dot'],
    ['/api/.%2E/admin', 'dot'],
    ['/api/a%2fb', 'slash'],
    ['/api/a%2Fb', 'slash'],
    ['/api/..%2fadmin', 'slash'],
    ['/api/a\\b', 'backslash'],
    ['/api/a%5cb', 'backslash'],
    ['/api/..;/admin', 'semicolon'],
    ['/api/items;v=1', 'semicolon'],
    ['/api/items%3bv=1', 'semicolon'],
    ['/api/a%00', 'control'],
    ['/api/a\u0000', 'UTF-8'],
    ['/api/a b', 'UTF-8'],
    ['/api/Zürich', 'UTF-8'],
    ['/api/a%0d%0aX:%20y', 'control'],
    ['/api/a%7f', 'control'],
    ['/api/%252e%252e/admin', 'twice'],
    ['/api/a%252fb', 'twice'],
    ['/api/%', 'UTF-8'],
    ['/api/%zz', 'UTF-8'],
    ['/api/%c0%ae', 'UTF-8'],
    ['/api/%ff', 'UTF-8'],
    [`/api/${'a'.repeat(MAX_PATH_LENGTH)}`, 'at most'],
  ])('refuses %s, which servers read in different ways', (path, word) => {
    expect(readRequestPath(path)).toEqual({ fault: expect.stringContaining(word) })
  })

  it('gives back what was encoded into a path, whatever it was', () => {
    const plain = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => {
      const isHarmless = !/[/\\;\p{Cc}]|%[0-9a-f]{2}/iu.test(text) && text.isWellFormed()
      return isHarmless && text !== '.' && text !== '..'
    })
    fc.assert(
      fc.property(fc.array(plain, { maxLength: 5 }), (segments) => {
        const path = `/${segments.map(encodeURIComponent).join('/')}`

        expect(segmentsOf(path)).toEqual(segments)
      }),
    )
  })

  it('reads no text as a path that leads elsewhere once it is resolved as a URL', () => {
    const nasty = fc.array(fc.constantFrom('/', '.', '..', '%2e', '%2f', '%5c', '\\', ';', 'a', '%', '25', '\t', ' '), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(nasty, (parts) => {
        const path = `/${parts.join('')}`
        const read = readRequestPath(path)
        if ('fault' in read) return

        const resolved = new URL(path, 'http://host')
        expect(resolved.host).toBe('host')
        expect(readRequestPath(resolved.pathname)).toEqual(read)
      }),
      { numRuns: 2000 },
    )
  })
})
