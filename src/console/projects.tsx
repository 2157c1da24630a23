// Projects: the list, a project with its environments as cards, and making, renaming and deleting one.

import { z } from '@hono/zod-openapi'
import { Hono } from 'hono'
import type { Project } from '../core/environment.ts'
import { invalidField, type Problem } from '../core/problem.ts'
import { nameField } from '../http/fields.ts'
import { createProject, deleteProject, editProject, getProject, listProjectNames } from '../service/projects.ts'
import { apiCommand } from './command-text.ts'
import { ActionLink } from './components/action-link.tsx'
import { Command } from './components/command.tsx'
import { Empty } from './components/empty.tsx'
import { ConfirmField, Faults, FormButtons, TextField } from './components/field.tsx'
import { Pager } from './components/pager.tsx'
import { Name, Time } from './components/text.tsx'
import { type ConsoleContext, type ConsoleEnv, may } from './console-env.ts'
import { blankForm, type Form, parseWith, readForm, tryForm } from './form.ts'
import { goTo, type PageStatus, page } from './page.tsx'
import { pageRequest } from './page-request.ts'

export const projectPages = new Hono<ConsoleEnv>()

const PROJECTS = { href: '/console/projects', text: 'Projects' }
const projectSchema = z.object({ name: nameField })

projectPages.get('/console/projects', async (c) => {
  const request = pageRequest(c)
  const { items, nextCursor } = await listProjectNames(c.var.deps, c.var.caller, request)
  const mayCreate = may(c, 'projects')
  const create = mayCreate && (
    <ActionLink href="/console/projects/new" dialog primary icon="plus">
      New project
    </ActionLink>
  )
  if (items.length === 0) {
    return page(
      c,
      { title: 'Projects', section: 'projects' },
      <Empty title="No projects yet" icon="folder" action={create}>
        <p>
          A project holds the environments of one product: development, staging, production. Keys live in environments.
        </p>
        {mayCreate ? (
          <Command label="Or from a terminal">{apiCommand(c, 'POST', '/v1/projects', { name: 'Shop' })}</Command>
        ) : (
          <p>An admin can make the first one.</p>
        )}
      </Empty>,
    )
  }
  return page(
    c,
    { title: 'Projects', section: 'projects', actions: create },
    <>
      <ul class="cards">
        {items.map(({ id, name, createdAt }) => (
          <li class="card-link">
            <a href={`/console/projects/${id}`}>
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
      <Pager href="/console/projects" nextCursor={nextCursor} isFurther={request.cursor !== null} />
    </>,
  )
})

projectPages.get('/console/projects/new', (c) => newProjectPage(c, blankForm(), null))

projectPages.post('/console/projects/new', async (c) => {
  const form = await readForm(c)
  const outcome = await tryForm(async () =>
    createProject(c.var.deps, c.var.caller, parseWith(projectSchema, { name: form.text('name') })),
  )
  if (!outcome.done) return newProjectPage(c, form, outcome.problem, outcome.status)
  return goTo(c, `/console/projects/${outcome.value.id}`, `The project “${outcome.value.name}” is created.`)
})

const newProjectPage = (c: ConsoleContext, form: Form, problem: Problem | null, status: PageStatus = 200) =>
  page(
    c,
    { title: 'New project', crumbs: [PROJECTS], section: 'projects', narrow: true },
    <form method="post" action="/console/projects/new">
      <Faults problem={problem} />
      <NameField form={form} problem={problem} />
      <FormButtons submit="Create project" back="/console/projects" />
    </form>,
    status,
  )

projectPages.get('/console/projects/:projectId/settings', async (c) => {
  const project = await getProject(c.var.deps, c.var.caller, c.req.param('projectId'))
  return settingsPage(c, project, blankForm({ name: project.name }), null)
})

projectPages.post('/console/projects/:projectId/settings', async (c) => {
  const { deps, caller } = c.var
  const form = await readForm(c)
  const project = await getProject(deps, caller, c.req.param('projectId'))
  const outcome = await tryForm(async () =>
    editProject(deps, caller, project.id, parseWith(projectSchema, { name: form.text('name') })),
  )
  if (!outcome.done) return settingsPage(c, project, form, outcome.problem, outcome.status)
  return goTo(c, `/console/projects/${project.id}`, 'The project is renamed.')
})

projectPages.post('/console/projects/:projectId/delete', async (c) => {
  const { deps, caller } = c.var
  const form = await readForm(c)
  const project = await getProject(deps, caller, c.req.param('projectId'))
  const outcome = await tryForm(async () => {
    if (form.text('confirm') !== project.name.trim()) throw invalidField('confirm', "must be the project's name")
    await deleteProject(deps, caller, project.id)
  })
  if (outcome.done) return goTo(c, '/console/projects', `The project “${project.name}” is deleted.`)
  return settingsPage(c, project, blankForm({ name: project.name }), outcome.problem, outcome.status)
})

function settingsPage(
  c: ConsoleContext,
  project: Project,
  form: Form,
  problem: Problem | null,
  status: PageStatus = 200,
) {
  const here = `/console/projects/${project.id}`
  return page(
    c,
    {
      title: 'Project settings',
      crumbs: [PROJECTS, { href: here, text: project.name }],
      section: 'projects',
      narrow: true,
    },
    <>
      <Faults problem={problem} />
      <form method="post" action={`${here}/settings`}>
        <NameField form={form} problem={problem} />
        <FormButtons submit="Rename" back={here} />
      </form>
      <form class="danger-zone" method="post" action={`${here}/delete`}>
        <h2 class="title is-6">Delete the project</h2>
        <p>Only a project without environments can be deleted. Its events stay in the audit log.</p>
        <ConfirmField name="confirm" expected={project.name} what="delete it" problem={problem} />
        <button class="button is-danger" type="submit">
          Delete project
        </button>
      </form>
    </>,
    status,
  )
}

const NameField = ({ form, problem }: { form: Form; problem: Problem | null }) => (
  <TextField name="name" label="Name" value={form.text('name')} problem={problem} maxlength={100} autofocus />
)
