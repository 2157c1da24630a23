// Finding a key by its name or prefix: by the beginning of any word, ignoring case.

import { PREFIX_LENGTH } from './token.ts'

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

/**
 * What was typed, or the prefix in it when that is all there is of a token: `nsl_4fK9aZ2q` is how people have a token in
 * hand that they may not show.
 */
export function readSearch(typed: string, brand: string): string {
  const [, prefix] = new RegExp(`^\\s*${brand}s?_([0-9A-Za-z]{1,${PREFIX_LENGTH}})_?\\s*$`, 'i').exec(typed) ?? []
  return prefix ?? typed
}

/** Whether a whole token, or most of one, is in the text: one of any brand, or an access token. */
export const holdsToken = (text: string) => TOKEN.test(text)

/** The half-open range of terms that begin with the typed text. */
export function termRangeOf(typed: string): { from: string; before: string } {
  const from = cut(foldText(typed))
  return { from, before: `${from}${LAST_CODE_POINT}` }
}

/**
 * The form in which stored terms, prefixes of secrets and typed text are compared: Unicode's caseless matching of
 * compatible characters (D146), made of what JavaScript has. `STRASSE` finds `Straße`, `istanbul` finds `İstanbul`.
 */
export const foldText = (text: string) =>
  foldCase(text.normalize('NFKC').replace(INVISIBLE, '')).normalize('NFKC').trim()

/**
 * Case folding by way of upper case, in which `ß` is `SS` and `ı` is `I`; lower case first, because `ẞ` is upper case
 * already. Lower case writes a final sigma differently, and İ with a dot that i has anyway.
 */
const foldCase = (text: string) =>
  text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ').replaceAll('i\u0307', 'i')

/** Cuts stored terms and typed text to the same length, counted after folding: a longer search would find nothing. */
const cut = (folded: string) => [...folded].slice(0, MAX_SEARCH_LENGTH).join('')

/** Characters that are not seen and that nobody types, such as a soft hyphen. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu
const TOKEN = /[a-z0-9]_[0-9A-Za-z]{8}_[0-9A-Za-z]{20}|eyJ[\w-]{16,}\.[\w-]+/
const LAST_CODE_POINT = '\u{10FFFF}'
