// The sections of the settings that are plain fields, and what all sections have in common.
import type { Child } from 'hono/jsx'
import type { Right } from '../../core/actor.ts'
import { type Environment, MAX_GRACE_SECONDS, MAX_STALENESS_MS } from '../../core/environment.ts'
import { etagOf } from '../../core/etag.ts'
import { Choices } from '../components/choices.tsx'
import { NameField, TagField } from '../components/common-fields.tsx'
import { RadioField, TextArea, TextField } from '../components/field.tsx'
import { Faults, IfMatch } from '../components/form.tsx'
import { formatSeconds, Name } from '../components/text.tsx'
import { type Form, type FormValues, keepUnchanged } from '../form.ts'
import type { ShownForm } from '../form-page.tsx'

export type SettingsSection = {
  /** The last part of the path its form is sent to, and the anchor on the page. */
  id: string
  title: string
  right: Right
  /** The fields as they are stored. */
  blank(environment: Environment): FormValues
  Content(props: ShownForm & { base: string; environment: Environment }): Child
}

/** A section that edits fields of the environment. Its form says in `ifMatch` what those fields were when it was opened. */
export type EditableSection = SettingsSection & {
  redraw?: (form: Form) => Form | null
  /** The edit in the form of the API's bodies, for their schema to check. */
  read(form: Form, environment: Environment): object
  /** What is said when it is saved. */
  saved: string
}

export const GENERAL: EditableSection = {
  id: 'general',
  title: 'Name',
  right: 'environments.write',
  blank: ({ name, tag }) => ({ name, tag, ifMatch: etagOf({ name, tag }) }),
  read: (form, { name, tag }) => ({
    name: keepUnchanged(form.text('name'), name),
    tag: keepUnchanged(form.text('tag'), tag),
  }),
  saved: 'Settings saved.',
  Content: ({ base, form, problem }) => (
    <SectionForm action={`${base}/general`} form={form} problem={problem} submit="Save name and tag">
      <NameField form={form} problem={problem} />
      <TagField
        form={form}
        problem={problem}
        hint="What the environment is for, such as production or staging. Every verdict on a key includes it."
      />
    </SectionForm>
  ),
}

/** Suggested: it covers a short outage, and is short because a revoked key may be let in meanwhile. */
const SUGGESTED_GRACE_SECONDS = 30

export const FRESHNESS: EditableSection = {
  id: 'freshness',
  title: 'How fast revocations take effect',
  right: 'environments.write',
  blank: ({ bounds }) => ({
    'bounds.maxStalenessMs': String(bounds.maxStalenessMs),
    onUnknown: bounds.onUnknown === 'deny' ? 'deny' : 'grace',
    graceSeconds: String(bounds.onUnknown === 'deny' ? SUGGESTED_GRACE_SECONDS : bounds.onUnknown.graceSeconds),
    ifMatch: etagOf({ bounds }),
  }),
  read: (form) => ({
    bounds: {
      maxStalenessMs: form.number('bounds.maxStalenessMs'),
      onUnknown: form.text('onUnknown') === 'grace' ? { graceSeconds: form.number('graceSeconds') } : 'deny',
    },
  }),
  saved: 'Settings saved.',
  Content: ({ base, form, problem }) => (
    <SectionForm action={`${base}/freshness`} form={form} problem={problem} submit="Save staleness and grace">
      <TextField
        label="Maximum staleness, in ms"
        type="number"
        name="bounds.maxStalenessMs"
        value={form.text('bounds.maxStalenessMs')}
        problem={problem}
        hint={`A revoked key stops working everywhere within this time. With 0, every verification asks the ledger, which is slower. The maximum is ${MAX_STALENESS_MS.toLocaleString('en')}.`}
      />
      <Choices label="When the ledger cannot be reached" name="bounds.onUnknown" problem={problem}>
        <RadioField
          name="onUnknown"
          value="deny"
          checked={form.text('onUnknown') !== 'grace'}
          label="Answer 503"
          hint="Callers get 503 until the ledger can be reached again. No revoked key is let in."
        />
        <RadioField
          name="onUnknown"
          value="grace"
          checked={form.text('onUnknown') === 'grace'}
          label="Keep accepting known keys for a while"
          hint="Keys that were valid stay valid for this long, and the answer says so. A key that was revoked meanwhile may still be let in."
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
    </SectionForm>
  ),
}

export const BROWSERS: EditableSection = {
  id: 'browsers',
  title: 'Web pages',
  right: 'environments.write',
  blank: ({ browserOrigins }) => ({
    browserOrigins: browserOrigins.join('\n'),
    ifMatch: etagOf({ browserOrigins }),
  }),
  read: (form) => ({ browserOrigins: form.text('browserOrigins').split(/\s+/).filter(Boolean) }),
  saved: 'Settings saved.',
  Content: ({ base, form, problem }) => (
    <SectionForm action={`${base}/browsers`} form={form} problem={problem} submit="Save origins">
      <TextArea
        label="Origins, one per line"
        name="browserOrigins"
        value={form.text('browserOrigins')}
        problem={problem}
        rows={4}
        hint="Only web pages of these origins may send keys to /api. Everybody who opens such a page can read the key it uses, so leave this empty unless you need it."
        optional
      />
    </SectionForm>
  ),
}

type SectionFormProps = ShownForm & { action: string; submit: string; children?: Child }

const SectionForm = ({ action, form, problem, submit, children }: SectionFormProps) => (
  <form method="post" action={action}>
    <Faults problem={problem} />
    <IfMatch form={form} />
    {children}
    <button class="button is-primary" type="submit">
      {submit}
    </button>
  </form>
)

/** For those who may see the settings and not change them. */
export const Facts = ({ environment: { name, tag, scopes, bounds, browserOrigins } }: { environment: Environment }) => (
  <dl class="details">
    <dt>Name</dt>
    <dd>
      <Name>{name}</Name>
    </dd>
    <dt>Tag</dt>
    <dd>{tag}</dd>
    <dt>Scopes</dt>
    <dd>{scopes.map(describeScope).join(', ') || 'none'}</dd>
    <dt>Maximum staleness</dt>
    <dd>{formatSeconds(bounds.maxStalenessMs)}</dd>
    <dt>When the ledger cannot be reached</dt>
    <dd>
      {bounds.onUnknown === 'deny' ? 'answer 503' : `keep accepting known keys for ${bounds.onUnknown.graceSeconds} s`}
    </dd>
    <dt>Origins of web pages</dt>
    <dd>{browserOrigins.join(', ') || 'none'}</dd>
  </dl>
)

function describeScope({ name, required, aliases = [] }: Environment['scopes'][number]): string {
  const notes = [...(required ? ['required'] : []), ...(aliases.length > 0 ? [`also ${aliases.join(' and ')}`] : [])]
  return notes.length === 0 ? name : `${name} (${notes.join('; ')})`
}
