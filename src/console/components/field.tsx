// Fields of forms: a label, a hint, and what was wrong with what was filled in, right beside it.
import type { Child } from 'hono/jsx'
import type { Problem } from '../../core/problem.ts'

type Common = {
  label: Child
  name: string
  problem: Problem | null
  hint?: Child
  optional?: boolean
}

/** What was wrong with the field, or with anything inside it; null for nothing. */
export function faultAt(problem: Problem | null, name: string): string | null {
  const messages = (problem?.faults ?? [])
    .filter(({ path }) => path === name || path.startsWith(`${name}.`))
    .map(({ message }) => message)
  return messages.length === 0 ? null : [...new Set(messages)].join('; ')
}

/** Above a form that was refused: what was wrong, with a way to each field. */
export const Faults = ({ problem }: { problem: Problem | null }) =>
  problem !== null && (
    <div class="notification is-danger is-light" role="alert" data-focus tabindex={-1}>
      <p>{problem.message}</p>
      {problem.faults.length > 0 && (
        <ul class="faults">
          {problem.faults.map(({ path, message }) => (
            <li>
              <a href={`#field-${path.split('.')[0]}`}>{path === '' ? 'form' : path}</a>: {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  )

/** The frame of a field. The control is its child, with `id={fieldId(name)}` and `{...described(name, …)}`. */
export const Field = ({ label, name, problem, hint, optional, children }: Common & { children?: Child }) => {
  const fault = faultAt(problem, name)
  return (
    <div class="field">
      <label class="label" for={fieldId(name)}>
        {label}
        {optional && <span class="optional"> optional</span>}
      </label>
      <div class="control">{children}</div>
      {fault !== null && (
        <p class="help is-danger" id={`${fieldId(name)}-fault`}>
          {fault}
        </p>
      )}
      {hint && (
        <p class="help" id={`${fieldId(name)}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

export const fieldId = (name: string) => `field-${name}`

/** Ties a control to its hint and its fault for those who do not see them. */
export function describedBy({
  name,
  problem,
  hint,
}: Pick<Common, 'name' | 'problem' | 'hint'>): Record<string, string> {
  const fault = faultAt(problem, name)
  const ids = [fault === null ? '' : `${fieldId(name)}-fault`, hint ? `${fieldId(name)}-hint` : ''].filter(Boolean)
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
      class={`input${faultAt(props.problem, props.name) === null ? '' : ' is-danger'}`}
      id={fieldId(props.name)}
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
      {...describedBy(props)}
    />
  </Field>
)

export const TextArea = ({ value, rows = 6, ...props }: Common & { value: string; rows?: number }) => (
  <Field {...props}>
    <textarea
      class={`textarea is-code${faultAt(props.problem, props.name) === null ? '' : ' is-danger'}`}
      id={fieldId(props.name)}
      name={props.name}
      rows={rows}
      spellcheck={false}
      {...describedBy(props)}
    >
      {value}
    </textarea>
  </Field>
)

export type Option = { value: string; text: string }

export const SelectField = ({ value, options, ...props }: Common & { value: string; options: Option[] }) => (
  <Field {...props}>
    <div class="select is-fullwidth">
      <select id={fieldId(props.name)} name={props.name} {...describedBy(props)}>
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

/** A box to tick; a fixed one only shows what is so. */
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

/** Asks for a name to be typed before what cannot be undone; the service compares it. */
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
      class={`input${faultAt(props.problem, props.name) === null ? '' : ' is-danger'}`}
      id={fieldId(props.name)}
      name={props.name}
      autocomplete="off"
      spellcheck={false}
      dir="auto"
      required
      data-expected={expected}
      {...describedBy(props)}
    />
  </Field>
)

type FormButtonsProps = { submit: string; back: string; danger?: boolean }

/** The end of a form. The way back closes the dialog when the form is in it. */
export const FormButtons = ({ submit, back, danger }: FormButtonsProps) => (
  <div class="form-buttons">
    <button class={`button ${danger ? 'is-danger' : 'is-primary'}`} type="submit">
      {submit}
    </button>
    <a class="button" href={back} data-cancel>
      Cancel
    </a>
  </div>
)

/** Lets the form have its effect only once, however often it is sent. @see claimForm */
export const OneTimeId = () => <input type="hidden" name="formId" value={crypto.randomUUID()} />
