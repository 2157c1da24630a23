// When a key expires: never, after a number of days, or at the end of a chosen day.
import { invalidField } from '../../core/problem.ts'
import { LATEST_TIMESTAMP_MS, toTimestamp } from '../../http/timestamps.ts'
import { findFault } from '../components/field.tsx'
import type { Form } from '../form.ts'
import type { ShownForm } from '../form-page.tsx'
import { DAY_FAULT, parseDay } from '../moments.ts'

/**
 * The choice in the form of the API's bodies: null for never, undefined to keep what is stored.
 * @throws {Problem} invalid_request when nothing was chosen, or no day that exists
 */
export function readExpiry(form: Form, now: number): string | null | undefined {
  const choice = form.text('expiry')
  if (choice === 'keep') return undefined
  if (choice === 'never') return null
  if (choice === 'date') return toEndOfDay(form.text('expiresOn'))
  const days = PRESETS.find(({ value }) => value === choice)?.days
  if (days === undefined) throw invalidField('expiresAt', 'choose when the key expires')
  return toTimestamp(now + days * DAY_MS)
}

/** The first moment of the next day, so that the key works all of the chosen day. After the last day there is no next. */
function toEndOfDay(day: string): string {
  const start = parseDay(day)
  if (start === null) throw invalidField('expiresOn', DAY_FAULT)
  return toTimestamp(Math.min(start + DAY_MS, LATEST_TIMESTAMP_MS))
}

type ExpiryProps = ShownForm & { now: number; current?: number | null }

/** `current` is when an existing key expires: then there is a choice to keep that, and the form tells what it was. */
export const ExpiryField = ({ form, problem, now, current }: ExpiryProps) => {
  const chosen = form.text('expiry')
  const fault = findFault(problem, 'expiresAt') ?? findFault(problem, 'expiresOn')
  return (
    <fieldset class="field" id="field-expiresAt">
      <legend class="label">Expires</legend>
      {current !== undefined && <input type="hidden" name="expiresAt" value={form.text('expiresAt')} />}
      <div class="chips" id="field-expiresOn">
        {current !== undefined && (
          <Chip
            value="keep"
            text={`Keep (${current === null ? 'never' : formatDay(current)})`}
            chosen={chosen}
            until=""
          />
        )}
        <Chip value="never" text="Never" chosen={chosen} until="until it is revoked" />
        {PRESETS.map(({ value, days, text }) => (
          <Chip value={value} text={text} chosen={chosen} until={`until ${formatDay(now + days * DAY_MS)}`} />
        ))}
        <Chip value="date" text="On a date" chosen={chosen} until="" />
      </div>
      <div class="expiry-day">
        <label for="field-day">Day</label>
        <input
          class="input"
          id="field-day"
          type="date"
          name="expiresOn"
          value={form.text('expiresOn')}
          min={formatDay(now)}
          aria-describedby="expiry-hint"
        />
        <span class="help" id="expiry-hint">
          The key works until the end of this day, UTC.
        </span>
      </div>
      {fault !== null && <p class="help is-danger">{fault}</p>}
    </fieldset>
  )
}

type ChipProps = { value: string; text: string; chosen: string; until: string }

const Chip = ({ value, text, chosen, until }: ChipProps) => (
  <label class="chip">
    <input type="radio" name="expiry" value={value} checked={value === chosen} data-until={until} />
    <span>{text}</span>
  </label>
)

const formatDay = (at: number) => toTimestamp(at).slice(0, 10)

const DAY_MS = 86_400_000
const PRESETS = [
  { value: '7', days: 7, text: '7 days' },
  { value: '30', days: 30, text: '30 days' },
  { value: '90', days: 90, text: '90 days' },
  { value: '365', days: 365, text: '1 year' },
] as const
