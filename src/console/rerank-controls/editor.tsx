// The controls of one context as a form: the default, and for each surface whether it has a preset or inherits the default.
import type { Problem } from '../../core/problem.ts'
import { MAX_RERANK_DEPTH, RERANK_MODES, SURFACES } from '../../core/rerank.ts'
import { SelectField, TextField } from '../components/field.tsx'
import { Faults, IfMatch } from '../components/form.tsx'
import type { Form } from '../form.ts'
import type { ShownForm } from '../form-page.tsx'
import { INHERIT } from './form.ts'

type EditorProps = ShownForm & {
  action: string
  list: string
  /** Only a new context has its id as a field: it cannot be changed later. */
  isNew: boolean
}

export const ControlsEditor = ({ action, list, isNew, form, problem }: EditorProps) => (
  <form method="post" action={action} data-plain>
    <Faults problem={problem} />
    <IfMatch form={form} />
    {isNew && (
      <TextField
        label="Context id"
        name="contextId"
        value={form.text('contextId')}
        problem={problem}
        maxlength={128}
        placeholder="homepage"
        hint="What requests send as context_id. You cannot change it later."
        autofocus
      />
    )}
    <fieldset class="row-block">
      <legend>Default</legend>
      <div class="rerank-fields">
        <Setting form={form} path="global_default" problem={problem} />
        <SelectField
          label="Surface"
          name="global_default.surface"
          value={form.text('global_default.surface')}
          options={SURFACES.map((value) => ({ value, text: value }))}
          problem={problem}
          hint="For requests that name no surface."
        />
      </div>
    </fieldset>
    {SURFACES.map((surface) => (
      <fieldset class="row-block preset">
        <legend>On {surface}</legend>
        <div class="rerank-fields">
          <Setting form={form} path={`surface_presets.${surface}`} problem={problem} mayInherit />
        </div>
      </fieldset>
    ))}
    <div class="form-buttons">
      <button class="button is-primary" type="submit" name="intent" value="save">
        Save
      </button>
      <button class="button" type="submit" name="intent" value="preview">
        Preview
      </button>
      <a class="button is-ghost" href={list}>
        Cancel
      </a>
    </div>
  </form>
)

type SettingProps = { form: Form; path: string; problem: Problem | null; mayInherit?: boolean }

const Setting = ({ form, path, problem, mayInherit = false }: SettingProps) => (
  <>
    <SelectField
      label="Mode"
      name={`${path}.rerank_mode`}
      value={form.text(`${path}.rerank_mode`)}
      options={[
        ...(mayInherit ? [{ value: INHERIT, text: 'inherit the default' }] : []),
        ...RERANK_MODES.map((value) => ({ value, text: value })),
      ]}
      problem={problem}
    />
    <div class="preset-depth">
      <TextField
        label="Depth"
        type="number"
        name={`${path}.rerank_depth`}
        value={form.text(`${path}.rerank_depth`)}
        problem={problem}
        hint={`How many results are reranked: 0 to ${MAX_RERANK_DEPTH}.`}
      />
    </div>
  </>
)
