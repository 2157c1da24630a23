// How a key is found by its name or prefix: case-blind, from the start of any word.

export const MAX_SEARCH_LENGTH = 64
const MAX_WORDS = 16
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu

/**
 * The texts a key of this name is found under: the name from the start of each of its words on.
 * `Billing prod EU` is found by `bill`, `prod`, `prod e` and `eu`. The first 16 words count.
 */
export function extractSearchTerms(name: string): string[] {
  const folded = foldText(name)
  const starts = [...folded.matchAll(WORD)].map(({ index }) => index).slice(0, MAX_WORDS)
  return [...new Set([0, ...starts].map((start) => cut(folded.slice(start))))]
}

/** The half-open range of terms that begin with what was typed. */
export function termRangeOf(typed: string): { from: string; before: string } {
  const from = cut(foldText(typed))
  return { from, before: `${from}${LAST_CODE_POINT}` }
}

/**
 * One form for both sides of the comparison; prefixes of secrets go through it too. Lower-casing writes a final sigma
 * differently and can undo the normal form, so both are settled again after it.
 */
export const foldText = (text: string) =>
  text.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ').normalize('NFKC').trim()

/** What is kept and what is looked for have the same length at most, counted after folding. */
const cut = (folded: string) => [...folded].slice(0, MAX_SEARCH_LENGTH).join('')

const LAST_CODE_POINT = '\u{10FFFF}'
