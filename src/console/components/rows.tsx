// Lists that are edited as a whole: rows that come and go, by script at once and without it by sending the form.
import type { Child } from 'hono/jsx'
import type { Problem } from '../../core/problem.ts'
import { fieldId } from './field.tsx'
import { Icon } from './icon.tsx'

/** What Enter in a field sends: the first button of a form, which must not be one that removes a row. */
export const DefaultSubmit = () => (
  <button type="submit" name="intent" value="save" hidden>
    Save
  </button>
)

export const AddRow = ({ template, children }: { template: string; children?: Child }) => (
  <button class="button" type="submit" name="intent" value="add" formnovalidate data-add-row={template}>
    <Icon name="plus" />
    <span>{children}</span>
  </button>
)

/** `what` tells this row from the others for those who do not see where the button stands. */
export const RemoveRow = ({ id, what }: { id: string; what: string }) => (
  <button
    class="button is-small row-remove"
    type="submit"
    name="intent"
    value={`${REMOVE}${id}`}
    aria-label={`Remove ${what}`}
    formnovalidate
    data-remove-row
  >
    Remove
  </button>
)

/** What the button that sent a form of rows asks for. */
export function intentOf(text: string): { save: true } | { save: false; add: boolean; remove: string | undefined } {
  if (text === 'add') return { save: false, add: true, remove: undefined }
  if (text.startsWith(REMOVE)) return { save: false, add: false, remove: text.slice(REMOVE.length) }
  return { save: true }
}

const REMOVE = 'remove:'

/** Above a list that was refused: what was wrong, counting rows as people do, with a way to each field. */
export const RowFaults = ({ problem, list, noun }: { problem: Problem | null; list: string; noun: string }) =>
  problem !== null && (
    <div class="notification is-danger is-light" role="alert" data-focus tabindex={-1}>
      <p>{problem.faults.length > 0 ? 'Nothing was saved. Mend this first:' : problem.message}</p>
      <ul class="faults">
        {problem.faults.map(({ path, message }) => (
          <li>
            <a href={`#${anchorOf(path, list)}`}>{placeOf(path, list, noun)}</a>: {countedFromOne(message, list, noun)}
          </li>
        ))}
      </ul>
    </div>
  )

const partsOf = (path: string, list: string) => new RegExp(`^${list}\\.(\\d+)(?:\\.([a-zA-Z]+))?`).exec(path)

/** The field of the row; of a fault with the whole row or list, the first there is. */
function anchorOf(path: string, list: string): string {
  const parts = partsOf(path, list)
  return parts?.[2] ? fieldId(`${list}.${parts[1]}.${parts[2]}`) : 'content'
}

function placeOf(path: string, list: string, noun: string): string {
  const parts = partsOf(path, list)
  if (!parts) return path
  return `${noun} ${Number(parts[1]) + 1}${parts[2] ? `, ${WORDS[parts[2]] ?? parts[2]}` : ''}`
}

const countedFromOne = (message: string, list: string, noun: string) =>
  message.replace(new RegExp(`${list}\\.(\\d+)`, 'g'), (_whole, index) => `${noun} ${Number(index) + 1}`)

const WORDS: Record<string, string> = { timeoutMs: 'time limit' }
