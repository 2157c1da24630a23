// Lists that are edited as a whole. Rows are added and removed by the script at once, and without it by sending the form.
import type { Child } from 'hono/jsx'
import type { Problem } from '../../core/problem.ts'
import type { Form, FormValues } from '../form.ts'
import { toFieldId } from './field.tsx'
import { Faults, labelOf } from './form.tsx'
import { Icon } from './icon.tsx'

/** The first button of a form is pressed by Enter in a field, so it must not be one that removes a row. */
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

/** `what` tells a screen reader which row the button removes. */
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

/**
 * The form with a row more or a row less, as the pressed button asks; null when the form is to be saved. The page gives rows new
 * ids, counted from 0, each time it shows them.
 */
export function changeRows(form: Form, createRow: (id: string) => FormValues): Form | null {
  const intent = form.text('intent')
  const rows = form.all('row')
  if (intent === 'add') return form.with({ ...createRow(ADDED), row: [...rows, ADDED] })
  if (!intent.startsWith(REMOVE)) return null
  return form.with({ row: rows.filter((id) => id !== intent.slice(REMOVE.length)) })
}

const REMOVE = 'remove:'
const ADDED = 'added'

type RowFaultsProps = { problem: Problem | null; list: string; noun: string }

/** The same as <Faults>, with rows counted from 1. */
export const RowFaults = ({ list, noun, ...props }: RowFaultsProps) => (
  <Faults
    {...props}
    explain={({ path, message }) => ({
      anchor: toAnchor(path, list),
      label: toLabel(path, list, noun),
      message: countFromOne(message, list, noun),
    })}
  />
)

const splitPath = (path: string, list: string) => new RegExp(`^${list}\\.(\\d+)(?:\\.([a-zA-Z]+))?`).exec(path)

/** The field in the row; the top of the page for a fault of a whole row or of the list. */
function toAnchor(path: string, list: string): string {
  const parts = splitPath(path, list)
  return parts?.[2] ? toFieldId(`${list}.${parts[1]}.${parts[2]}`) : 'content'
}

function toLabel(path: string, list: string, noun: string): string {
  const parts = splitPath(path, list)
  if (!parts) return `${noun}s`
  return parts[2] ? labelOf(`${list}.${parts[1]}.${parts[2]}`) : `${noun} ${Number(parts[1]) + 1}`
}

const countFromOne = (message: string, list: string, noun: string) =>
  message.replace(new RegExp(`${list}\\.(\\d+)`, 'g'), (_whole, index) => `${noun} ${Number(index) + 1}`)
