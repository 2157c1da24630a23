// Changing a key that is there: everything but its secrets.
import { Hono } from 'hono'
import { type ApiKey, kindOf } from '../../core/api-key.ts'
import { invalidField, Problem } from '../../core/problem.ts'
import { keyEditSchema } from '../../http/key-schema.ts'
import { editKey, getKey } from '../../service/keys.ts'
import { Faults, FormButtons, TextArea, TextField } from '../components/field.tsx'
import type { ConsoleContext, ConsoleEnv } from '../console-env.ts'
import { blankForm, type Form, parseWith, readForm, tryForm } from '../form.ts'
import { environmentPage, goTo, type PageStatus } from '../page.tsx'
import { loadEnvironment, type Place } from '../place.ts'
import { chosenExpiry, ExpiryField } from './expiry.tsx'
import { ONE_KEY, pathOf, wordsFor } from './kinds.ts'
import { chosenScopes, ScopeField } from './scope-field.tsx'

export const editKeyPages = new Hono<ConsoleEnv>()

editKeyPages.get(`${ONE_KEY}/edit`, async (c) => {
  const { key, place } = await openKey(c)
  const form = blankForm({
    name: key.name,
    scopes: key.scopes,
    expiry: 'keep',
    ownerId: key.ownerId ?? '',
    metadata: JSON.stringify(key.metadata, null, 2),
  })
  return editKeyPage(c, { key, place, form, problem: null })
})

editKeyPages.post(`${ONE_KEY}/edit`, async (c) => {
  const { key, place } = await openKey(c)
  const form = await readForm(c)
  const { deps, caller } = c.var
  const outcome = await tryForm(async () => {
    const edit = parseWith(keyEditSchema, {
      name: form.text('name'),
      scopes: chosenScopes(form, place.environment),
      ...(kindOf(key.id) === 'key' ? ofKeysAlone(form, deps.clock()) : {}),
    })
    return editKey(deps, caller, key.id, edit)
  })
  if (!outcome.done) return editKeyPage(c, { key, place, form, problem: outcome.problem }, outcome.status)
  const seconds = Math.max(0, Math.ceil((outcome.value.receipt.effectiveBy - deps.clock()) / 1000))
  return goTo(c, pathOf(key), `The ${wordsFor(key).noun} is changed, everywhere within ${seconds} s.`)
})

/** The key of the path and where it is. @throws {Problem} not_found, or conflict for a revoked key */
async function openKey(c: ConsoleContext): Promise<{ key: ApiKey; place: Place }> {
  const key = await getKey(c.var.deps, c.var.caller, c.req.param('keyId') ?? '')
  if (key.revokedAt !== null) throw new Problem('conflict', 'It is revoked. What is revoked is never changed.')
  return { key, place: await loadEnvironment(c, key.environmentId) }
}

/** What an SDK credential does not have. */
const ofKeysAlone = (form: Form, now: number) => ({
  expiresAt: chosenExpiry(form, now),
  ownerId: form.optional('ownerId') ?? null,
  metadata: readMetadata(form),
})

/** @throws {Problem} invalid_request for what is not JSON */
function readMetadata(form: Form): unknown {
  const text = form.text('metadata')
  if (text === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw invalidField('metadata', 'is not well-formed JSON')
  }
}

type EditPage = { key: ApiKey; place: Place; form: Form; problem: Problem | null }

function editKeyPage(c: ConsoleContext, { key, place, form, problem }: EditPage, status: PageStatus = 200) {
  const here = pathOf(key)
  return environmentPage(
    c,
    place,
    wordsFor(key).collection,
    { title: `Edit ${wordsFor(key).noun}`, crumbs: [{ href: here, text: key.name }], narrow: true },
    <form method="post" action={`${here}/edit`}>
      <Faults problem={problem} />
      <TextField name="name" label="Name" value={form.text('name')} problem={problem} maxlength={100} autofocus />
      <ScopeField environment={place.environment} form={form} problem={problem} />
      {kindOf(key.id) === 'key' && (
        <>
          <ExpiryField form={form} problem={problem} now={c.var.deps.clock()} current={key.expiresAt} />
          <TextField
            name="ownerId"
            label="Owner"
            value={form.text('ownerId')}
            problem={problem}
            maxlength={200}
            optional
          />
          <TextArea
            name="metadata"
            label="Metadata"
            value={form.text('metadata')}
            problem={problem}
            hint="A JSON object of at most 4 KiB. It comes with every verification; put no secret in it."
          />
        </>
      )}
      <FormButtons submit="Save" back={here} />
    </form>,
    status,
  )
}
