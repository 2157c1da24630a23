// The scope catalogue as rows of a form.
import type { Problem } from '../../core/problem.ts'
import type { ScopeCatalogue } from '../../core/scope.ts'
import { CheckField, TextField } from '../components/field.tsx'
import { RemoveRow } from '../components/rows.tsx'
import type { Form } from '../form.ts'

export type ScopeRow = { name: string; description: string; required: boolean }

export const scopeRowsOf = (catalogue: ScopeCatalogue): ScopeRow[] =>
  catalogue.map(({ name, description, required }) => ({ name, description: description ?? '', required }))

/** The rows that were sent, in their order, without the one that was asked to go. */
export const scopeRowsIn = (form: Form, { without }: { without?: string } = {}): ScopeRow[] =>
  form
    .all('row')
    .filter((id) => id !== without)
    .map((id) => ({
      name: form.text(`scopes.${id}.name`),
      description: form.text(`scopes.${id}.description`),
      required: form.has(`scopes.${id}.required`),
    }))

/** What the rows say, for the schema that the API has too. */
export const catalogueOf = (rows: readonly ScopeRow[]) =>
  rows.map(({ name, description, required }) => ({ name, required, description: description || null }))

type RowProps = { id: string; row: ScopeRow; problem: Problem | null }

export const ScopeRowFields = ({ id, row, problem }: RowProps) => (
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
    <CheckField name={`scopes.${id}.required`} checked={row.required} label="Required" />
    <RemoveRow id={id} what={row.name === '' ? 'the new scope' : `the scope ${row.name}`} />
  </fieldset>
)
