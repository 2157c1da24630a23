// A project: its environments as cards.
import { Hono } from 'hono'
import type { Child } from 'hono/jsx'
import type { Environment } from '../../core/environment.ts'
import { type EnvironmentSummary, listEnvironments, summarizeEnvironments } from '../../service/environments.ts'
import { getProjectName } from '../../service/projects.ts'
import { formatApiCommand, originOf } from '../command-text.ts'
import { ActionLink } from '../components/action-link.tsx'
import { Command } from '../components/command.tsx'
import { Empty } from '../components/empty.tsx'
import { Pager } from '../components/pager.tsx'
import { EnvironmentTag, Name, Time } from '../components/text.tsx'
import { type ConsoleContext, type ConsoleEnv, may } from '../console-env.ts'
import { pathOfTab } from '../environment-tabs.tsx'
import { PROJECTS, showPage } from '../page.tsx'
import { readPageRequest } from '../request.ts'

export const environmentListPages = new Hono<ConsoleEnv>()

environmentListPages.get(`${PROJECTS.href}/:projectId`, async (c) => {
  const { deps, caller } = c.var
  const request = readPageRequest(c)
  const project = await getProjectName(deps, caller, c.req.param('projectId'))
  const { items, nextCursor } = await listEnvironments(deps, caller, project.id, request)
  const ids = items.map(({ id }) => id)
  const summaries = await summarizeEnvironments(deps, caller, ids)
  const here = `${PROJECTS.href}/${project.id}`
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
  return showPage(c, {
    title: project.name,
    crumbs: [PROJECTS],
    section: 'projects',
    actions,
    content:
      items.length === 0 ? (
        <NoEnvironments c={c} projectId={project.id} create={create} />
      ) : (
        <>
          <ul class="cards">
            {items.map((environment, index) => (
              <Card environment={environment} summary={summaries[index]} />
            ))}
          </ul>
          <Pager href={here} nextCursor={nextCursor} isFurther={request.cursor !== null} />
        </>
      ),
  })
})

type CardProps = { environment: Environment; summary: EnvironmentSummary | undefined }

const Card = ({ environment, summary }: CardProps) => (
  <li class="card-link">
    <div class="card-head">
      <a href={pathOfTab(environment, 'keys')}>
        <strong>
          <Name>{environment.name}</Name>
        </strong>
      </a>
      <EnvironmentTag tag={environment.tag} />
    </div>
    <dl class="card-facts">
      <div>
        <dt>Live keys</dt>
        <dd class="is-number">{summary ? formatLiveKeys(summary) : '–'}</dd>
      </div>
      <div>
        <dt>Scopes</dt>
        <dd class="is-number">{environment.scopes.length}</dd>
      </div>
      <div>
        <dt>Last change</dt>
        <dd>
          <Time at={summary?.lastChangedAt ?? null} none="never" />
        </dd>
      </div>
    </dl>
  </li>
)

const formatLiveKeys = ({ liveKeys, isMore }: EnvironmentSummary) =>
  `${liveKeys.toLocaleString('en')}${isMore ? '+' : ''}`

type NoEnvironmentsProps = { c: ConsoleContext; projectId: string; create: Child }

const NoEnvironments = ({ c, projectId, create }: NoEnvironmentsProps) => (
  <Empty title="No environments yet" icon="folder" action={create}>
    <p>
      An environment has its own keys, scopes and routes. A key works in its own environment only. Most products start
      with development and production.
    </p>
    {may(c, 'environments.write') && (
      <Command label="Or from a terminal">
        {formatApiCommand(originOf(c), `POST /v1/projects/${projectId}/environments`, {
          name: 'Production',
          tag: 'production',
          template: 'data-api',
        })}
      </Command>
    )}
  </Empty>
)
