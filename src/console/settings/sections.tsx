// The sections of an environment's settings, each a form of its own.
import type { Child } from 'hono/jsx'
import { type Environment, MAX_GRACE_SECONDS, MAX_STALENESS_MS } from '../../core/environment.ts'
import type { Problem } from '../../core/problem.ts'
import { Choices } from '../components/choices.tsx'
import { RadioField, TextArea, TextField } from '../components/field.tsx'
import { Faults } from '../components/form.tsx'
import { AddRow, DefaultSubmit, RowFaults } from '../components/rows.tsx'
import type { Form } from '../form.ts'
import { type ScopeRow, ScopeRowFields } from './scope-rows.tsx'

/** What a section shows: what is stored, or what was filled in and refused. */
export type Filled = { form: Form; problem: Problem | null }

type SectionProps = { id: string; title: string; children?: Child }

export const Section = ({ id, title, children }: SectionProps) => (
  <section class="panel-box settings-section" aria-labelledby={`${id}-title`} id={id}>
    <h2 class="title is-5" id={`${id}-title`}>
      {title}
    </h2>
    {children}
  </section>
)

const Save = ({ children }: { children: string }) => (
  <button class="button is-primary" type="submit">
    {children}
  </button>
)

export const General = ({ base, form, problem }: Filled & { base: string }) => (
  <form method="post" action={`${base}/general`}>
    <Faults problem={problem} />
    <TextField label="Name" name="name" value={form.text('name')} problem={problem} maxlength={100} />
    <TextField
      label="Tag"
      name="tag"
      value={form.text('tag')}
      problem={problem}
      maxlength={32}
      hint="A word for what it is for, such as production or staging. Verdicts carry it."
    />
    <Save>Save name and tag</Save>
  </form>
)

type ScopesProps = { base: string; rows: ScopeRow[]; problem: Problem | null }

export const ScopeCatalogueForm = ({ base, rows, problem }: ScopesProps) => (
  <form method="post" action={`${base}/scopes`} class="row-form">
    <DefaultSubmit />
    <RowFaults problem={problem} list="scopes" noun="Scope" />
    <p class="help">
      What keys of this environment may hold. A required scope is held by every key. A scope that a live key or a route
      still names cannot go, and one that a live key lacks cannot become required.
    </p>
    <div data-rows-of="scope-row">
      {rows.map((row, index) => (
        <ScopeRowFields id={String(index)} row={row} problem={problem} />
      ))}
    </div>
    <template id="scope-row">
      <ScopeRowFields id="__row__" row={{ name: '', description: '', required: false }} problem={null} />
    </template>
    <div class="form-buttons">
      <button class="button is-primary" type="submit" name="intent" value="save">
        Save scopes
      </button>
      <AddRow template="scope-row">Add a scope</AddRow>
    </div>
  </form>
)

export const Freshness = ({ base, form, problem }: Filled & { base: string }) => (
  <form method="post" action={`${base}/freshness`}>
    <Faults problem={problem} />
    <TextField
      label="Oldest answer, in ms"
      type="number"
      name="bounds.maxStalenessMs"
      value={form.text('bounds.maxStalenessMs')}
      problem={problem}
      hint={`A revoked key is dead everywhere after at most so long. 0 asks the ledger every time, which is slower; at most ${MAX_STALENESS_MS.toLocaleString('en')}.`}
    />
    <Choices label="When it cannot be known whether a key is still good" name="bounds.onUnknown" problem={problem}>
      <RadioField
        name="onUnknown"
        value="deny"
        checked={form.text('onUnknown') !== 'grace'}
        label="Say so"
        hint="Callers get 503 until the ledger can be asked again. No revoked key is ever let in."
      />
      <RadioField
        name="onUnknown"
        value="grace"
        checked={form.text('onUnknown') === 'grace'}
        label="Go on for a while with what was last known"
        hint="Keys that were good stay good for this long, and the answer says that it used the grace. A key revoked meanwhile may still be let in."
      />
    </Choices>
    <div class="only-for-grace">
      <TextField
        label="Grace, in seconds"
        type="number"
        name="graceSeconds"
        value={form.text('graceSeconds')}
        problem={problem}
        hint={`1 to ${MAX_GRACE_SECONDS}.`}
        optional
      />
    </div>
    <Save>Save bounds</Save>
  </form>
)

export const Browsers = ({ base, form, problem }: Filled & { base: string }) => (
  <form method="post" action={`${base}/browsers`}>
    <Faults problem={problem} />
    <TextArea
      label="Origins, one on each line"
      name="browserOrigins"
      value={form.text('browserOrigins')}
      problem={problem}
      rows={4}
      hint="Keys are for servers: whatever a web page holds, its visitors hold. Only pages of these origins may send keys to /api. Leave it empty to let none in."
      optional
    />
    <Save>Save origins</Save>
  </form>
)

/** For those who may look and not change. */
export const Facts = ({ environment: { name, tag, scopes, bounds, browserOrigins } }: { environment: Environment }) => (
  <dl class="details">
    <dt>Name</dt>
    <dd>
      <bdi>{name}</bdi>
    </dd>
    <dt>Tag</dt>
    <dd>{tag}</dd>
    <dt>Scopes</dt>
    <dd>{scopes.map((scope) => `${scope.name}${scope.required ? ' (required)' : ''}`).join(', ') || 'none'}</dd>
    <dt>Oldest answer</dt>
    <dd>{bounds.maxStalenessMs} ms</dd>
    <dt>When unknown</dt>
    <dd>{bounds.onUnknown === 'deny' ? 'say so (503)' : `go on for ${bounds.onUnknown.graceSeconds} s`}</dd>
    <dt>Browser origins</dt>
    <dd>{browserOrigins.join(', ') || 'none'}</dd>
  </dl>
)
