// CSV as RFC 4180 has it, for people who open it in a spreadsheet.

/** One record with its line end. What a spreadsheet would take for a formula is made text by an apostrophe before it. */
export const formatCsvRecord = (cells: readonly string[]): string => `${cells.map(formatCell).join(',')}\r\n`

function formatCell(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text
  return NEEDS_QUOTES.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** The signs a formula can begin with, their full-width twins too, also behind what a spreadsheet trims away. */
const FORMULA = /^[\s\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u
const NEEDS_QUOTES = /[",\r\n]/
