import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { extractSearchTerms, foldText, MAX_SEARCH_LENGTH, termRangeOf } from '../../src/core/search-terms.ts'

/** The order of SQLite's BINARY collation: by the bytes of UTF-8. */
const isBefore = (left: string, right: string) => Buffer.compare(Buffer.from(left), Buffer.from(right)) < 0

/** Whether what was typed finds a key of this name, as the store asks: `term >= from AND term < before`. */
function finds(typed: string, name: string): boolean {
  const { from, before } = termRangeOf(typed)
  return extractSearchTerms(name).some((term) => !isBefore(term, from) && isBefore(term, before))
}

const letters = fc.string({ unit: fc.constantFrom(...'abzABZ019éÖжЖ東'), minLength: 1, maxLength: 8 })
const gap = fc.constantFrom(' ', '-', '_', '/', '.', ' - ', ' (', ': ')
const words = fc.array(fc.tuple(letters, gap), { minLength: 1, maxLength: 10 })

describe('extractSearchTerms', () => {
  it('are the name from the start of each of its words on, in one case', () => {
    expect(extractSearchTerms('Billing prod EU')).toEqual(['billing prod eu', 'prod eu', 'eu'])
  })

  it.each([
    { name: 'Billing', terms: ['billing'] },
    { name: '  Billing  ', terms: ['billing'] },
    { name: '-- billing', terms: ['-- billing', 'billing'] },
    { name: '***', terms: ['***'] },
    { name: 'ci/cd_key', terms: ['ci/cd_key', 'cd_key', 'key'] },
    { name: 'v2.10', terms: ['v2.10', '10'] },
    { name: '🔑 key', terms: ['🔑 key', 'key'] },
    { name: 'ＢＩＬＬ', terms: ['bill'] },
  ])('of $name are $terms', ({ name, terms }) => {
    expect(extractSearchTerms(name)).toEqual(terms)
  })

  it('count the first sixteen words and no more', () => {
    const name = Array.from({ length: 100 }, (_, index) => `w${index}`).join(' ')

    expect(extractSearchTerms(name)).toHaveLength(16)
    expect(finds('w15', name)).toBe(true)
    expect(finds('w16', name)).toBe(false)
  })

  it('are short and few, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100, size: 'max' }), (name) => {
        const terms = extractSearchTerms(name)

        expect(terms.length).toBeLessThanOrEqual(17)
        expect(new Set(terms).size).toBe(terms.length)
        expect(terms.every((term) => [...term].length <= MAX_SEARCH_LENGTH)).toBe(true)
      }),
    )
  })

  it('never cut a character in two', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '🔑', '𝒳', ' '), { maxLength: 100, size: 'max' }), (signs) => {
        expect(extractSearchTerms(signs.join('')).every((term) => term.isWellFormed())).toBe(true)
      }),
    )
  })
})

describe('termRangeOf', () => {
  it.each([
    { typed: 'bill', name: 'Billing prod EU' },
    { typed: 'BILL', name: 'billing prod eu' },
    { typed: 'prod e', name: 'Billing prod EU' },
    { typed: ' eu ', name: 'Billing prod EU' },
    { typed: 'Billing prod EU', name: 'Billing prod EU' },
    { typed: 'é', name: 'key E\u0301te\u0301' },
    { typed: 'x'.repeat(64), name: 'x'.repeat(100) },
    { typed: '東', name: 'key 東京' },
    { typed: '🔑', name: '🔑 key' },
    { typed: 'z', name: 'z\u{10FFFD}' },
    { typed: '4FK9', name: '4fK9aZ2q' },
  ])('finds $name by $typed', ({ typed, name }) => {
    expect(finds(typed, name)).toBe(true)
  })

  it.each([
    { typed: 'rod', name: 'Billing prod EU' },
    { typed: 'eu prod', name: 'Billing prod EU' },
    { typed: 'billing  prod', name: 'Billing prod EU' },
    { typed: 'prod eu x', name: 'Billing prod EU' },
    { typed: '%', name: 'Billing' },
    { typed: '_', name: 'Billing' },
    { typed: 'bill*', name: 'Billing' },
    { typed: 'a', name: 'b' },
    { typed: 'b', name: 'a' },
  ])('does not find $name by $typed', ({ typed, name }) => {
    expect(finds(typed, name)).toBe(false)
  })

  it.each(['ΟΔΟΣ', 'Οδοσ', 'οδοσ'])('finds ΟΔΟΣΑ by %s, though a sigma at the end has a form of its own', (typed) => {
    expect(finds(typed, 'ΟΔΟΣΑ')).toBe(true)
  })

  it.each(['½', 'ﬁ', '㎏'])('finds a name by 64 characters of it, though %s unfolds to several', (sign) => {
    const name = sign.repeat(MAX_SEARCH_LENGTH)

    expect(finds(name, name)).toBe(true)
  })

  it('finds a name by the start of any of its words, in any case', () => {
    fc.assert(
      fc.property(words, fc.nat(), fc.integer({ min: 1, max: 64 }), fc.boolean(), (parts, nth, length, loud) => {
        const name = parts.flat().join('')
        const tail = parts
          .slice(nth % parts.length)
          .flat()
          .join('')
          .slice(0, length)

        expect(finds(loud ? tail.toUpperCase() : tail.toLowerCase(), name)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('finds only names that have a term beginning with what was typed', () => {
    fc.assert(
      fc.property(words, letters, (parts, typed) => {
        const name = parts.flat().join('')
        const begins = extractSearchTerms(name).some((term) => term.startsWith(foldText(typed)))

        expect(finds(typed, name)).toBe(begins)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('foldText', () => {
  it.each([
    { text: 'ABC', folded: 'abc' },
    { text: '  abc\t', folded: 'abc' },
    { text: 'E\u0301', folded: '\u00e9' },
    { text: 'ﬁ', folded: 'fi' },
    { text: 'ẞß', folded: 'ssss' },
    { text: 'Iİıi', folded: 'iiii' },
    { text: 'Σςσ', folded: 'σσσ' },
    { text: 'a\u00ad\u200bb', folded: 'ab' },
    { text: '4fK9aZ2q', folded: '4fk9az2q' },
    { text: '', folded: '' },
  ])('makes $folded of $text', ({ text, folded }) => {
    expect(foldText(text)).toBe(folded)
  })

  it('makes the same of every character in upper case, in lower case, composed and decomposed', () => {
    const folds = new Map<string, string>()
    for (let point = 0; point < 0x110000; point += 1) {
      if (point >= 0xd800 && point < 0xe000) continue
      const text = `x${String.fromCodePoint(point)}y`
      const folded = foldText(text)
      const spellings = [text.toUpperCase(), text.toLowerCase(), text.normalize('NFD'), text.normalize('NFKD'), folded]
      for (const spelling of spellings) if (foldText(spelling) !== folded) folds.set(text, spelling)
    }

    expect([...folds]).toEqual([])
  })

  it('changes nothing that it has folded', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('J\u030C')), (text) => {
        expect(foldText(foldText(text))).toBe(foldText(text))
      }),
    )
  })
})
