// A new key: what it may do is said in a sentence before, and its token is shown once after.
import { Hono } from 'hono'
import type { ApiKey } from '../../core/api-key.ts'
import type { Problem } from '../../core/problem.ts'
import { newKeySchema } from '../../http/key-schema.ts'
import { toTimestamp } from '../../http/timestamps.ts'
import { createKey } from '../../service/keys.ts'
import { Faults, FormButtons, OneTimeId, TextField } from '../components/field.tsx'
import { Icon } from '../components/icon.tsx'
import { Name } from '../components/text.tsx'
import type { ConsoleContext, ConsoleEnv } from '../console-env.ts'
import { blankForm, claimForm, type Form, parseWith, readForm, tryForm } from '../form.ts'
import { environmentPage, type PageStatus } from '../page.tsx'
import { loadEnvironment, type Place } from '../place.ts'
import { alreadySent, shownOnce } from '../shown-once.tsx'
import { chosenExpiry, ExpiryField } from './expiry.tsx'
import { chosenScopes, ScopeField } from './scope-field.tsx'
import { tryItOut } from './try-it-out.tsx'

export const newKeyPages = new Hono<ConsoleEnv>()

newKeyPages.get('/console/environments/:environmentId/keys/new', async (c) =>
  newKeyPage(c, await loadEnvironment(c), blankForm({ expiry: 'never' }), null),
)

newKeyPages.post('/console/environments/:environmentId/keys/new', async (c) => {
  const place = await loadEnvironment(c)
  const form = await readForm(c)
  const { deps, caller } = c.var
  const { id } = place.environment
  const outcome = await tryForm(async () => {
    const input = parseWith(newKeySchema, {
      name: form.text('name'),
      scopes: chosenScopes(form, place.environment),
      expiresAt: chosenExpiry(form, deps.clock()),
      ownerId: form.optional('ownerId'),
    })
    const claim = await claimForm(c, form)
    return claim.first ? { ...claim, ...(await createKey(deps, caller, id, input)) } : claim
  })
  if (!outcome.done) return newKeyPage(c, place, form, outcome.problem, outcome.status)
  const list = `/console/environments/${id}/keys`
  if (!outcome.value.first) return alreadySent(c, headOf(place), { outcome: outcome.value.outcome, list })

  const { key, token, done } = outcome.value
  deps.background(done(`/console/keys/${key.id}`))
  return shownOnce(c, {
    head: { ...headOf(place), title: 'The key is created' },
    token,
    what: 'key',
    back: list,
    children: (
      <>
        <Permissions apiKey={key} place={place} />
        {await tryItOut(c, key)}
      </>
    ),
  })
})

const headOf = ({ environment, project }: Place) => ({
  title: 'New key',
  section: 'projects' as const,
  crumbs: [
    { href: '/console/projects', text: 'Projects' },
    { href: `/console/projects/${project.id}`, text: project.name },
    { href: `/console/environments/${environment.id}/keys`, text: environment.name },
  ],
})

function newKeyPage(c: ConsoleContext, place: Place, form: Form, problem: Problem | null, status: PageStatus = 200) {
  const { environment, project } = place
  const here = `/console/environments/${environment.id}/keys`
  const now = c.var.deps.clock()
  return environmentPage(
    c,
    place,
    'keys',
    { title: 'New key', narrow: true },
    <form method="post" action={`${here}/new`} data-key-form data-place={`${environment.name} of ${project.name}`}>
      <Faults problem={problem} />
      <OneTimeId />
      <TextField
        name="name"
        label="Name"
        value={form.text('name')}
        problem={problem}
        maxlength={100}
        placeholder="billing-service"
        hint="What will use it. People see it; the key itself does not hold it."
        autofocus
      />
      <ScopeField environment={environment} form={form} problem={problem} />
      <ExpiryField form={form} problem={problem} now={now} />
      <TextField
        name="ownerId"
        label="Owner"
        value={form.text('ownerId')}
        problem={problem}
        maxlength={200}
        placeholder="customer-42"
        hint="Whose it is in your own system. Your API is told with each request."
        optional
      />
      <p class="sentence" aria-live="polite">
        <Icon name="key" />
        <span data-summary>
          A key of <Name>{environment.name}</Name>, with the scopes ticked above.
        </span>
      </p>
      <FormButtons submit="Create key" back={here} />
    </form>,
    status,
  )
}

/** Where the key opens what, and until when. */
const Permissions = ({ apiKey: { scopes, expiresAt }, place: { environment, project } }: PermissionsProps) => (
  <section class="permissions">
    <p>
      In <Name>{environment.name}</Name> of <Name>{project.name}</Name>,{' '}
      {expiresAt === null
        ? 'until it is revoked'
        : `until ${toTimestamp(expiresAt).slice(0, 16).replace('T', ' ')} UTC`}
      , it {scopes.length === 0 ? 'holds no scope: it proves who calls.' : 'may use:'}
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

type PermissionsProps = { apiKey: ApiKey; place: Place }
