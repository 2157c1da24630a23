// A new SDK credential: its client id, and its secret, which is shown once.
import { Hono } from 'hono'
import type { Problem } from '../../core/problem.ts'
import { newKeySchema } from '../../http/key-schema.ts'
import { createKey } from '../../service/keys.ts'
import { tokenCommand } from '../command-text.ts'
import { Command, CopyText } from '../components/command.tsx'
import { Faults, FormButtons, OneTimeId, TextField } from '../components/field.tsx'
import { Scopes } from '../components/text.tsx'
import type { ConsoleContext, ConsoleEnv } from '../console-env.ts'
import { blankForm, claimForm, type Form, parseWith, readForm, tryForm } from '../form.ts'
import { EnvironmentFile } from '../keys/environment-file.tsx'
import { pathOf } from '../keys/kinds.ts'
import { chosenScopes, ScopeField } from '../keys/scope-field.tsx'
import { environmentPage, type PageStatus } from '../page.tsx'
import { loadEnvironment, type Place } from '../place.ts'
import { alreadySent, shownOnce } from '../shown-once.tsx'

export const newCredentialPages = new Hono<ConsoleEnv>()

newCredentialPages.get('/console/environments/:environmentId/credentials/new', async (c) =>
  newCredentialPage(c, await loadEnvironment(c), blankForm(), null),
)

newCredentialPages.post('/console/environments/:environmentId/credentials/new', async (c) => {
  const place = await loadEnvironment(c)
  const form = await readForm(c)
  const { deps, caller } = c.var
  const { id, name } = place.environment
  const outcome = await tryForm(async () => {
    const input = parseWith(newKeySchema, {
      name: form.text('name'),
      scopes: chosenScopes(form, place.environment),
    })
    const claim = await claimForm(c, form)
    return claim.first ? { ...claim, ...(await createKey(deps, caller, id, { ...input, kind: 'credential' })) } : claim
  })
  if (!outcome.done) return newCredentialPage(c, place, form, outcome.problem, outcome.status)
  const list = `/console/environments/${id}/credentials`
  const head = {
    title: 'The credential is created',
    section: 'projects' as const,
    crumbs: [
      { href: '/console/projects', text: 'Projects' },
      { href: `/console/projects/${place.project.id}`, text: place.project.name },
      { href: list, text: name },
    ],
  }
  if (!outcome.value.first) return alreadySent(c, head, { outcome: outcome.value.outcome, list })

  const { key: credential, token, done } = outcome.value
  deps.background(done(pathOf(credential)))
  return shownOnce(c, {
    head,
    token,
    what: 'client secret',
    back: list,
    children: (
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
        <Command label="Buy an access token" withToken>
          {tokenCommand(c, credential.id)}
        </Command>
      </>
    ),
  })
})

function newCredentialPage(
  c: ConsoleContext,
  place: Place,
  form: Form,
  problem: Problem | null,
  status: PageStatus = 200,
) {
  const here = `/console/environments/${place.environment.id}/credentials`
  return environmentPage(
    c,
    place,
    'credentials',
    { title: 'New credential', narrow: true },
    <form method="post" action={`${here}/new`}>
      <Faults problem={problem} />
      <OneTimeId />
      <TextField
        name="name"
        label="Name"
        value={form.text('name')}
        problem={problem}
        maxlength={100}
        placeholder="storefront-sdk"
        hint="What will use it."
        autofocus
      />
      <ScopeField environment={place.environment} form={form} problem={problem} />
      <FormButtons submit="Create credential" back={here} />
    </form>,
    status,
  )
}
