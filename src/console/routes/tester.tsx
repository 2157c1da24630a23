// "What would this request do?": the question, and the front door's answer step by step. No token is asked for.
import type { ApiKey } from '../../core/api-key.ts'
import type { Explanation } from '../../core/explanation.ts'
import type { Problem } from '../../core/problem.ts'
import type { ScopeCatalogue } from '../../core/scope.ts'
import { Choices } from '../components/choices.tsx'
import { CheckField, TextField } from '../components/field.tsx'
import { Faults } from '../components/form.tsx'
import { Name, Scopes } from '../components/text.tsx'
import type { Form } from '../form.ts'
import { upstreamText } from './form.ts'
import { Methods } from './table.tsx'

export type Answer = { rehearsal: Explanation; key: ApiKey | null }
type TesterProps = {
  base: string
  form: Form
  catalogue: ScopeCatalogue
  /** The newest keys, to choose from. */
  keys: readonly ApiKey[]
  problem: Problem | null
  answer: Answer | null
}

export const Tester = ({ base, form, catalogue, keys, problem, answer }: TesterProps) => (
  <section class="tester" aria-labelledby="tester">
    <h2 class="title is-5" id="tester">
      What would this request do?
    </h2>
    <form method="post" action={`${base}/test#tester`} data-plain>
      <Faults problem={problem} />
      <div class="tester-fields">
        <TextField label="Method" name="method" value={form.text('method') || 'GET'} problem={problem} list="methods" />
        <TextField label="Path" name="path" value={form.text('path')} problem={problem} placeholder="/api/items/42" />
        <TextField
          label="Key"
          name="key"
          value={keyToShow(form)}
          problem={problem}
          list="recent-keys"
          maxlength={30}
          hint="Its prefix or its id, never the token. Or leave it empty and tick scopes."
          optional
        />
      </div>
      <datalist id="methods">
        {['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => (
          <option value={method} />
        ))}
      </datalist>
      <datalist id="recent-keys">
        {keys.map(({ prefix, name }) => (
          <option value={prefix}>{name}</option>
        ))}
      </datalist>
      <Choices label="A key with these scopes" name="scopes" problem={problem}>
        <div class="scope-choices">
          {catalogue.map(({ name }) => (
            <CheckField
              name="scopes"
              value={name}
              checked={form.all('scopes').includes(name)}
              label={<code>{name}</code>}
            />
          ))}
        </div>
      </Choices>
      <button class="button is-primary" type="submit">
        Try it
      </button>
    </form>
    {answer && <Verdict answer={answer} />}
  </section>
)

/** What is neither a prefix nor an id may be a token, and is not sent back. */
const keyToShow = (form: Form) => (NAMES_A_KEY.test(form.text('key')) ? form.text('key') : '')

export const NAMES_A_KEY = /^(key_[0-9a-z]{26}|[0-9A-Za-z]{8})$/

const Verdict = ({ answer: { rehearsal, key } }: { answer: Answer }) => {
  const { status, tone, summary } = summaryOf(rehearsal)
  return (
    <div class={`verdict is-${tone}`} role="status" data-verdict={rehearsal.outcome}>
      <p class="verdict-head">
        <span class="verdict-status">{status}</span> {summary}
      </p>
      <dl class="details">
        {key && (
          <>
            <dt>Key</dt>
            <dd>
              <a href={`/console/keys/${key.id}`}>
                <Name>{key.name}</Name>
              </a>{' '}
              with <Scopes scopes={key.scopes} />
            </dd>
          </>
        )}
        {'route' in rehearsal && (
          <>
            <dt>Route</dt>
            <dd>
              <Methods methods={rehearsal.route.methods} /> <code>{rehearsal.route.path}</code>
            </dd>
            <dt>Asks for</dt>
            <dd>
              <Scopes scopes={rehearsal.route.scopes} />
            </dd>
            <dt>Upstream</dt>
            <dd class="breakable">{upstreamText(rehearsal.route.upstream) || 'not set'}</dd>
          </>
        )}
      </dl>
    </div>
  )
}

type Summary = { status: string; tone: 'yes' | 'no'; summary: string }

function summaryOf(rehearsal: Explanation): Summary {
  switch (rehearsal.outcome) {
    case 'passes':
      return { status: '→', tone: 'yes', summary: 'Let through to the upstream.' }
    case 'no_upstream':
      return { status: '502', tone: 'no', summary: 'Let through, but the route has no upstream yet.' }
    case 'insufficient_scope':
      return { status: '403', tone: 'no', summary: `Refused: the key lacks ${rehearsal.missing.join(', ')}.` }
    case 'no_route':
      return { status: '404', tone: 'no', summary: 'No route takes this method and path.' }
    case 'bad_key':
      return { status: '401', tone: 'no', summary: `Refused: the key is ${REASONS[rehearsal.reason]}.` }
    case 'bad_path':
      return { status: '400', tone: 'no', summary: `Refused before anything is asked: the path ${rehearsal.fault}.` }
  }
}

const REASONS: Record<Extract<Explanation, { outcome: 'bad_key' }>['reason'], string> = {
  revoked: 'revoked',
  expired: 'expired',
  disabled: 'disabled',
  superseded: 'known, but a rotation ended the secret of this prefix',
}
