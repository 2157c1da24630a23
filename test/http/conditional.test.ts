import { describe, expect, it } from 'vitest'
import { isProblem } from '../../src/core/problem.ts'
import { isMatch, isNamed, readConditions } from '../../src/http/conditional.ts'

const conditionsOf = (name: string, value: string) => readConditions(new Headers({ [name]: value }))

describe('If-Match', () => {
  it.each([
    ['"a"', '"a"'],
    ['"b", "a"', '"a"'],
    ['"b","a"', '"a"'],
    [' , "b" ,, "a" ,', '"a"'],
    ['W/"a", "a"', '"a"'],
    ['*', '"a"'],
    [' * ', '"a"'],
    ['"a,b"', '"a,b"'],
    ['""', '""'],
  ])('%s matches %s', (value, tag) => {
    expect(isMatch(conditionsOf('If-Match', value), tag)).toBe(true)
  })

  it.each([
    ['"b"', '"a"'],
    ['W/"a"', '"a"'],
    ['"A"', '"a"'],
    ['"a,b"', '"a"'],
    ['*', null],
    ['"a"', null],
  ])('%s does not match %s', (value, tag) => {
    expect(isMatch(conditionsOf('If-Match', value), tag)).toBe(false)
  })

  it.each(['a', '"a', 'a"', '"a" "b"', "'a'", '"a" x', '*, "a"', '', ',', 'w/"a"', '"a b"'])(
    'is refused as %j',
    (value) => {
      let refusal: unknown
      try {
        conditionsOf('If-Match', value)
      } catch (error) {
        refusal = error
      }

      expect(isProblem(refusal, 'invalid_request')).toBe(true)
    },
  )

  it('matches everything when it is not sent', () => {
    expect(isMatch(readConditions(new Headers()), null)).toBe(true)
  })
})

describe('If-None-Match', () => {
  it.each([
    ['"a"', '"a"', true],
    ['W/"a"', '"a"', true],
    ['"b", W/"a"', '"a"', true],
    ['*', '"a"', true],
    ['"b"', '"a"', false],
    ['*', null, false],
    ['"a"', null, false],
  ])('%s names %s: %s', (value, tag, named) => {
    expect(isNamed(conditionsOf('If-None-Match', value), tag)).toBe(named)
  })

  it('names nothing when it is not sent', () => {
    expect(isNamed(readConditions(new Headers()), '"a"')).toBe(false)
  })
})
