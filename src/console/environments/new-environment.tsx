// Creating an environment, with the scopes of a template or with none.
import { TEMPLATES } from '../../core/scope.ts'
import { newEnvironmentSchema } from '../../http/environment-schema.ts'
import { createEnvironment } from '../../service/environments.ts'
import { getProjectName } from '../../service/projects.ts'
import { Choices } from '../components/choices.tsx'
import { NameField, TagField } from '../components/common-fields.tsx'
import { RadioField } from '../components/field.tsx'
import { PostForm } from '../components/form.tsx'
import { pathOfTab } from '../environment-tabs.tsx'
import { parseWith } from '../form.ts'
import { defineFormPage, type ShownForm } from '../form-page.tsx'
import { goTo, PROJECTS } from '../page.tsx'
import { readParam } from '../request.ts'

export const newEnvironmentPages = defineFormPage(`${PROJECTS.href}/:projectId/environments/new`, {
  right: 'environments.write',
  load: (c) => getProjectName(c.var.deps, c.var.caller, readParam(c, 'projectId')),
  blank: () => ({ tag: 'development', template: 'data-api' }),
  parse: (form) =>
    parseWith(newEnvironmentSchema, {
      name: form.text('name'),
      tag: form.text('tag'),
      template: form.optional('template'),
    }),
  submit: (c, project, input) => createEnvironment(c.var.deps, c.var.caller, project.id, input),
  once: {
    pathOf: (environment) => pathOfTab(environment, 'keys'),
    listOf: ({ id }) => `${PROJECTS.href}/${id}`,
  },
  view: (_c, { id, name }, { form, problem }) => {
    const here = `${PROJECTS.href}/${id}`
    return {
      title: 'New environment',
      crumbs: [PROJECTS, { href: here, text: name }],
      section: 'projects',
      narrow: true,
      content: (
        <PostForm action={`${here}/environments/new`} problem={problem} once submit="Create environment" back={here}>
          <Fields form={form} problem={problem} />
        </PostForm>
      ),
    }
  },
  done: (c, _project, environment) =>
    goTo(c, pathOfTab(environment, 'keys'), `Environment “${environment.name}” created.`),
})

const Fields = ({ form, problem }: ShownForm) => (
  <>
    <NameField form={form} problem={problem} placeholder="Production" autofocus />
    <TagField
      form={form}
      problem={problem}
      list="tags"
      hint="What the environment is for: development, staging, production, or a word of your own."
    />
    <datalist id="tags">
      {['development', 'staging', 'production'].map((tag) => (
        <option value={tag} />
      ))}
    </datalist>
    <Choices label="Scopes" name="template" problem={problem}>
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
        label="No scopes for now"
        hint="You can add your own under Settings."
      />
    </Choices>
  </>
)

const TEMPLATE_LABELS: Record<string, string> = { 'data-api': 'Data API', recommendations: 'Recommendations' }
