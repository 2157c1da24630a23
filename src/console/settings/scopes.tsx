// The section of the scope catalogue: rows that are added, removed and saved as a whole.
import { etagOf } from '../../core/etag.ts'
import type { Problem } from '../../core/problem.ts'
import { CheckField, TextField } from '../components/field.tsx'
import { IfMatch } from '../components/form.tsx'
import { AddRow, changeRows, DefaultSubmit, RemoveRow, RowFaults } from '../components/rows.tsx'
import { type Form, type FormValues, keepUnchanged } from '../form.ts'
import type { EditableSection } from './sections.tsx'

export const SCOPES: EditableSection = {
  id: 'scopes',
  title: 'Scopes',
  right: 'environments.write',
  blank: ({ scopes }) => {
    const fields = scopes.map(({ name, description, required, aliases = [] }, index) =>
      rowToFields(String(index), { name, description: description ?? '', required, aliases: aliases.join(' ') }),
    )
    const row = scopes.map((_scope, index) => String(index))
    return Object.assign({ row, ifMatch: etagOf({ scopes }) }, ...fields)
  },
  redraw: (form) => changeRows(form, (id) => rowToFields(id, BLANK_ROW)),
  read: (form, { scopes }) => ({
    scopes: readRows(form).map(({ description, aliases, ...row }) => {
      const stored = scopes.find(({ name }) => name === row.name)?.description ?? null
      return {
        ...row,
        description: keepUnchanged(description, stored) || null,
        aliases: aliases.split(/\s+/).filter(Boolean),
      }
    }),
  }),
  saved: 'Scopes saved.',
  Content: ({ base, form, problem }) => (
    <form method="post" action={`${base}/scopes`} class="row-form">
      <DefaultSubmit />
      <IfMatch form={form} />
      <RowFaults problem={problem} list="scopes" noun="Scope" />
      <p class="help">
        The scopes that keys of this environment can have. Every key has the required ones. You cannot remove a scope
        that a live key or a route still uses, or make a scope required while a live key does not have it. Aliases are
        for SDKs that request access tokens with scope names of their own.
      </p>
      <div data-rows-of="scope-row">
        {readRows(form).map((row, index) => (
          <ScopeFields id={String(index)} row={row} problem={problem} />
        ))}
      </div>
      <template id="scope-row">
        <ScopeFields id="__row__" row={BLANK_ROW} problem={null} />
      </template>
      <div class="form-buttons">
        <button class="button is-primary" type="submit" name="intent" value="save">
          Save scopes
        </button>
        <AddRow template="scope-row">Add a scope</AddRow>
      </div>
    </form>
  ),
}

type ScopeRow = { name: string; description: string; required: boolean; aliases: string }

const BLANK_ROW: ScopeRow = { name: '', description: '', required: false, aliases: '' }

const rowToFields = (id: string, { name, description, required, aliases }: ScopeRow): FormValues => ({
  [`scopes.${id}.name`]: name,
  [`scopes.${id}.description`]: description,
  [`scopes.${id}.required`]: required ? ['on'] : [],
  [`scopes.${id}.aliases`]: aliases,
})

const readRows = (form: Form): ScopeRow[] =>
  form.all('row').map((id) => ({
    name: form.text(`scopes.${id}.name`),
    description: form.text(`scopes.${id}.description`),
    required: form.has(`scopes.${id}.required`),
    aliases: form.text(`scopes.${id}.aliases`),
  }))

type ScopeFieldsProps = { id: string; row: ScopeRow; problem: Problem | null }

const ScopeFields = ({ id, row, problem }: ScopeFieldsProps) => (
  <fieldset class="row-block scope-row" data-row>
    <legend class="sr-only">{row.name === '' ? 'New scope' : row.name}</legend>
    <input type="hidden" name="row" value={id} />
    <TextField
      label="Scope"
      name={`scopes.${id}.name`}
      value={row.name}
      problem={problem}
      maxlength={64}
      placeholder="read"
    />
    <TextField
      label="Description"
      name={`scopes.${id}.description`}
      value={row.description}
      problem={problem}
      maxlength={200}
      optional
    />
    <TextField
      label="Aliases"
      name={`scopes.${id}.aliases`}
      value={row.aliases}
      problem={problem}
      placeholder="vendor-api/read"
      optional
    />
    <CheckField name={`scopes.${id}.required`} checked={row.required} label="Required" />
    <RemoveRow id={id} what={row.name === '' ? 'the new scope' : `the scope ${row.name}`} />
  </fieldset>
)
