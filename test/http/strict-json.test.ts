import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isProblem } from '../../src/core/problem.ts'
import { findJsonFaults, parseJson } from '../../src/http/strict-json.ts'

const pathsIn = (text: string) => findJsonFaults(text).map(({ path }) => path)

function refusalOf(text: string): unknown {
  try {
    parseJson(text)
  } catch (error) {
    return error
  }
  return null
}

describe('parseJson', () => {
  it.each(['{}', 'null', '[]', '"x"', ' {"a": [1, {"b": "\\u00e9"}]} ', '{"__proto__":1}', '{"":0}'])(
    'reads %s',
    (text) => {
      expect(JSON.stringify(parseJson(text))).toBe(JSON.stringify(JSON.parse(text)))
    },
  )

  it.each([
    '',
    '{',
    '{"a":1,}',
    '[1,]',
    '// x\n{}',
    '{a:1}',
    "{'a':1}",
    '{"a":01}',
    '{"a":.5}',
    '{"a":+1}',
    '\ufeff{}',
    'NaN',
  ])('refuses %j, which is not JSON', (text) => {
    expect(isProblem(refusalOf(text), 'invalid_request')).toBe(true)
  })

  it('reads every value that JSON.stringify writes, as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value)
        fc.pre(!/(?<![.\de])\d{16,}(?![.\de])/.test(text))

        expect(parseJson(text)).toEqual(JSON.parse(text))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a member that is given twice', () => {
  it.each([
    ['{"a":1,"a":2}', ['a']],
    ['{"a":1,"a":1}', ['a']],
    ['{"a":1,"\\u0061":2}', ['a']],
    ['{"a":{"b":1,"c":2,"b":3}}', ['a.b']],
    ['[{"a":1},{"a":1,"a":2}]', ['1.a']],
    ['{"a":1,"b":{"a":1},"a":[]}', ['a']],
    ['{"__proto__":1,"__proto__":2}', ['__proto__']],
    ['{"constructor":1,"constructor":2}', ['constructor']],
    ['{"":1,"":2}', ['']],
    ['{"a":1,"a":2,"a":3}', ['a', 'a']],
  ])('%s is named by its path', (text, paths) => {
    expect(pathsIn(text)).toEqual(paths)
  })

  it.each([
    '{"a":1,"A":2}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"a"}',
    '{"a":"{\\"b\\":1,\\"b\\":2}"}',
  ])('is not seen in %s', (text) => {
    expect(findJsonFaults(text)).toEqual([])
  })
})

describe('a number', () => {
  it.each([
    '0',
    '-0',
    '0.0',
    '1',
    '1.0',
    '1.50',
    '0.1',
    '100',
    '1e2',
    '1E+2',
    '1.5e-3',
    '12e-1',
    '0e99999',
    '0.30000000000000004',
    '9007199254740991',
    '-9007199254740991',
    '1e21',
    '6.02214076e23',
    '1.7976931348623157e308',
    '5e-324',
    '123456789.125',
    '0.000001',
    '100000000000000000000e-20',
    '9007199254740991.0',
  ])('%s survives', (text) => {
    expect(findJsonFaults(`{"n":${text}}`)).toEqual([])
  })

  it.each([
    '9007199254740992',
    '9007199254740993',
    '-9007199254740993',
    '1546130668394913822',
    '12345678901234567890',
    '100000000000000000000',
    '9007199254740993.0',
    '9007199254740993e0',
    '90071992547409.93e2',
    '1e400',
    '-1e400',
    '1e-400',
    '1e999999999999999999999',
    '0.1234567890123456789',
    '0.30000000000000001',
    '2.4703282292062327e-324',
  ])('%s does not, and is named by its path', (text) => {
    expect(pathsIn(`{"a":[{"n":${text}}]}`)).toEqual(['a.0.n'])
  })

  it('survives in the form in which JSON.stringify writes it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = JSON.stringify(value)
        fc.pre(!/^-?\d{16,}$/.test(text))

        expect(findJsonFaults(text)).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })
})

describe('nesting', () => {
  it.each([
    ['arrays', `${'['.repeat(64)}${']'.repeat(64)}`],
    ['objects', `${'{"a":'.repeat(64)}1${'}'.repeat(64)}`],
  ])('of 64 %s is read', (_, text) => {
    expect(findJsonFaults(text)).toEqual([])
  })

  it.each([
    ['65 arrays', `${'['.repeat(65)}${']'.repeat(65)}`, '0'],
    ['65 objects', `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, 'a'],
    ['30,000 arrays', `{"x":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, 'x'],
  ])('of %s is refused at the member that holds it, and never overflows', (_, text, path) => {
    expect(pathsIn(text)).toEqual([path])
  })
})

describe('a text in which nothing can be at fault', () => {
  const QUICK = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('1', '-0', '123456789012345', '9007199254740993', '1.5', '1e400', 'true', 'null', '0.1'),
      fc.constantFrom('"a"', '":"', '": "', '"\\""', '"{"', '"a,b"', '"12345678901234567"', '""'),
      fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(' , ')}]`),
      fc
        .array(
          fc.tuple(
            fc.constantFrom('"a"', '"b"', '":k"', '" :"', '"\\u0061"', '"["'),
            fc.constantFrom(':', ' : ', '\n:'),
            tie('value'),
          ),
          {
            maxLength: 3,
          },
        )
        .map((members) => `{${members.map((member) => member.join('')).join(',')}}`),
    ),
  })).value

  it('is told by a quick look exactly as by a visit of it all', () => {
    fc.assert(
      fc.property(QUICK, (text) => {
        // An escape makes the quick look give up, so this one is visited, and says the same otherwise.
        const [faults, visited] = [pathsIn(text), pathsIn(`[${text},"\\n"]`)]

        expect(faults.map((path) => (path === '' ? '0' : `0.${path}`))).toEqual(visited)
      }),
      { numRuns: 3000 },
    )
  })

  it('does not nest deeper than what is visited may', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

    expect(findJsonFaults(nested(64))).toEqual([])
    expect(findJsonFaults(nested(65))).toHaveLength(1)
  })
})
