// What every form is made of besides its fields: why it was refused, its buttons, and the hidden fields that make it safe to send.
import type { Child } from 'hono/jsx'
import type { Fault, Problem } from '../../core/problem.ts'
import type { Form } from '../form.ts'
import { toFieldId } from './field.tsx'

type PostFormProps = {
  action: string
  problem: Problem | null
  /** What the button says. */
  submit: string
  /** Where Cancel leads. */
  back: string
  danger?: boolean
  /** The form creates something. @see OneTimeId */
  once?: boolean
  /** For the script of the page. */
  data?: Record<`data-${string}`, string>
  children?: Child
}

/** A form that is the whole of a page or a dialog. */
export const PostForm = ({ action, problem, submit, back, danger, once, data, children }: PostFormProps) => (
  <form method="post" action={action} {...data}>
    <Faults problem={problem} />
    {once && <OneTimeId />}
    {children}
    <FormButtons submit={submit} back={back} {...(danger ? { danger } : {})} />
  </form>
)

type FaultsProps = {
  problem: Problem | null
  explain?: (fault: Fault) => { anchor: string; label: string; message: string }
}

/** Above a form that was refused: why, with a link to each field at fault. */
export const Faults = ({ problem, explain = explainFault }: FaultsProps) =>
  problem !== null && (
    <div class="notification is-danger is-light" role="alert" data-focus tabindex={-1}>
      <p>{problem.faults.length > 0 ? 'Some of what you entered needs to be corrected:' : problem.message}</p>
      {problem.faults.length > 0 && (
        <ul class="faults">
          {problem.faults.map(explain).map(({ anchor, label, message }) => (
            <li>
              <a href={`#${anchor}`}>{label}</a>: {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  )

const explainFault = ({ path, message }: Fault) => ({
  anchor: toFieldId(toFieldName(path)),
  label: labelOf(path),
  message,
})

/** What the pages call the field of this name. Rows are counted from 1. */
export function labelOf(name: string): string {
  const [list = '', item = '', field = ''] = name.split('.')
  const word = FIELD_WORDS[field] ?? field
  if (list === 'routes' && field !== '') return `Route ${Number(item) + 1}, ${word}`
  if (list === 'scopes' && field !== '') return `Scope ${Number(item) + 1}, ${word}`
  if (list === 'surface_presets') return `On ${item}, ${word}`
  return LABELS[name] ?? name
}

const FIELD_WORDS: Record<string, string> = {
  rerank: 'rerank controls',
  rerank_depth: 'depth',
  rerank_mode: 'mode',
  timeoutMs: 'time limit',
  webSocket: 'WebSockets',
}

/** The name of the field that the path is in: of `scopes.0`, which is one of several values, it is `scopes`. */
const toFieldName = (path: string) => path.replace(/\.\d+(\..*)?$/, '')

/** What the pages call a field where that is not its name. */
const LABELS: Record<string, string> = {
  'bounds.maxStalenessMs': 'Maximum staleness, in ms',
  'global_default.rerank_depth': 'Default, depth',
  'global_default.rerank_mode': 'Default, mode',
  'global_default.surface': 'Default, surface',
  browserOrigins: 'Origins',
  graceSeconds: 'Grace, in seconds',
  onUnknown: 'When the ledger cannot be reached',
  name: 'Name',
  tag: 'Tag',
  confirm: 'Confirmation',
  confirmRevocation: 'Confirmation',
  contextId: 'Context id',
  environmentId: 'Environment',
  expiresAt: 'Expires',
  expiresOn: 'Expires',
  issuedBefore: 'Issued before',
  metadata: 'Metadata',
  note: 'Note',
  ownerId: 'Owner',
  role: 'Role',
  scopes: 'Scopes',
}

type FormButtonsProps = { submit: string; back: string; danger?: boolean }

/** The end of a form. Cancel closes the dialog when the form is in one. */
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

/** A new id each time the form is shown. The server submits a form with the same id only once. @see claimForm */
export const OneTimeId = () => <input type="hidden" name="formId" value={crypto.randomUUID()} />

/** The version that the form was made from. When another one is saved by then, sending it is refused as a conflict. */
export const IfMatch = ({ form }: { form: Form }) => <input type="hidden" name="ifMatch" value={form.text('ifMatch')} />
