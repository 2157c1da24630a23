// Creating an SDK credential: a client id and a client secret, which is shown once.
import type { ApiKey } from '../../core/api-key.ts'
import { newKeySchema } from '../../http/key-schema.ts'
import { createKey } from '../../service/keys.ts'
import { formatTokenCommand, originOf } from '../command-text.ts'
import { CommandWithToken, CopyText } from '../components/command.tsx'
import { NameField } from '../components/common-fields.tsx'
import { PostForm } from '../components/form.tsx'
import { readScopes, ScopeField } from '../components/scope-field.tsx'
import { Scopes } from '../components/text.tsx'
import type { ConsoleContext } from '../console-env.ts'
import { pathOfTab } from '../environment-tabs.tsx'
import { parseWith } from '../form.ts'
import { defineFormPage } from '../form-page.tsx'
import { listOf, pathOf } from '../key-kinds.ts'
import { listCrumbs, placeInEnvironment } from '../page.tsx'
import { loadEnvironment } from '../request.ts'
import { showToken } from '../shown-once.tsx'
import { EnvironmentFile } from './environment-file.tsx'

export const newCredentialPages = defineFormPage('/console/environments/:environmentId/credentials/new', {
  right: 'keys',
  load: loadEnvironment,
  blank: () => ({}),
  parse: (form, { environment }) =>
    parseWith(newKeySchema, { name: form.text('name'), scopes: readScopes(form, environment) }),
  submit: (c, { environment }, input) =>
    createKey(c.var.deps, c.var.caller, environment.id, { ...input, kind: 'credential' }),
  once: { pathOf: ({ key }) => pathOf(key), listOf: ({ environment }) => pathOfTab(environment, 'credentials') },
  view(_c, loaded, { form, problem }) {
    const list = pathOfTab(loaded.environment, 'credentials')
    return placeInEnvironment(loaded, {
      tab: 'credentials',
      title: 'New credential',
      narrow: true,
      content: (
        <PostForm action={`${list}/new`} problem={problem} once submit="Create credential" back={list}>
          <NameField
            form={form}
            problem={problem}
            placeholder="storefront-sdk"
            hint="Which service will use the credential."
            autofocus
          />
          <ScopeField environment={loaded.environment} form={form} problem={problem} />
        </PostForm>
      ),
    })
  },
  done: (c, loaded, { key: credential, token }) =>
    showToken(c, {
      title: 'Credential created',
      section: 'projects',
      crumbs: listCrumbs(loaded),
      token,
      what: 'client secret',
      back: listOf(credential).href,
      children: <HowToUse c={c} credential={credential} />,
    }),
})

const HowToUse = ({ c, credential }: { c: ConsoleContext; credential: ApiKey }) => (
  <>
    <dl class="details">
      <dt>Client id</dt>
      <dd>
        <CopyText what="client id">{credential.id}</CopyText>
      </dd>
      <dt>Scopes</dt>
      <dd>
        <Scopes scopes={credential.scopes} />
      </dd>
    </dl>
    <EnvironmentFile credential={credential} />
    <CommandWithToken label="Obtain an access token" text={formatTokenCommand(originOf(c), credential.id)} />
  </>
)
