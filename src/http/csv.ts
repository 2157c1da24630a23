// CSV (RFC 4180) that is safe to open in a spreadsheet.

/** One record with its line end. A cell that a spreadsheet would run as a formula gets an apostrophe in front. */
export const formatCsvRecord = (cells: readonly string[]): string => `${cells.map(formatCell).join(',')}\r\n`

function formatCell(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text
  return NEEDS_QUOTES.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** The characters that begin a formula, full-width ones included, also after characters that a spreadsheet trims. */
const FORMULA = /^[\s\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u
const NEEDS_QUOTES = /[",\r\n]/
