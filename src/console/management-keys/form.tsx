// A new management key as a form.
import { ROLES, type Role } from '../../core/actor.ts'
import type { Problem } from '../../core/problem.ts'
import { Choices } from '../components/choices.tsx'
import { Faults, FormButtons, OneTimeId, RadioField, TextField } from '../components/field.tsx'
import type { Form } from '../form.ts'

/** What each role may do, in words that complete "it may:". */
export const ROLE_TEXT: Record<Role, string> = {
  admin: 'do everything, also make management keys and read the audit log.',
  member: 'work inside environments: keys, routes and rerank controls, but not the environments themselves.',
  verifier: 'only ask whether keys are valid. It cannot sign in here.',
}

type FormProps = { action: string; back: string; form: Form; problem: Problem | null }

export const ManagementKeyForm = ({ action, back, form, problem }: FormProps) => (
  <form method="post" action={action}>
    <OneTimeId />
    <Faults problem={problem} />
    <TextField
      label="Name"
      name="name"
      value={form.text('name')}
      problem={problem}
      maxlength={100}
      hint="Who or what holds it. The audit log shows this name."
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
        hint="Only for a verifier: the id of the one environment whose keys exist for it. Its settings show it."
        optional
      />
    </div>
    <FormButtons submit="Create management key" back={back} />
  </form>
)
