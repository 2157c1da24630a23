// Editing a key of either kind: everything but its secrets.
import { type ApiKey, kindOf } from '../../core/api-key.ts'
import type { Environment } from '../../core/environment.ts'
import { etagOf } from '../../core/etag.ts'
import { Problem } from '../../core/problem.ts'
import { keyEditSchema } from '../../http/key-schema.ts'
import { parseJsonField } from '../../http/strict-json.ts'
import { editablePartOf, editKey, getKey } from '../../service/keys.ts'
import { NameField, OwnerField } from '../components/common-fields.tsx'
import { TextArea } from '../components/field.tsx'
import { IfMatch, PostForm } from '../components/form.tsx'
import { readScopes, ScopeField } from '../components/scope-field.tsx'
import { formatMinute, formatSecondsUntil } from '../components/text.tsx'
import type { ConsoleContext } from '../console-env.ts'
import { type Form, type FormValues, keepUnchanged, parseWith } from '../form.ts'
import { defineFormPage, type ShownForm } from '../form-page.tsx'
import { ONE_KEY, pathOf, wordsOf } from '../key-kinds.ts'
import { goTo, placeInEnvironment } from '../page.tsx'
import { type EnvironmentWithProject, loadEnvironment, readParam } from '../request.ts'
import { ExpiryField, readExpiry } from './expiry.tsx'

type Loaded = EnvironmentWithProject & { key: ApiKey }

export const editKeyPages = defineFormPage(`${ONE_KEY}/edit`, {
  right: 'keys',
  load: loadKeyToEdit,
  blank: toFields,
  saved: toFields,
  parse: (form, { key, environment }, c) => ({
    edit: parseWith(keyEditSchema, {
      name: keepUnchanged(form.text('name'), key.name),
      scopes: readScopes(form, environment),
      ...(isApiKey(key) ? readApiKeyFields(form, key, c.var.deps.clock()) : {}),
    }),
    ifMatch: form.text('ifMatch'),
  }),
  submit: (c, { key }, { edit, ifMatch }) => editKey(c.var.deps, c.var.caller, key.id, edit, { ifMatch }),
  view: (c, loaded, shown) =>
    placeInEnvironment(loaded, {
      tab: wordsOf(loaded.key).collection,
      title: `Edit ${wordsOf(loaded.key).noun}`,
      crumbs: [{ href: pathOf(loaded.key), text: loaded.key.name }],
      narrow: true,
      content: <EditKeyForm apiKey={loaded.key} environment={loaded.environment} {...shown} now={c.var.deps.clock()} />,
    }),
  done: (c, { key }, { receipt }) =>
    goTo(
      c,
      pathOf(key),
      `Changes saved. They take effect everywhere within ${formatSecondsUntil(receipt.effectiveBy, c.var.deps.clock())}.`,
    ),
})

/** The key of the path with its environment. @throws {Problem} not_found, or conflict for a revoked key */
async function loadKeyToEdit(c: ConsoleContext): Promise<Loaded> {
  const key = await getKey(c.var.deps, c.var.caller, readParam(c, 'keyId'))
  if (key.revokedAt !== null)
    throw new Problem('conflict', `This ${wordsOf(key).noun} is revoked and can no longer be changed.`)
  return { key, ...(await loadEnvironment(c, key.environmentId)) }
}

/** Boxes of required scopes cannot be changed and are not sent, so they are not among the fields. */
function toFields({ key, environment: { scopes } }: Loaded): FormValues {
  return {
    name: key.name,
    scopes: key.scopes.filter((name) => !scopes.some((scope) => scope.required && scope.name === name)),
    ...(isApiKey(key)
      ? {
          expiry: 'keep',
          expiresAt: key.expiresAt === null ? 'never' : formatMinute(key.expiresAt),
          ownerId: key.ownerId ?? '',
          metadata: JSON.stringify(key.metadata, null, 2),
        }
      : {}),
    ifMatch: etagOf(editablePartOf(key)),
  }
}

const isApiKey = ({ id }: ApiKey): boolean => kindOf(id) === 'key'

/** The fields that an SDK credential does not have. */
const readApiKeyFields = (form: Form, { ownerId }: ApiKey, now: number) => ({
  expiresAt: readExpiry(form, now),
  ownerId: keepUnchanged(form.text('ownerId'), ownerId) || null,
  metadata: readMetadata(form),
})

/** @throws {Problem} invalid_request for what is not JSON, or cannot be kept exactly */
function readMetadata(form: Form): unknown {
  const text = form.text('metadata')
  return text === '' ? {} : parseJsonField('metadata', text)
}

type EditKeyFormProps = ShownForm & { apiKey: ApiKey; environment: Environment; now: number }

const EditKeyForm = ({ apiKey: key, environment, form, problem, now }: EditKeyFormProps) => (
  <PostForm action={`${pathOf(key)}/edit`} problem={problem} submit="Save" back={pathOf(key)}>
    <IfMatch form={form} />
    <NameField form={form} problem={problem} autofocus />
    <ScopeField environment={environment} form={form} problem={problem} />
    {isApiKey(key) && (
      <>
        <ExpiryField form={form} problem={problem} now={now} current={key.expiresAt} />
        <OwnerField form={form} problem={problem} />
        <TextArea
          name="metadata"
          label="Metadata"
          value={form.text('metadata')}
          problem={problem}
          hint="A JSON object of at most 4 KiB. Every verification returns it, so put no secrets in it."
        />
      </>
    )}
  </PostForm>
)
