// The list of projects.
import { Hono } from 'hono'
import { listProjectNames, type ProjectName } from '../../service/projects.ts'
import { formatApiCommand, originOf } from '../command-text.ts'
import { ActionLink } from '../components/action-link.tsx'
import { Command } from '../components/command.tsx'
import { Empty } from '../components/empty.tsx'
import { Pager } from '../components/pager.tsx'
import { Name, Time } from '../components/text.tsx'
import { type ConsoleContext, type ConsoleEnv, may } from '../console-env.ts'
import { PROJECTS, showPage } from '../page.tsx'
import { readPageRequest } from '../request.ts'

export const projectListPages = new Hono<ConsoleEnv>()

projectListPages.get(PROJECTS.href, async (c) => {
  const request = readPageRequest(c)
  const { items, nextCursor } = await listProjectNames(c.var.deps, c.var.caller, request)
  const head = { title: 'Projects', section: 'projects' as const }
  if (items.length === 0) return showPage(c, { ...head, content: <NoProjects c={c} /> })
  return showPage(c, {
    ...head,
    actions: may(c, 'projects') && <NewProject />,
    content: (
      <>
        <Cards projects={items} />
        <Pager href={PROJECTS.href} nextCursor={nextCursor} isFurther={request.cursor !== null} />
      </>
    ),
  })
})

const NewProject = () => (
  <ActionLink href={`${PROJECTS.href}/new`} dialog primary icon="plus">
    New project
  </ActionLink>
)

const Cards = ({ projects }: { projects: readonly ProjectName[] }) => (
  <ul class="cards">
    {projects.map(({ id, name, createdAt }) => (
      <li class="card-link">
        <a href={`${PROJECTS.href}/${id}`}>
          <strong>
            <Name>{name}</Name>
          </strong>
        </a>
        <p class="is-quiet">
          Created <Time at={createdAt} />
        </p>
      </li>
    ))}
  </ul>
)

const NoProjects = ({ c }: { c: ConsoleContext }) => (
  <Empty title="No projects yet" icon="folder" action={may(c, 'projects') && <NewProject />}>
    <p>
      A project holds the environments of one product, such as development, staging and production. Keys belong to an
      environment.
    </p>
    {may(c, 'projects') ? (
      <Command label="Or from a terminal">
        {formatApiCommand(originOf(c), 'POST /v1/projects', { name: 'Shop' })}
      </Command>
    ) : (
      <p>Ask an admin to create the first one.</p>
    )}
  </Empty>
)
