// The fields of forms: each with its label, its hint, and beside it what is wrong with what was filled in.
import type { Child } from 'hono/jsx'
import type { Problem } from '../../core/problem.ts'

type Common = {
  label: Child
  name: string
  problem: Problem | null
  hint?: Child
  optional?: boolean
}

/** What is wrong with the field or with anything inside it; null when nothing is. */
export function findFault(problem: Problem | null, name: string): string | null {
  const messages = (problem?.faults ?? [])
    .filter(({ path }) => path === name || path.startsWith(`${name}.`))
    .map(({ message }) => message)
  return messages.length === 0 ? null : [...new Set(messages)].join('; ')
}

/** Around a control, which is its child and has `id={toFieldId(name)}` and `{...describe({ name, … })}`. */
const Field = ({ label, name, problem, hint, optional, children }: Common & { children?: Child }) => {
  const fault = findFault(problem, name)
  return (
    <div class="field">
      <label class="label" for={toFieldId(name)}>
        {label}
        {optional && <span class="optional"> optional</span>}
      </label>
      <div class="control">{children}</div>
      {fault !== null && (
        <p class="help is-danger" id={`${toFieldId(name)}-fault`}>
          {fault}
        </p>
      )}
      {hint && (
        <p class="help" id={`${toFieldId(name)}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

export const toFieldId = (name: string) => `field-${name}`

/** Ties a control to its hint and its fault, so that a screen reader reads them with it. */
function describe({ name, problem, hint }: Pick<Common, 'name' | 'problem' | 'hint'>): Record<string, string> {
  const fault = findFault(problem, name)
  const ids = [fault === null ? '' : `${toFieldId(name)}-fault`, hint ? `${toFieldId(name)}-hint` : ''].filter(Boolean)
  return {
    ...(ids.length > 0 ? { 'aria-describedby': ids.join(' ') } : {}),
    ...(fault === null ? {} : { 'aria-invalid': 'true' }),
  }
}

type TextProps = Common & {
  value: string
  type?: 'text' | 'password' | 'date' | 'datetime-local' | 'search' | 'number' | 'url'
  maxlength?: number
  autocomplete?: string
  placeholder?: string
  autofocus?: boolean
  list?: string
}

export const TextField = ({ value, type = 'text', autocomplete = 'off', autofocus, list, ...props }: TextProps) => (
  <Field {...props}>
    <input
      class={`input${findFault(props.problem, props.name) === null ? '' : ' is-danger'}`}
      id={toFieldId(props.name)}
      name={props.name}
      type={type}
      value={value}
      autocomplete={autocomplete}
      {...(props.maxlength === undefined ? {} : { maxlength: props.maxlength })}
      {...(props.placeholder === undefined ? {} : { placeholder: props.placeholder })}
      {...(list === undefined ? {} : { list })}
      {...(props.optional ? {} : { required: true })}
      {...(autofocus ? { autofocus: true } : {})}
      dir="auto"
      spellcheck={false}
      {...describe(props)}
    />
  </Field>
)

export const TextArea = ({ value, rows = 6, ...props }: Common & { value: string; rows?: number }) => (
  <Field {...props}>
    <textarea
      class={`textarea is-code${findFault(props.problem, props.name) === null ? '' : ' is-danger'}`}
      id={toFieldId(props.name)}
      name={props.name}
      rows={rows}
      spellcheck={false}
      {...describe(props)}
    >
      {value}
    </textarea>
  </Field>
)

export type Option = { value: string; text: string }

export const SelectField = ({ value, options, ...props }: Common & { value: string; options: Option[] }) => (
  <Field {...props}>
    <div class="select is-fullwidth">
      <select id={toFieldId(props.name)} name={props.name} {...describe(props)}>
        {options.map((option) => (
          <option value={option.value} selected={option.value === value}>
            {option.text}
          </option>
        ))}
      </select>
    </div>
  </Field>
)

type CheckProps = { name: string; value?: string; checked: boolean; fixed?: boolean; label: Child; hint?: Child }

/** A box to tick. A fixed one cannot be changed, and browsers do not send it. */
export const CheckField = ({ name, value = 'on', checked, fixed, label, hint }: CheckProps) => (
  <label class={`choice${fixed ? ' is-fixed' : ''}`}>
    <input type="checkbox" name={name} value={value} checked={checked} disabled={fixed ?? false} />
    <span>
      <span class="choice-label">{label}</span>
      {hint && <span class="choice-hint">{hint}</span>}
    </span>
  </label>
)

type RadioProps = { name: string; value: string; checked: boolean; label: Child; hint?: Child }

export const RadioField = ({ name, value, checked, label, hint }: RadioProps) => (
  <label class="choice">
    <input type="radio" name={name} value={value} checked={checked} />
    <span>
      <span class="choice-label">{label}</span>
      {hint && <span class="choice-hint">{hint}</span>}
    </span>
  </label>
)

/** Asks for a name to be typed before a step that cannot be undone. The server compares it. @see requireName */
export const ConfirmField = ({
  expected,
  what,
  ...props
}: Omit<Common, 'label'> & { expected: string; what: string }) => (
  <Field
    {...props}
    label={
      <>
        Type <bdi class="expected">{expected}</bdi> to {what}
      </>
    }
  >
    <input
      class={`input${findFault(props.problem, props.name) === null ? '' : ' is-danger'}`}
      id={toFieldId(props.name)}
      name={props.name}
      autocomplete="off"
      spellcheck={false}
      dir="auto"
      required
      data-expected={expected}
      {...describe(props)}
    />
  </Field>
)
