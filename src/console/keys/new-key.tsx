// Creating an API key. The form says in a sentence what the key will be allowed; its token is shown once, in the answer.
import type { ApiKey } from '../../core/api-key.ts'
import { newKeySchema } from '../../http/key-schema.ts'
import { createKey } from '../../service/keys.ts'
import { NameField, OwnerField } from '../components/common-fields.tsx'
import { PostForm } from '../components/form.tsx'
import { Icon } from '../components/icon.tsx'
import { readScopes, ScopeField } from '../components/scope-field.tsx'
import { formatMinute, Name } from '../components/text.tsx'
import { pathOfTab } from '../environment-tabs.tsx'
import { parseWith } from '../form.ts'
import { defineFormPage, type ShownForm } from '../form-page.tsx'
import { listOf, pathOf } from '../key-kinds.ts'
import { listCrumbs, placeInEnvironment } from '../page.tsx'
import { type EnvironmentWithProject, loadEnvironment } from '../request.ts'
import { showToken } from '../shown-once.tsx'
import { ExpiryField, readExpiry } from './expiry.tsx'
import { findPathToTry, TryItOut } from './try-it-out.tsx'

export const newKeyPages = defineFormPage('/console/environments/:environmentId/keys/new', {
  right: 'keys',
  load: loadEnvironment,
  blank: () => ({ expiry: 'never' }),
  parse: (form, { environment }, c) =>
    parseWith(newKeySchema, {
      name: form.text('name'),
      scopes: readScopes(form, environment),
      expiresAt: readExpiry(form, c.var.deps.clock()),
      ownerId: form.optional('ownerId'),
    }),
  async submit(c, { environment }, input) {
    const creating = createKey(c.var.deps, c.var.caller, environment.id, input)
    const [created, pathToTry] = await Promise.all([creating, findPathToTry(c, environment, input.scopes)])
    return { ...created, pathToTry }
  },
  once: { pathOf: ({ key }) => pathOf(key), listOf: ({ environment }) => pathOfTab(environment, 'keys') },
  view: (c, loaded, shown) =>
    placeInEnvironment(loaded, {
      tab: 'keys',
      title: 'New key',
      narrow: true,
      content: <NewKeyForm {...loaded} {...shown} now={c.var.deps.clock()} />,
    }),
  done: (c, loaded, { key, token, pathToTry }) =>
    showToken(c, {
      title: 'Key created',
      section: 'projects',
      crumbs: listCrumbs(loaded),
      token,
      what: 'key',
      back: listOf(key).href,
      children: (
        <>
          <Permissions apiKey={key} {...loaded} />
          <TryItOut c={c} apiKey={key} path={pathToTry} />
        </>
      ),
    }),
})

const NewKeyForm = ({
  environment,
  project,
  form,
  problem,
  now,
}: EnvironmentWithProject & ShownForm & { now: number }) => {
  const list = pathOfTab(environment, 'keys')
  return (
    <PostForm
      action={`${list}/new`}
      problem={problem}
      once
      submit="Create key"
      back={list}
      data={{ 'data-key-form': '', 'data-place': `${environment.name} of ${project.name}` }}
    >
      <NameField
        form={form}
        problem={problem}
        placeholder="billing-service"
        hint="Which service will use the key. The name is not part of the key."
        autofocus
      />
      <ScopeField environment={environment} form={form} problem={problem} />
      <ExpiryField form={form} problem={problem} now={now} />
      <OwnerField
        form={form}
        problem={problem}
        placeholder="customer-42"
        hint="Who the key belongs to in your own system. Your API receives it with each request."
      />
      <p class="sentence" aria-live="polite">
        <Icon name="key" />
        <span data-summary>
          A key of <Name>{environment.name}</Name> with the scopes ticked above.
        </span>
      </p>
    </PostForm>
  )
}

/** Where the key works, until when, and what it may do. */
const Permissions = ({
  apiKey: { scopes, expiresAt },
  environment,
  project,
}: EnvironmentWithProject & { apiKey: ApiKey }) => (
  <section class="permissions">
    <p>
      In <Name>{environment.name}</Name> of <Name>{project.name}</Name>,{' '}
      {expiresAt === null ? 'until it is revoked' : `until ${formatMinute(expiresAt)}`}, this key{' '}
      {scopes.length === 0 ? 'has no scopes: it only shows who is calling.' : 'may use:'}
    </p>
    <ul>
      {environment.scopes
        .filter(({ name }) => scopes.includes(name))
        .map(({ name, description }) => (
          <li>
            <Icon name="check" />
            <code class="scope">{name}</code>
            <span>{description}</span>
          </li>
        ))}
    </ul>
  </section>
)
