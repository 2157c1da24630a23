// Moments on the wire: RFC 3339 in UTC with milliseconds. Everywhere else they are integer milliseconds.

export const toTimestamp = (at: number): string => new Date(at).toISOString()
export const toNullableTimestamp = (at: number | null): string | null => (at === null ? null : toTimestamp(at))

/** The first and last moment that RFC 3339 can write: the years 0000 to 9999. */
export const EARLIEST_TIMESTAMP_MS = -62_167_219_200_000
export const LATEST_TIMESTAMP_MS = 253_402_300_799_999
