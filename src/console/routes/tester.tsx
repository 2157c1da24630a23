// What would the front door do with a request? The question as a form, and the answer. No token is needed for it.
import type { ApiKey } from '../../core/api-key.ts'
import type { Explanation } from '../../core/explanation.ts'
import type { ScopeCatalogue } from '../../core/scope.ts'
import { Choices } from '../components/choices.tsx'
import { CheckField, TextField } from '../components/field.tsx'
import { Faults } from '../components/form.tsx'
import { Name, Scopes } from '../components/text.tsx'
import type { ShownForm } from '../form-page.tsx'
import { formatUpstream } from './form.ts'
import { Methods } from './table.tsx'

export type Answer = { explanation: Explanation; key: ApiKey | null }

type TesterProps = ShownForm & {
  action: string
  catalogue: ScopeCatalogue
  /** The newest keys, to choose from. */
  keys: readonly ApiKey[]
  answer: Answer | null
}

export const Tester = ({ action, form, catalogue, keys, problem, answer }: TesterProps) => (
  <section class="tester" aria-labelledby="tester">
    <h2 class="title is-5" id="tester">
      What would this request do?
    </h2>
    <form method="post" action={`${action}#tester`} data-plain>
      <Faults problem={problem} />
      <div class="tester-fields">
        <TextField label="Method" name="method" value={form.text('method') || 'GET'} problem={problem} list="methods" />
        <TextField label="Path" name="path" value={form.text('path')} problem={problem} placeholder="/api/items/42" />
        <TextField
          label="Key"
          name="key"
          value={omitToken(form.text('key'))}
          problem={problem}
          list="recent-keys"
          maxlength={30}
          hint="The prefix or the id of a key, never its token. Or leave it empty and tick scopes."
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

/** The text if it is a prefix or an id. Anything else may be a token, which must not be in a page. */
const omitToken = (text: string) => (NAMES_A_KEY.test(text) ? text : '')

export const NAMES_A_KEY = /^(key_[0-9a-z]{26}|[0-9A-Za-z]{8})$/

const Verdict = ({ answer: { explanation, key } }: { answer: Answer }) => {
  const { status, tone, summary } = summarize(explanation)
  return (
    <div class={`verdict is-${tone}`} role="status" data-verdict={explanation.outcome}>
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
        {'route' in explanation && (
          <>
            <dt>Route</dt>
            <dd>
              <Methods methods={explanation.route.methods} /> <code>{explanation.route.path}</code>
            </dd>
            <dt>Required scopes</dt>
            <dd>
              <Scopes scopes={explanation.route.scopes} />
            </dd>
            <dt>Upstream</dt>
            <dd class="breakable">{formatUpstream(explanation.route.upstream) || 'not set'}</dd>
          </>
        )}
      </dl>
    </div>
  )
}

type Summary = { status: string; tone: 'yes' | 'no'; summary: string }

function summarize(explanation: Explanation): Summary {
  switch (explanation.outcome) {
    case 'passes':
      return { status: '→', tone: 'yes', summary: 'The request goes through to the upstream.' }
    case 'no_upstream':
      return { status: '502', tone: 'no', summary: 'The key is accepted, but the route has no upstream yet.' }
    case 'insufficient_scope':
      return { status: '403', tone: 'no', summary: `Refused: the key does not have ${explanation.missing.join(', ')}.` }
    case 'no_route':
      return { status: '404', tone: 'no', summary: 'No route matches this method and path.' }
    case 'bad_key':
      return { status: '401', tone: 'no', summary: `Refused: the key is ${REASONS[explanation.reason]}.` }
    case 'bad_path':
      return { status: '400', tone: 'no', summary: `Refused: the path ${explanation.fault}.` }
  }
}

const REASONS: Record<Extract<Explanation, { outcome: 'bad_key' }>['reason'], string> = {
  revoked: 'revoked',
  expired: 'expired',
  disabled: 'disabled',
  superseded: 'known, but the secret with this prefix was ended by a rotation',
}
