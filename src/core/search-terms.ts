// Finding a key by its name or prefix: by the beginning of any word, ignoring case.

export const MAX_SEARCH_LENGTH = 64
const MAX_WORDS = 16
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu

/**
 * The search terms of a name: the text from the start of each of its words on.
 * `Billing prod EU` is found by `bill`, `prod`, `prod e` and `eu`. Only the first 16 words count.
 */
export function extractSearchTerms(name: string): string[] {
  const folded = foldText(name)
  const starts = [...folded.matchAll(WORD)].map(({ index }) => index).slice(0, MAX_WORDS)
  return [...new Set([0, ...starts].map((start) => cut(folded.slice(start))))]
}

/** The half-open range of terms that begin with the typed text. */
export function termRangeOf(typed: string): { from: string; before: string } {
  const from = cut(foldText(typed))
  return { from, before: `${from}${LAST_CODE_POINT}` }
}

/**
 * The form in which stored terms, prefixes of secrets and typed text are compared. Lower-casing writes a final sigma
 * differently and can undo the normalization, so both are corrected afterwards.
 */
export const foldText = (text: string) =>
  text.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ').normalize('NFKC').trim()

/** Cuts stored terms and typed text to the same length, counted after folding: a longer search would find nothing. */
const cut = (folded: string) => [...folded].slice(0, MAX_SEARCH_LENGTH).join('')

const LAST_CODE_POINT = '\u{10FFFF}'
