// Creating a project. Its name is the one thing about it that people choose.
import { z } from '@hono/zod-openapi'
import { nameField } from '../../http/fields.ts'
import { createProject } from '../../service/projects.ts'
import { NameField } from '../components/common-fields.tsx'
import { PostForm } from '../components/form.tsx'
import { parseWith } from '../form.ts'
import { defineFormPage } from '../form-page.tsx'
import { goTo, PROJECTS } from '../page.tsx'

export const projectSchema = z.object({ name: nameField })

export const newProjectPages = defineFormPage(`${PROJECTS.href}/new`, {
  right: 'projects',
  load: async () => null,
  blank: () => ({}),
  parse: (form) => parseWith(projectSchema, { name: form.text('name') }),
  submit: (c, _none, input) => createProject(c.var.deps, c.var.caller, input),
  once: { pathOf: ({ id }) => `${PROJECTS.href}/${id}`, listOf: () => PROJECTS.href },
  view: (_c, _none, { form, problem }) => ({
    title: 'New project',
    crumbs: [PROJECTS],
    section: 'projects',
    narrow: true,
    content: (
      <PostForm action={`${PROJECTS.href}/new`} problem={problem} once submit="Create project" back={PROJECTS.href}>
        <NameField form={form} problem={problem} autofocus />
      </PostForm>
    ),
  }),
  done: (c, _none, { id, name }) => goTo(c, `${PROJECTS.href}/${id}`, `Project “${name}” created.`),
})
