// The route table as a form: one block for each route, with what was wrong beside its field.
import type { Problem } from '../../core/problem.ts'
import { MAX_TIMEOUT_MS } from '../../core/route-table.ts'
import type { ScopeCatalogue } from '../../core/scope.ts'
import { Choices } from '../components/choices.tsx'
import { CheckField, findFault, TextField } from '../components/field.tsx'
import { FormButtons } from '../components/form.tsx'
import { Icon } from '../components/icon.tsx'
import { AddRow, DefaultSubmit, RemoveRow, RowFaults } from '../components/rows.tsx'
import { BLANK_ROW, type RouteRow } from './form.ts'

type EditorProps = {
  base: string
  rows: RouteRow[]
  catalogue: ScopeCatalogue
  /** Tells the table that the form was made from. */
  opened: string
  problem: Problem | null
}

export const RouteEditor = ({ base, rows, catalogue, opened, problem }: EditorProps) => (
  <form method="post" action={`${base}/edit`} class="row-form">
    <DefaultSubmit />
    <input type="hidden" name="opened" value={opened} />
    <p class="lead">
      The table is saved as a whole, and its order means nothing. All scopes ticked must be held; with none ticked, any
      live key of the environment is let through. An upstream is an address, or <code>service:NAME</code> for a service
      binding; without one a route answers 502.
    </p>
    <RowFaults problem={problem} list="routes" noun="Route" />
    <datalist id="route-methods">
      {METHODS.map((method) => (
        <option value={method} />
      ))}
    </datalist>
    <div data-rows-of="route-row">
      {rows.map((row, index) => (
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
    <FormButtons submit="Save the table" back={base} />
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
  const named = (field: string) => ({ name: `routes.${id}.${field}`, problem })
  return (
    <fieldset class="row-block" data-row>
      <legend>{heading}</legend>
      <input type="hidden" name="row" value={id} />
      <div class="route-fields">
        <TextField label="Methods" {...named('methods')} value={row.methods} list="route-methods" maxlength={400} />
        <TextField label="Path" {...named('path')} value={row.path} placeholder="/api/items/:id" maxlength={512} />
        <TextField
          label="Upstream"
          {...named('upstream')}
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
          hint="of the request's context_id; what clients send as rerank_mode and rerank_depth is removed."
        />
        <CheckField name={`routes.${id}.webSocket`} checked={row.webSocket} label="Let requests become WebSockets" />
        <TextField
          label="Time limit, in ms"
          type="number"
          {...named('timeoutMs')}
          value={row.timeoutMs}
          hint={`How long the upstream may take to begin its answer: 100 to ${MAX_TIMEOUT_MS.toLocaleString('en')}.`}
        />
      </details>
      <RemoveRow id={id} what={row.path === '' ? heading : `${heading}, ${row.methods} ${row.path}`} />
    </fieldset>
  )
}

/** The catalogue's scopes to tick, and any the row names that the catalogue has not, so that none is lost unseen. */
const ScopeChoice = ({ id, row, catalogue, problem }: Omit<RowProps, 'heading'>) => {
  const known = catalogue.map(({ name }) => name)
  const strange = row.scopes.filter((scope) => !known.includes(scope))
  const name = `routes.${id}.scopes`
  return (
    <Choices label="Scopes" name={name} problem={problem}>
      <div class="scope-choices">
        {[...known, ...strange].map((scope) => (
          <CheckField name={name} value={scope} checked={row.scopes.includes(scope)} label={<code>{scope}</code>} />
        ))}
        {known.length === 0 && (
          <span class="is-quiet">
            <Icon name="warning" /> The environment has no scopes yet: they are made in its settings.
          </span>
        )}
      </div>
    </Choices>
  )
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'GET, POST', '*']
