// When a key is to expire, as people choose it: never, after so many days, or at the end of a day.
import { invalidField, type Problem } from '../../core/problem.ts'
import { toTimestamp } from '../../http/timestamps.ts'
import { faultAt } from '../components/field.tsx'
import type { Form } from '../form.ts'

/**
 * What was chosen, as the API takes it; undefined for leaving it as it is.
 * @throws {Problem} invalid_request for a day that is none
 */
export function chosenExpiry(form: Form, now: number): string | null | undefined {
  const choice = form.text('expiry')
  if (choice === 'keep') return undefined
  if (choice === 'never') return null
  if (choice === 'date') return endOfDay(form.text('expiresOn'))
  const days = PRESETS.find(({ value }) => value === choice)?.days
  if (days === undefined) throw invalidField('expiresAt', 'choose one')
  return toTimestamp(now + days * DAY_MS)
}

/** The first moment of the day after, so that the whole of the day is inside. */
function endOfDay(day: string): string {
  const start = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(start)) throw invalidField('expiresOn', 'must be a day such as 2027-01-31')
  return toTimestamp(start + DAY_MS)
}

type ExpiryProps = { form: Form; problem: Problem | null; now: number; current?: number | null }

/** `current` is given for a key that is there already: then it can be left as it is. */
export const ExpiryField = ({ form, problem, now, current }: ExpiryProps) => {
  const chosen = form.text('expiry')
  const fault = faultAt(problem, 'expiresAt') ?? faultAt(problem, 'expiresOn')
  return (
    <fieldset class="field" id="field-expiresAt">
      <legend class="label">Expires</legend>
      <div class="chips" id="field-expiresOn">
        {current !== undefined && (
          <Chip
            value="keep"
            text={`As it is (${current === null ? 'never' : dayOf(current)})`}
            chosen={chosen}
            until=""
          />
        )}
        <Chip value="never" text="Never" chosen={chosen} until="until it is revoked" />
        {PRESETS.map(({ value, days, text }) => (
          <Chip value={value} text={text} chosen={chosen} until={`until ${dayOf(now + days * DAY_MS)}`} />
        ))}
        <Chip value="date" text="On a day" chosen={chosen} until="" />
      </div>
      <div class="expiry-day">
        <label for="field-day">Day</label>
        <input
          class="input"
          id="field-day"
          type="date"
          name="expiresOn"
          value={form.text('expiresOn')}
          min={dayOf(now)}
          aria-describedby="expiry-hint"
        />
        <span class="help" id="expiry-hint">
          works to the end of that day, UTC
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

const dayOf = (at: number) => toTimestamp(at).slice(0, 10)

const DAY_MS = 86_400_000
const PRESETS = [
  { value: '7', days: 7, text: '7 days' },
  { value: '30', days: 30, text: '30 days' },
  { value: '90', days: 90, text: '90 days' },
  { value: '365', days: 365, text: '1 year' },
] as const
