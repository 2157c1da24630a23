// Days and moments as the fields of a browser send them. They are read by the reader of the API's moments: by itself `Date`
// takes 31 February for 3 March.
import { timestampInput } from '../http/fields.ts'

/** A moment of `<input type="datetime-local">`, which has no time zone: here it is UTC. Null when there is no such moment. */
export const parseMoment = (text: string): number | null => {
  const minutes = MOMENT.exec(text)
  return minutes === null ? null : parse(`${minutes[1]}${minutes[2] ?? ':00'}Z`)
}

/** The beginning of a day of `<input type="date">`, in UTC. Null when there is no such day. */
export const parseDay = (text: string): number | null => (DAY.test(text) ? parse(`${text}T00:00:00Z`) : null)

const parse = (text: string): number | null => timestampInput.safeParse(text).data ?? null

/** Browsers leave out seconds that are 0. */
const MOMENT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d(?:\.\d{1,3})?)?$/
const DAY = /^\d{4}-\d\d-\d\d$/

export const MOMENT_FAULT = 'must be a date and time that exists, such as 2026-11-21T12:00'
export const DAY_FAULT = 'must be a day that exists, such as 2027-01-31'
