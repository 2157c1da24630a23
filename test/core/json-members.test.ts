import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMembers, writeMembers } from '../../src/core/json-members.ts'

describe('readMembers', () => {
  it.each<[string, [name: string, value: string][]]>([
    ['{}', []],
    [' { } ', []],
    ['{"a":1}', [['a', '1']]],
    [
      '{ "a" : 1.50 , "b" : [1, {"c": "}"}] }',
      [
        ['a', '1.50'],
        ['b', '[1, {"c": "}"}]'],
      ],
    ],
    [
      '{"a":"x,\\"y\\":{","b":null}',
      [
        ['a', '"x,\\"y\\":{"'],
        ['b', 'null'],
      ],
    ],
    [
      '{"a":"\\\\","b":{}}',
      [
        ['a', '"\\\\"'],
        ['b', '{}'],
      ],
    ],
    [
      '{"\\u0061":1,"a":2}',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    [
      '{"a:b":1,"":2,"__proto__":3}',
      [
        ['a:b', '1'],
        ['', '2'],
        ['__proto__', '3'],
      ],
    ],
    [
      '{"n":1e400,"m":9007199254740993}',
      [
        ['n', '1e400'],
        ['m', '9007199254740993'],
      ],
    ],
  ])('of %s are what is written there', (text, members) => {
    expect(readMembers(text)?.map(({ name, value }) => [name, value])).toEqual(members)
  })

  it.each([
    '',
    '[]',
    '[{"a":1}]',
    'null',
    '"{}"',
    '1',
    '{"a":1',
    '{"a":1}{}',
    '{a:1}',
    "{'a':1}",
    '{"a":1,}',
    '\ufeff{}',
  ])('are none of %j, which is no JSON object', (text) => {
    expect(readMembers(text)).toBeNull()
  })

  it('are those that JSON.parse finds, whatever the object holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 2, '\t'), (object, space) => {
        const members = readMembers(JSON.stringify(object, null, space)) ?? []

        expect(Object.fromEntries(members.map(({ name, value }) => [name, JSON.parse(value)]))).toEqual(
          JSON.parse(JSON.stringify({ ...object })),
        )
      }),
    )
  })

  it('take time in proportion to the text, however it nests', () => {
    const deep = `{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`

    expect(readMembers(deep)).toHaveLength(1)
  })
})

describe('writeMembers', () => {
  it('leaves the text of every member as it was', () => {
    const members = readMembers('{ "a" : 1.50, "b":"\\u00e9" ,"c": [ 1e400 ] }') ?? []

    expect(writeMembers(members.filter(({ name }) => name !== 'b'))).toBe('{"a" : 1.50,"c": [ 1e400 ]}')
    expect(writeMembers([])).toBe('{}')
  })
})
