// Renaming a project and deleting it: two forms on one page.
import type { Project } from '../../core/environment.ts'
import { etagOf } from '../../core/etag.ts'
import { deleteProject, editablePartOf, editProject, getProject } from '../../service/projects.ts'
import { NameField } from '../components/common-fields.tsx'
import { ConfirmField } from '../components/field.tsx'
import { Faults, FormButtons, IfMatch } from '../components/form.tsx'
import type { ConsoleContext } from '../console-env.ts'
import { confirmationOf, createForm, type FormValues, keepUnchanged, parseWith, requireName } from '../form.ts'
import { defineFormAction, defineFormPage, type ShownForm } from '../form-page.tsx'
import { goTo, type Page, PROJECTS } from '../page.tsx'
import { readParam } from '../request.ts'
import { projectSchema } from './new-project.tsx'

const ONE_PROJECT = `${PROJECTS.href}/:projectId`

const loadProject = (c: ConsoleContext) => getProject(c.var.deps, c.var.caller, readParam(c, 'projectId'))

export const projectSettingsPages = defineFormPage(`${ONE_PROJECT}/settings`, {
  right: 'projects',
  load: loadProject,
  blank: toFields,
  saved: toFields,
  parse: (form, { name }) => ({
    edit: parseWith(projectSchema, { name: keepUnchanged(form.text('name'), name) }),
    ifMatch: form.text('ifMatch'),
  }),
  submit: (c, { id }, { edit, ifMatch }) => editProject(c.var.deps, c.var.caller, id, edit, { ifMatch }),
  view: (_c, project, shown) => createSettingsPage(project, shown),
  done: (c, { id }) => goTo(c, `${PROJECTS.href}/${id}`, 'Project renamed.'),
})

export const deleteProjectPages = defineFormAction(`${ONE_PROJECT}/delete`, {
  right: 'projects',
  load: loadProject,
  parse: (form, { id, name }) => requireName(form, 'confirm', { id, name, noun: 'project' }),
  submit: (c, { id }) => deleteProject(c.var.deps, c.var.caller, id),
  view: (_c, project, { problem }) => createSettingsPage(project, { form: createForm(toFields(project)), problem }),
  done: (c, { name }) => goTo(c, PROJECTS.href, `Project “${name}” deleted.`),
})

function toFields(project: Project): FormValues {
  return { name: project.name, ifMatch: etagOf(editablePartOf(project)) }
}

function createSettingsPage({ id, name }: Project, { form, problem }: ShownForm): Page {
  const here = `${PROJECTS.href}/${id}`
  return {
    title: 'Project settings',
    crumbs: [PROJECTS, { href: here, text: name }],
    section: 'projects',
    narrow: true,
    content: (
      <>
        <Faults problem={problem} />
        <form method="post" action={`${here}/settings`}>
          <IfMatch form={form} />
          <NameField form={form} problem={problem} autofocus />
          <FormButtons submit="Rename" back={here} />
        </form>
        <form class="danger-zone" method="post" action={`${here}/delete`}>
          <h2 class="title is-6">Delete the project</h2>
          <p>Only a project without environments can be deleted. Its events stay in the audit log.</p>
          <ConfirmField name="confirm" expected={confirmationOf({ id, name })} what="delete it" problem={problem} />
          <button class="button is-danger" type="submit">
            Delete project
          </button>
        </form>
      </>
    ),
  }
}
