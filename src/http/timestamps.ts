// Moments on the wire: RFC 3339 in UTC with milliseconds. Everywhere else they are integer milliseconds.

export const toTimestamp = (at: number): string => new Date(at).toISOString()
export const toNullableTimestamp = (at: number | null): string | null => (at === null ? null : toTimestamp(at))

/**
 * The moment that an RFC 3339 date and time means, in milliseconds since the Unix epoch; finer digits are cut off. Null for
 * any other text, for a day that its month does not have, for a leap second, which this count cannot tell from the second
 * after it, and for what is outside the years 0000 to 9999 in UTC.
 */
export function parseTimestamp(text: string): number | null {
  const parts = RFC_3339.exec(text)
  if (parts === null) return null
  const [, date = '', time = '', fraction = '', sign, hours, minutes] = parts
  const local = Date.parse(`${date}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}Z`)
  // Date.parse reads 31 February as 3 March.
  if (Number.isNaN(local) || toTimestamp(local).slice(0, date.length) !== date) return null
  const offset = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000)
  const at = local - offset
  return at >= EARLIEST_TIMESTAMP_MS && at <= LATEST_TIMESTAMP_MS ? at : null
}

/** The first and last moment that RFC 3339 can write: the years 0000 to 9999. */
const EARLIEST_TIMESTAMP_MS = -62_167_219_200_000
export const LATEST_TIMESTAMP_MS = 253_402_300_799_999

/** RFC 3339 §5.6; `t` and `z` may be lower-case. */
const RFC_3339 =
  /^(\d{4}-\d\d-\d\d)[Tt]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d+))?(?:[Zz]|([+-])((?:[01]\d|2[0-3])):([0-5]\d))$/
