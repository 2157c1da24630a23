// The scopes of a key, as boxes to tick. Those that every key of the environment has are ticked and cannot be changed.
import type { Environment } from '../../core/environment.ts'
import type { Form } from '../form.ts'
import type { ShownForm } from '../form-page.tsx'
import { Choices } from './choices.tsx'
import { CheckField } from './field.tsx'

/** The scopes that were ticked and the required ones, whose boxes cannot be changed and so are not sent. */
export const readScopes = (form: Form, { scopes }: Environment): string[] => [
  ...new Set([...scopes.filter(({ required }) => required).map(({ name }) => name), ...form.all('scopes')]),
]

export const ScopeField = ({
  environment: { id, scopes },
  form,
  problem,
}: ShownForm & { environment: Environment }) => (
  <Choices label="Scopes" name="scopes" problem={problem}>
    {scopes.length === 0 && (
      <p class="help">
        This environment has no scopes. A key shows who is calling, and is let through by every route that asks for no
        scope. You can add scopes in the <a href={`/console/environments/${id}/settings`}>settings</a>.
      </p>
    )}
    {scopes.map(({ name, description, required }) => (
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
  </Choices>
)
