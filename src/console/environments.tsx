// Environments of a project as cards, and making one.
import { Hono } from 'hono'
import type { Child } from 'hono/jsx'
import type { Environment } from '../core/environment.ts'
import type { Problem } from '../core/problem.ts'
import { TEMPLATES } from '../core/scope.ts'
import { newEnvironmentSchema } from '../http/environment-schema.ts'
import { type EnvironmentSummary, summarizeEnvironments } from '../service/environment-overview.ts'
import { createEnvironment, listEnvironments } from '../service/environments.ts'
import { getProjectName, type ProjectName } from '../service/projects.ts'
import { apiCommand } from './command-text.ts'
import { ActionLink } from './components/action-link.tsx'
import { Command } from './components/command.tsx'
import { Empty } from './components/empty.tsx'
import { Faults, FormButtons, faultAt, RadioField, TextField } from './components/field.tsx'
import { Pager } from './components/pager.tsx'
import { EnvironmentTag, Name, Time } from './components/text.tsx'
import { type ConsoleContext, type ConsoleEnv, may } from './console-env.ts'
import { blankForm, type Form, parseWith, readForm, tryForm } from './form.ts'
import { goTo, type PageStatus, page } from './page.tsx'
import { pageRequest } from './page-request.ts'

export const environmentPages = new Hono<ConsoleEnv>()

const PROJECTS = { href: '/console/projects', text: 'Projects' }

environmentPages.get('/console/projects/:projectId', async (c) => {
  const { deps, caller } = c.var
  const request = pageRequest(c)
  const project = await getProjectName(deps, caller, c.req.param('projectId'))
  const { items, nextCursor } = await listEnvironments(deps, caller, project.id, request)
  const overviews = await summarizeEnvironments(
    deps,
    caller,
    items.map(({ id }) => id),
  )
  const here = `/console/projects/${project.id}`
  const create = may(c, 'environments.write') && (
    <ActionLink href={`${here}/environments/new`} dialog primary icon="plus">
      New environment
    </ActionLink>
  )
  const actions = (
    <>
      {may(c, 'projects') && (
        <ActionLink href={`${here}/settings`} dialog>
          Settings
        </ActionLink>
      )}
      {items.length > 0 && create}
    </>
  )
  return page(
    c,
    { title: project.name, crumbs: [PROJECTS], section: 'projects', actions },
    items.length === 0 ? (
      <NoEnvironments c={c} project={project} create={create} />
    ) : (
      <>
        <ul class="cards">
          {items.map((environment, index) => (
            <Card environment={environment} overview={overviews[index]} />
          ))}
        </ul>
        <Pager href={here} nextCursor={nextCursor} isFurther={request.cursor !== null} />
      </>
    ),
  )
})

type CardProps = { environment: Environment; overview: EnvironmentSummary | undefined }

const Card = ({ environment: { id, name, tag, scopes }, overview }: CardProps) => (
  <li class="card-link">
    <div class="card-head">
      <a href={`/console/environments/${id}/keys`}>
        <strong>
          <Name>{name}</Name>
        </strong>
      </a>
      <EnvironmentTag tag={tag} />
    </div>
    <dl class="card-facts">
      <div>
        <dt>Live keys</dt>
        <dd class="is-number">{overview ? liveKeys(overview) : '–'}</dd>
      </div>
      <div>
        <dt>Scopes</dt>
        <dd class="is-number">{scopes.length}</dd>
      </div>
      <div>
        <dt>Last change</dt>
        <dd>
          <Time at={overview?.lastChangedAt ?? null} none="never" />
        </dd>
      </div>
    </dl>
  </li>
)

const liveKeys = ({ liveKeys, isMore }: EnvironmentSummary) => `${liveKeys.toLocaleString('en')}${isMore ? '+' : ''}`

type NoneProps = { c: ConsoleContext; project: ProjectName; create: Child }

const NoEnvironments = ({ c, project, create }: NoneProps) => (
  <Empty title="No environments yet" icon="folder" action={create}>
    <p>
      An environment has its own keys, scopes and routes: a key of one opens nothing in another. Most products begin
      with development and production.
    </p>
    {may(c, 'environments.write') && (
      <Command label="Or from a terminal">
        {apiCommand(c, 'POST', `/v1/projects/${project.id}/environments`, {
          name: 'Production',
          tag: 'production',
          template: 'data-api',
        })}
      </Command>
    )}
  </Empty>
)

environmentPages.get('/console/projects/:projectId/environments/new', async (c) => {
  const project = await getProjectName(c.var.deps, c.var.caller, c.req.param('projectId'))
  return newEnvironmentPage(c, project, blankForm({ tag: 'development', template: 'data-api' }), null)
})

environmentPages.post('/console/projects/:projectId/environments/new', async (c) => {
  const { deps, caller } = c.var
  const project = await getProjectName(deps, caller, c.req.param('projectId'))
  const form = await readForm(c)
  const outcome = await tryForm(async () => {
    const input = parseWith(newEnvironmentSchema, {
      name: form.text('name'),
      tag: form.text('tag'),
      template: form.optional('template'),
    })
    return createEnvironment(deps, caller, project.id, input)
  })
  if (!outcome.done) return newEnvironmentPage(c, project, form, outcome.problem, outcome.status)
  const { id, name } = outcome.value
  return goTo(c, `/console/environments/${id}/keys`, `The environment “${name}” is created.`)
})

function newEnvironmentPage(
  c: ConsoleContext,
  project: ProjectName,
  form: Form,
  problem: Problem | null,
  status: PageStatus = 200,
) {
  const here = `/console/projects/${project.id}`
  const crumbs = [PROJECTS, { href: here, text: project.name }]
  return page(
    c,
    { title: 'New environment', crumbs, section: 'projects', narrow: true },
    <form method="post" action={`${here}/environments/new`}>
      <Faults problem={problem} />
      <TextField
        name="name"
        label="Name"
        value={form.text('name')}
        problem={problem}
        maxlength={100}
        placeholder="Production"
        autofocus
      />
      <TextField
        name="tag"
        label="Tag"
        value={form.text('tag')}
        problem={problem}
        maxlength={32}
        list="tags"
        hint="development, staging, production, or your own word."
      />
      <datalist id="tags">
        {['development', 'staging', 'production'].map((tag) => (
          <option value={tag} />
        ))}
      </datalist>
      <fieldset class="field" id="field-template">
        <legend class="label">Scopes</legend>
        {Object.entries(TEMPLATES).map(([name, scopes]) => (
          <RadioField
            name="template"
            value={name}
            checked={form.text('template') === name}
            label={TEMPLATE_LABELS[name] ?? name}
            hint={scopes.map((scope) => scope.name).join(', ')}
          />
        ))}
        <RadioField
          name="template"
          value=""
          checked={form.text('template') === ''}
          label="None to begin with"
          hint="Add your own under Settings."
        />
        {faultAt(problem, 'template') && <p class="help is-danger">{faultAt(problem, 'template')}</p>}
      </fieldset>
      <FormButtons submit="Create environment" back={here} />
    </form>,
    status,
  )
}

const TEMPLATE_LABELS: Record<string, string> = { 'data-api': 'Data API', recommendations: 'Recommendations' }
