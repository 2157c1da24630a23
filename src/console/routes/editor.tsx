// The route table as a form: one block of fields for each route.
import type { Problem } from '../../core/problem.ts'
import { MAX_TIMEOUT_MS } from '../../core/route-table.ts'
import type { ScopeCatalogue } from '../../core/scope.ts'
import { Choices } from '../components/choices.tsx'
import { CheckField, findFault, TextField } from '../components/field.tsx'
import { FormButtons, IfMatch } from '../components/form.tsx'
import { Icon } from '../components/icon.tsx'
import { AddRow, DefaultSubmit, RemoveRow, RowFaults } from '../components/rows.tsx'
import type { ShownForm } from '../form-page.tsx'
import { BLANK_ROW, type RouteRow, readRows } from './form.ts'

type EditorProps = ShownForm & { list: string; catalogue: ScopeCatalogue }

export const RouteEditor = ({ list, catalogue, form, problem }: EditorProps) => (
  <form method="post" action={`${list}/edit`} class="row-form">
    <DefaultSubmit />
    <IfMatch form={form} />
    <p class="lead">
      The order of the routes does not matter. A key must have all the scopes that are ticked; when none is ticked,
      every live key of the environment is let through. The upstream is an address, or <code>service:NAME</code> for a
      service binding. A route without an upstream answers 502.
    </p>
    <RowFaults problem={problem} list="routes" noun="Route" />
    <datalist id="route-methods">
      {METHODS.map((method) => (
        <option value={method} />
      ))}
    </datalist>
    <div data-rows-of="route-row">
      {readRows(form).map((row, index) => (
        <RouteFields
          id={String(index)}
          heading={`Route ${index + 1}`}
          row={row}
          catalogue={catalogue}
          problem={problem}
        />
      ))}
    </div>
    <template id="route-row">
      <RouteFields id="__row__" heading="New route" row={BLANK_ROW} catalogue={catalogue} problem={null} />
    </template>
    <AddRow template="route-row">Add a route</AddRow>
    <FormButtons submit="Save routes" back={list} />
  </form>
)

type RowProps = {
  id: string
  heading: string
  row: RouteRow
  catalogue: ScopeCatalogue
  problem: Problem | null
}

const RouteFields = ({ id, heading, row, catalogue, problem }: RowProps) => {
  const propsOf = (field: string) => ({ name: `routes.${id}.${field}`, problem })
  return (
    <fieldset class="row-block" data-row>
      <legend>{heading}</legend>
      <input type="hidden" name="row" value={id} />
      <div class="route-fields">
        <TextField label="Methods" {...propsOf('methods')} value={row.methods} list="route-methods" maxlength={400} />
        <TextField label="Path" {...propsOf('path')} value={row.path} placeholder="/api/items/:id" maxlength={512} />
        <TextField
          label="Upstream"
          {...propsOf('upstream')}
          value={row.upstream}
          placeholder="https://api.example.com"
          maxlength={2048}
          optional
        />
      </div>
      <ScopeChoice id={id} row={row} catalogue={catalogue} problem={problem} />
      <details
        class="row-more"
        open={row.rerank || row.webSocket || findFault(problem, `routes.${id}.timeoutMs`) !== null}
      >
        <summary>More</summary>
        <CheckField
          name={`routes.${id}.rerank`}
          checked={row.rerank}
          label="Apply the rerank controls"
          hint="Sets rerank_mode and rerank_depth by the request's context_id, and removes what the client sent for them."
        />
        <CheckField name={`routes.${id}.webSocket`} checked={row.webSocket} label="Allow WebSockets" />
        <TextField
          label="Time limit, in ms"
          type="number"
          {...propsOf('timeoutMs')}
          value={row.timeoutMs}
          hint={`How long to wait for the upstream to start its answer: 100 to ${MAX_TIMEOUT_MS.toLocaleString('en')}.`}
        />
      </details>
      <RemoveRow id={id} what={row.path === '' ? heading : `${heading}, ${row.methods} ${row.path}`} />
    </fieldset>
  )
}

/** The scopes of the catalogue to tick, and those of the row that are not in the catalogue, which would otherwise be lost. */
const ScopeChoice = ({ id, row, catalogue, problem }: Omit<RowProps, 'heading'>) => {
  const known = catalogue.map(({ name }) => name)
  const unknown = row.scopes.filter((scope) => !known.includes(scope))
  const name = `routes.${id}.scopes`
  return (
    <Choices label="Scopes" name={name} problem={problem}>
      <div class="scope-choices">
        {[...known, ...unknown].map((scope) => (
          <CheckField name={name} value={scope} checked={row.scopes.includes(scope)} label={<code>{scope}</code>} />
        ))}
        {known.length === 0 && (
          <span class="is-quiet">
            <Icon name="warning" /> This environment has no scopes yet. Add them in its settings.
          </span>
        )}
      </div>
    </Choices>
  )
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'GET, POST', '*']
