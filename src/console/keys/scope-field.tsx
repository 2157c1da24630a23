// The scopes of a key, as boxes to tick. What every key of the environment has is ticked and fixed.
import type { Environment } from '../../core/environment.ts'
import type { Problem } from '../../core/problem.ts'
import { CheckField, faultAt } from '../components/field.tsx'
import type { Form } from '../form.ts'

/** What was ticked, and what is required besides: a fixed box is not sent. */
export const chosenScopes = (form: Form, { scopes }: Environment): string[] => [
  ...new Set([...scopes.filter(({ required }) => required).map(({ name }) => name), ...form.all('scopes')]),
]

type ScopeProps = { environment: Environment; form: Form; problem: Problem | null }

export const ScopeField = ({ environment, form, problem }: ScopeProps) => {
  const fault = faultAt(problem, 'scopes')
  return (
    <fieldset class="field" id="field-scopes">
      <legend class="label">Scopes</legend>
      {environment.scopes.length === 0 && (
        <p class="help">
          This environment has no scopes: a key proves who calls, and opens every route that asks for none. Add scopes
          in its <a href={`/console/environments/${environment.id}/settings`}>settings</a>.
        </p>
      )}
      {environment.scopes.map(({ name, description, required }) => (
        <CheckField
          name="scopes"
          value={name}
          checked={required || form.all('scopes').includes(name)}
          fixed={required}
          label={
            <>
              <code class="scope">{name}</code>
              {required && <span class="tag">every key has it</span>}
            </>
          }
          hint={description}
        />
      ))}
      {fault !== null && <p class="help is-danger">{fault}</p>}
    </fieldset>
  )
}
