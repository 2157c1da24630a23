// Rotating a key of either kind: a new secret, shown once. The secret before it works on for as long as is chosen.
import { type ApiKey, kindOf } from '../../core/api-key.ts'
import { etagOf } from '../../core/etag.ts'
import { rotationSchema } from '../../http/key-schema.ts'
import { getKey, type Rotation, rotateKey } from '../../service/keys.ts'
import { Choices } from '../components/choices.tsx'
import { RadioField } from '../components/field.tsx'
import { IfMatch, PostForm } from '../components/form.tsx'
import { Name, Time } from '../components/text.tsx'
import { EnvironmentFile } from '../credentials/environment-file.tsx'
import { parseWith } from '../form.ts'
import { defineFormPage, type ShownForm } from '../form-page.tsx'
import { ONE_KEY, pathOf, wordsOf } from '../key-kinds.ts'
import { placeInEnvironment } from '../page.tsx'
import { loadEnvironment, readParam } from '../request.ts'
import { showToken } from '../shown-once.tsx'

export const rotateKeyPages = defineFormPage(`${ONE_KEY}/rotate`, {
  right: 'keys',
  load: (c) => getKey(c.var.deps, c.var.caller, readParam(c, 'keyId')),
  // Somebody may have rotated the key meanwhile: then it would be their new secret that is ended.
  blank: ({ prefix }) => ({ overlapSeconds: '86400', ifMatch: etagOf({ prefix }) }),
  parse: (form) => ({
    rotation: parseWith(rotationSchema, { overlapSeconds: form.number('overlapSeconds') }),
    ifMatch: form.text('ifMatch'),
  }),
  submit: (c, { id }, { rotation, ifMatch }) => rotateKey(c.var.deps, c.var.caller, id, rotation, { ifMatch }),
  once: { pathOf: (_rotation, key) => pathOf(key), listOf: (key) => pathOf(key) },
  view: async (c, key, shown) =>
    placeInEnvironment(await loadEnvironment(c, key.environmentId), {
      tab: wordsOf(key).collection,
      title: `Rotate ${wordsOf(key).noun}`,
      crumbs: [{ href: pathOf(key), text: key.name }],
      narrow: true,
      content: <RotateForm apiKey={key} {...shown} />,
    }),
  done: (c, key, { token, previous }) =>
    showToken(c, {
      title: `New secret for the ${wordsOf(key).noun}`,
      section: 'projects',
      crumbs: [{ href: pathOf(key), text: key.name }],
      token,
      what: wordsOf(key).secret,
      back: pathOf(key),
      children: (
        <>
          <PreviousSecret {...previous} now={c.var.deps.clock()} />
          {kindOf(key.id) === 'credential' && <EnvironmentFile credential={key} />}
        </>
      ),
    }),
})

const RotateForm = ({ apiKey: key, form, problem }: ShownForm & { apiKey: ApiKey }) => (
  <PostForm action={`${pathOf(key)}/rotate`} problem={problem} once submit="Rotate" back={pathOf(key)}>
    <IfMatch form={form} />
    <p>
      <Name>{key.name}</Name> gets a new secret, and keeps its id, its scopes and its history.
      {key.secrets.length > 1 && ' The older of its two secrets stops working at once.'}
    </p>
    <Choices label="Keep the current secret working for" name="overlapSeconds" problem={problem}>
      {OVERLAPS.map(({ value, label, hint }) => (
        <RadioField
          name="overlapSeconds"
          value={value}
          checked={form.text('overlapSeconds') === value}
          label={label}
          hint={hint}
        />
      ))}
    </Choices>
  </PostForm>
)

const PreviousSecret = ({ prefix, expiresAt, now }: Rotation['previous'] & { now: number }) => (
  <p>
    The previous secret, <code class="prefix">{prefix}</code>,{' '}
    {expiresAt <= now ? (
      'no longer works.'
    ) : (
      <>
        works until <Time at={expiresAt} />.
      </>
    )}
  </p>
)

const OVERLAPS = [
  { value: '0', label: 'No time', hint: 'It stops working at once. Choose this for a key that leaked.' },
  { value: '3600', label: '1 hour', hint: 'Enough for one deployment.' },
  { value: '86400', label: '1 day', hint: 'Enough to change it in several places.' },
  { value: '604800', label: '7 days', hint: 'For a key that other people hold.' },
] as const
