// Creating a management key. Its token is shown once, in the answer.
import { type ManagementKey, ROLES, type Role } from '../../core/actor.ts'
import { newManagementKeySchema } from '../../http/management-key-schema.ts'
import { createManagementKey } from '../../service/management-keys.ts'
import { formatApiCommand, originOf } from '../command-text.ts'
import { Choices } from '../components/choices.tsx'
import { Command } from '../components/command.tsx'
import { NameField } from '../components/common-fields.tsx'
import { RadioField, TextField } from '../components/field.tsx'
import { PostForm } from '../components/form.tsx'
import type { ConsoleContext } from '../console-env.ts'
import { type Form, parseWith } from '../form.ts'
import { defineFormPage, type ShownForm } from '../form-page.tsx'
import { showToken } from '../shown-once.tsx'
import { MANAGEMENT_KEYS } from './table.tsx'

const HEAD = { section: 'management-keys', crumbs: [MANAGEMENT_KEYS] } as const

export const newManagementKeyPages = defineFormPage(`${MANAGEMENT_KEYS.href}/new`, {
  right: 'management_keys',
  load: async () => null,
  blank: () => ({ role: 'member' }),
  parse: (form) => parseWith(newManagementKeySchema, readFields(form)),
  submit: (c, _none, input) => createManagementKey(c.var.deps, c.var.caller, input),
  once: { pathOf: () => MANAGEMENT_KEYS.href, listOf: () => MANAGEMENT_KEYS.href },
  view: (_c, _none, shown) => ({
    ...HEAD,
    title: 'New management key',
    narrow: true,
    content: <NewManagementKeyForm {...shown} />,
  }),
  done: (c, _none, { managementKey, token }) =>
    showToken(c, {
      ...HEAD,
      title: 'Management key created',
      token,
      what: 'management key',
      back: MANAGEMENT_KEYS.href,
      children: <HowToUse c={c} managementKey={managementKey} />,
    }),
})

/** Only a verifier can be bound to an environment. For another role the field is hidden, and what is in it is ignored. */
const readFields = (form: Form) => ({
  name: form.text('name'),
  role: form.text('role'),
  ...(form.text('role') === 'verifier' ? { environmentId: form.optional('environmentId') ?? null } : {}),
})

const NewManagementKeyForm = ({ form, problem }: ShownForm) => (
  <PostForm
    action={`${MANAGEMENT_KEYS.href}/new`}
    problem={problem}
    once
    submit="Create management key"
    back={MANAGEMENT_KEYS.href}
  >
    <NameField
      form={form}
      problem={problem}
      hint="Who or what will hold the key. The audit log shows this name."
      autofocus
    />
    <Choices label="Role" name="role" problem={problem}>
      {ROLES.map((role) => (
        <RadioField name="role" value={role} checked={form.text('role') === role} label={role} hint={ROLE_TEXT[role]} />
      ))}
    </Choices>
    <div class="only-for-verifiers">
      <TextField
        label="Environment"
        name="environmentId"
        value={form.text('environmentId')}
        problem={problem}
        maxlength={100}
        placeholder="env_…"
        hint="The id of the only environment whose keys this verifier may check. You find it in the settings of the environment. Leave it empty for all environments."
        optional
      />
    </div>
  </PostForm>
)

const HowToUse = ({ c, managementKey: { role } }: { c: ConsoleContext; managementKey: ManagementKey }) => (
  <>
    <p>
      Role <strong>{role}</strong>: {ROLE_TEXT[role]}
    </p>
    <Command label="Try it">
      {role === 'verifier'
        ? formatApiCommand(originOf(c), 'POST /v1/keys/verify', { token: 'an API key' })
        : formatApiCommand(originOf(c), 'GET /v1/projects')}
    </Command>
  </>
)

const ROLE_TEXT: Record<Role, string> = {
  admin: 'may do everything, including creating management keys and reading the audit log.',
  member:
    'works inside environments: may change keys, routes and rerank controls, but not the environments themselves.',
  verifier: 'may only check whether keys are valid, and cannot sign in here.',
}
