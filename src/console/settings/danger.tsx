// What cannot be undone: revoking all keys of a time, and deleting the environment. Both ask for its name.
import { REVOCATION_REASONS } from '../../core/api-key.ts'
import type { Environment } from '../../core/environment.ts'
import { ConfirmField, SelectField, TextField } from '../components/field.tsx'
import { Faults } from '../components/form.tsx'
import { REASON_TEXT } from '../components/revocation-fields.tsx'
import type { Filled } from './sections.tsx'

type DangerProps = Filled & { base: string; environment: Environment }

export const RevokeAll = ({ base, environment, form, problem }: DangerProps) => (
  <form method="post" action={`${base}/revoke-keys`} data-plain>
    <Faults problem={problem} />
    <p class="help">
      After a leak: every key issued before the moment is dead everywhere within {environment.bounds.maxStalenessMs} ms,
      however many there are. Keys that are made or rotated after it work.
    </p>
    <TextField
      label="Issued before, UTC"
      type="datetime-local"
      name="issuedBefore"
      value={form.text('issuedBefore')}
      problem={problem}
      hint="Leave it empty for now."
      optional
    />
    <SelectField
      label="Reason"
      name="reason"
      value={form.text('reason') || 'compromised'}
      problem={problem}
      options={REVOCATION_REASONS.map((value) => ({ value, text: REASON_TEXT[value] }))}
    />
    <TextField
      label="Note"
      name="note"
      value={form.text('note')}
      problem={problem}
      maxlength={500}
      hint="Kept in the audit log."
      optional
    />
    <ConfirmField name="confirmRevocation" what="revoke all these keys" expected={environment.name} problem={problem} />
    <button class="button is-danger" type="submit">
      Revoke all these keys
    </button>
  </form>
)

export const Delete = ({ base, environment, problem }: DangerProps) => (
  <form method="post" action={`${base}/delete`} data-plain>
    <Faults problem={problem} />
    <p class="help">Every key is revoked first. Nothing but the audit log remembers the environment afterwards.</p>
    <ConfirmField name="confirm" what="delete the environment" expected={environment.name} problem={problem} />
    <button class="button is-danger" type="submit">
      Delete the environment
    </button>
  </form>
)
