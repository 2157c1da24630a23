// What the audit log can be narrowed by.
import type { ManagementKey } from '../../core/actor.ts'
import { AUDIT_ACTIONS } from '../../core/audit.ts'
import type { Problem } from '../../core/problem.ts'
import { SelectField, TextField } from '../components/field.tsx'
import type { Form } from '../form.ts'
import { FILTER_FIELDS, isMoment } from './filter.ts'

export type Choosable = {
  projects: readonly { id: string; name: string }[]
  /** Of the project that is chosen; none without one. */
  environments: readonly { id: string; name: string }[]
  managementKeys: readonly ManagementKey[]
}

type FiltersProps = { form: Form; problem: Problem | null; choosable: Choosable }

export const Filters = ({ form, problem, choosable: { projects, environments, managementKeys } }: FiltersProps) => {
  const field = (name: (typeof FILTER_FIELDS)[number]) => ({ name, value: form.text(name), problem })
  const moment = (name: 'from' | 'to') => ({ ...field(name), value: isMoment(form.text(name)) ? form.text(name) : '' })
  return (
    <form class="audit-filters" method="get" action="/console/audit-log" aria-label="Filter the audit log">
      <SelectField
        label="Action"
        {...field('action')}
        options={[ANY, ...AUDIT_ACTIONS.map((value) => ({ value, text: value }))]}
      />
      <SelectField
        label="Project"
        {...field('projectId')}
        options={[ANY, ...named(projects, form.text('projectId'))]}
      />
      {form.text('projectId') !== '' || form.text('environmentId') !== '' ? (
        <SelectField
          label="Environment"
          {...field('environmentId')}
          options={[ANY, ...named(environments, form.text('environmentId'))]}
        />
      ) : null}
      <TextField label="Actor" {...field('actor')} list="actors" placeholder="root or mk_…" optional />
      <datalist id="actors">
        <option value="root">root key</option>
        {managementKeys.map(({ id, name }) => (
          <option value={id}>{name}</option>
        ))}
      </datalist>
      <TextField label="From, UTC" type="datetime-local" {...moment('from')} optional />
      <TextField label="Before, UTC" type="datetime-local" {...moment('to')} optional />
      <TextField label="Key" {...field('keyId')} placeholder="key_…" optional />
      <div class="filter-buttons">
        <button class="button is-primary" type="submit">
          Filter
        </button>
        {FILTER_FIELDS.some((name) => form.has(name)) && (
          <a class="button" href="/console/audit-log">
            Clear
          </a>
        )}
      </div>
    </form>
  )
}

/** The choices, and the one that is chosen though it is not among them: deleted things have a past. */
const named = (items: readonly { id: string; name: string }[], chosen: string) => {
  const options = items.map(({ id, name }) => ({ value: id, text: name }))
  return chosen === '' || items.some(({ id }) => id === chosen)
    ? options
    : [...options, { value: chosen, text: chosen }]
}

const ANY = { value: '', text: 'any' }

export const isNarrowed = (form: Form) => FILTER_FIELDS.some((name) => form.text(name) !== '')
