// Above a form that was refused because somebody else has saved what it edits: each field that differs from what is saved now.
import { labelOf } from './components/form.tsx'
import { Name } from './components/text.tsx'
import type { Form } from './form.ts'

type Props = {
  sent: Form
  saved: Form
  message: string
  /** Where the form can be opened again, as it is saved. */
  again: string
}

export const SavedMeanwhile = ({ sent, saved, message, again }: Props) => {
  const differences = listDifferences(sent, saved)
  return (
    <section aria-label="What is saved now">
      <div class="notification is-danger is-light" role="alert" data-focus tabindex={-1}>
        <p>
          {message} What you entered is still below.{' '}
          <a href={again} target="_blank" rel="noopener">
            Open the saved version in a new tab
          </a>{' '}
          to bring your changes over.
        </p>
      </div>
      {differences.length > 0 && (
        <div class="table-frame">
          <table class="table is-fullwidth changes stacks">
            <thead>
              <tr>
                <th scope="col">Field</th>
                <th scope="col">In this form</th>
                <th scope="col">Saved now</th>
              </tr>
            </thead>
            <tbody>
              {differences.map(({ name, entered, stored }) => (
                <tr>
                  <th scope="row" data-label="Field">
                    {labelOf(name)}
                  </th>
                  <td data-label="In this form">
                    <Value text={entered} />
                  </td>
                  <td data-label="Saved now">
                    <Value text={stored} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

const Value = ({ text }: { text: string }) =>
  text === '' ? (
    <span class="is-quiet">–</span>
  ) : (
    <span class="breakable">
      <Name>{text}</Name>
    </span>
  )

type Difference = { name: string; entered: string; stored: string }

function listDifferences(sent: Form, saved: Form): Difference[] {
  const entered = toTexts(sent)
  const stored = toTexts(saved)
  return [...new Set([...stored.keys(), ...entered.keys()])]
    .map((name) => ({ name, entered: entered.get(name) ?? '', stored: stored.get(name) ?? '' }))
    .filter((field) => field.entered !== field.stored)
}

/** The text of each field, under the name that it has where rows are counted from 0. */
function toTexts(form: Form): Map<string, string> {
  const rows = form.all('row')
  const texts = form
    .names()
    .filter((name) => !NOT_SHOWN.has(name))
    .map((name): [string, string] => [countRow(name, rows), form.all(name).join(', ').replaceAll('\r\n', '\n')])
  return new Map(texts)
}

const countRow = (name: string, rows: string[]) => {
  const [list, id = '', ...field] = name.split('.')
  const index = rows.indexOf(id)
  return index < 0 ? name : [list, index, ...field].join('.')
}

/** Those that are not about what is stored: when a key expires is in `expiresAt`. */
const NOT_SHOWN = new Set(['ifMatch', 'intent', 'row', 'expiry', 'expiresOn'])
