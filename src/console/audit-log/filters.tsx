// The filters above the audit log.
import type { ManagementKey } from '../../core/actor.ts'
import { AUDIT_ACTIONS } from '../../core/audit.ts'
import { SelectField, TextField } from '../components/field.tsx'
import type { ShownForm } from '../form-page.tsx'
import { parseMoment } from '../moments.ts'
import { AUDIT_LOG, FILTER_FIELDS } from './filter.ts'

export type Choosable = {
  projects: readonly { id: string; name: string }[]
  /** Those of the chosen project; none when no project is chosen. */
  environments: readonly { id: string; name: string }[]
  managementKeys: readonly ManagementKey[]
}

type FiltersProps = ShownForm & { choosable: Choosable }

export const Filters = ({ form, problem, choosable: { projects, environments, managementKeys } }: FiltersProps) => {
  const propsOf = (name: (typeof FILTER_FIELDS)[number]) => ({ name, value: form.text(name), problem })
  const momentPropsOf = (name: 'from' | 'to') => ({
    ...propsOf(name),
    value: parseMoment(form.text(name)) !== null ? form.text(name) : '',
  })
  return (
    <form class="audit-filters" method="get" action={AUDIT_LOG} aria-label="Filter the audit log">
      <SelectField
        label="Action"
        {...propsOf('action')}
        options={[ANY, ...AUDIT_ACTIONS.map((value) => ({ value, text: value }))]}
      />
      <SelectField
        label="Project"
        {...propsOf('projectId')}
        options={[ANY, ...listOptions(projects, form.text('projectId'))]}
      />
      {form.text('projectId') !== '' || form.text('environmentId') !== '' ? (
        <SelectField
          label="Environment"
          {...propsOf('environmentId')}
          options={[ANY, ...listOptions(environments, form.text('environmentId'))]}
        />
      ) : null}
      <TextField label="Actor" {...propsOf('actor')} list="actors" placeholder="root or mk_…" optional />
      <datalist id="actors">
        <option value="root">root key</option>
        {managementKeys.map(({ id, name }) => (
          <option value={id}>{name}</option>
        ))}
      </datalist>
      <TextField label="From, UTC" type="datetime-local" {...momentPropsOf('from')} optional />
      <TextField label="Before, UTC" type="datetime-local" {...momentPropsOf('to')} optional />
      <TextField label="Key" {...propsOf('keyId')} placeholder="key_…" optional />
      <div class="filter-buttons">
        <button class="button is-primary" type="submit">
          Filter
        </button>
        {FILTER_FIELDS.some((name) => form.has(name)) && (
          <a class="button" href={AUDIT_LOG}>
            Clear
          </a>
        )}
      </div>
    </form>
  )
}

/** The items to choose from, and the chosen one if it is not among them: the log knows things that were deleted since. */
const listOptions = (items: readonly { id: string; name: string }[], chosen: string) => {
  const options = items.map(({ id, name }) => ({ value: id, text: name }))
  return chosen === '' || items.some(({ id }) => id === chosen)
    ? options
    : [...options, { value: chosen, text: chosen }]
}

const ANY = { value: '', text: 'any' }
