// Whether there is anything to see of a text that people chose.

/** If not, nobody can point at it or type it. */
export const isVisible = (text: string): boolean => VISIBLE.test(text)

/**
 * A letter, number, punctuation mark or symbol that leaves a mark. Those that Unicode lets programs ignore are blank (the
 * Hangul fillers U+115F, U+1160, U+3164, U+FFA0), and so are the empty Braille cell and the musical null note head.
 */
const VISIBLE = /[[\p{L}\p{N}\p{P}\p{S}]--[\p{Default_Ignorable_Code_Point}\u2800\u{1D159}]]/v
