// The pages of management keys: who may work Keyward itself.
import { Hono } from 'hono'
import type { ManagementKey } from '../core/actor.ts'
import { invalidField, type Problem } from '../core/problem.ts'
import { newManagementKeySchema } from '../http/management-key-schema.ts'
import {
  createManagementKey,
  getManagementKey,
  listManagementKeys,
  revokeManagementKey,
} from '../service/management-keys.ts'
import { apiCommand } from './command-text.ts'
import { ActionLink } from './components/action-link.tsx'
import { Command } from './components/command.tsx'
import { ConfirmField, Faults, FormButtons } from './components/field.tsx'
import { Pager } from './components/pager.tsx'
import type { ConsoleContext, ConsoleEnv } from './console-env.ts'
import { blankForm, claimForm, type Form, parseWith, readForm, tryForm } from './form.ts'
import { ManagementKeyForm, ROLE_TEXT } from './management-keys/form.tsx'
import { ManagementKeyTable } from './management-keys/table.tsx'
import { goTo, type PageHead, type PageStatus, page } from './page.tsx'
import { pageRequest } from './page-request.ts'
import { alreadySent, shownOnce } from './shown-once.tsx'

export const managementKeyPages = new Hono<ConsoleEnv>()

const PATH = '/console/management-keys'
const SECTION: Pick<PageHead, 'section' | 'crumbs'> = {
  section: 'management-keys',
  crumbs: [{ href: PATH, text: 'Management keys' }],
}

managementKeyPages.get(PATH, async (c) => {
  const request = pageRequest(c)
  const { items, nextCursor } = await listManagementKeys(c.var.deps, c.var.caller, request)
  const create = (
    <ActionLink href={`${PATH}/new`} dialog primary icon="plus">
      New management key
    </ActionLink>
  )
  return page(
    c,
    { title: 'Management keys', section: 'management-keys', actions: create },
    <>
      <p class="lead">
        They work Keyward itself, here and by its API. The root key is not among them: it is a secret of the Worker.
      </p>
      <ManagementKeyTable keys={items} />
      <Pager href={PATH} nextCursor={nextCursor} isFurther={request.cursor !== null} />
    </>,
  )
})

managementKeyPages.get(`${PATH}/new`, async (c) => {
  await listManagementKeys(c.var.deps, c.var.caller, { limit: 1, cursor: null })
  return newPage(c, blankForm({ role: 'member' }), null)
})

managementKeyPages.post(`${PATH}/new`, async (c) => {
  const form = await readForm(c)
  const checked = await tryForm(async () => parseWith(newManagementKeySchema, inputIn(form)))
  if (!checked.done) return newPage(c, form, checked.problem, checked.status)
  const claim = await claimForm(c, form)
  if (!claim.first)
    return alreadySent(c, { title: 'Management key', ...SECTION }, { outcome: claim.outcome, list: PATH })

  const created = await tryForm(() => createManagementKey(c.var.deps, c.var.caller, checked.value))
  if (!created.done) return newPage(c, form, created.problem, created.status)
  // Not waited for: if it fails, the token must still be shown.
  c.var.deps.background(claim.done(PATH))
  return createdPage(c, created.value)
})

managementKeyPages.get(`${PATH}/:managementKeyId/revoke`, async (c) =>
  revokePage(c, await getManagementKey(c.var.deps, c.var.caller, c.req.param('managementKeyId')), null),
)

managementKeyPages.post(`${PATH}/:managementKeyId/revoke`, async (c) => {
  const { deps, caller } = c.var
  const key = await getManagementKey(deps, caller, c.req.param('managementKeyId'))
  const form = await readForm(c)
  const outcome = await tryForm(async () => {
    if (form.text('confirm') !== key.name.trim()) throw invalidField('confirm', "must be the key's name")
    return revokeManagementKey(deps, caller, key.id)
  })
  if (!outcome.done) return revokePage(c, key, outcome.problem, outcome.status)
  return goTo(c, PATH, `The management key “${key.name}” is revoked.`)
})

/** Only a verifier can be bound, so what is typed for another role counts as nothing. */
const inputIn = (form: Form) => ({
  name: form.text('name'),
  role: form.text('role'),
  ...(form.text('role') === 'verifier' ? { environmentId: form.optional('environmentId') ?? null } : {}),
})

const newPage = (c: ConsoleContext, form: Form, problem: Problem | null, status: PageStatus = 200) =>
  page(
    c,
    { title: 'New management key', ...SECTION, narrow: true },
    <ManagementKeyForm action={`${PATH}/new`} back={PATH} form={form} problem={problem} />,
    status,
  )

const createdPage = (c: ConsoleContext, { managementKey, token }: { managementKey: ManagementKey; token: string }) =>
  shownOnce(c, {
    head: { title: 'The management key is created', ...SECTION },
    token,
    what: 'management key',
    back: PATH,
    children: (
      <>
        <p>
          As a <strong>{managementKey.role}</strong>, it may: {ROLE_TEXT[managementKey.role]}
        </p>
        <Command label="Try it">
          {managementKey.role === 'verifier'
            ? apiCommand(c, 'POST', '/v1/keys/verify', { token: 'an API key' })
            : apiCommand(c, 'GET', '/v1/projects')}
        </Command>
      </>
    ),
  })

const revokePage = (c: ConsoleContext, key: ManagementKey, problem: Problem | null, status: PageStatus = 200) =>
  page(
    c,
    { title: 'Revoke management key', ...SECTION, narrow: true },
    <form method="post" action={`${PATH}/${key.id}/revoke`}>
      <Faults problem={problem} />
      <p>
        It stops working everywhere within seconds, and cannot be brought back. Sessions it opened here end with it.
      </p>
      {key.id === c.var.caller.actor.id && (
        <p class="notification is-warning is-light">
          This is the key you are signed in with: you will have to sign in again.
        </p>
      )}
      <ConfirmField name="confirm" what="revoke it" expected={key.name} problem={problem} />
      <FormButtons submit="Revoke" back={PATH} danger />
    </form>,
    status,
  )
