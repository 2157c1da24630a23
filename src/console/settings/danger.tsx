// The sections that cannot be undone: revoking many keys at once, and deleting the environment. Both ask for its name.
import { ConfirmField, TextField } from '../components/field.tsx'
import { Faults, OneTimeId } from '../components/form.tsx'
import { RevocationFields } from '../components/revocation-fields.tsx'
import { formatSeconds } from '../components/text.tsx'
import { confirmationOf } from '../form.ts'
import type { SettingsSection } from './sections.tsx'

export const REVOKE_KEYS: SettingsSection = {
  id: 'revoke-keys',
  title: 'Revoke many keys at once',
  right: 'keys',
  blank: () => ({ reason: 'compromised' }),
  Content: ({ base, environment, form, problem }) => (
    <form method="post" action={`${base}/revoke-keys`} data-plain>
      <Faults problem={problem} />
      <OneTimeId />
      <p class="help">
        For when keys have leaked: every key issued before the time you enter stops working everywhere within{' '}
        {formatSeconds(environment.bounds.maxStalenessMs)}, however many there are. Keys that you create or rotate after
        that time keep working.
      </p>
      <TextField
        label="Issued before, UTC"
        type="datetime-local"
        name="issuedBefore"
        value={form.text('issuedBefore')}
        problem={problem}
        hint="Leave it empty to revoke every key issued until now."
        optional
      />
      <RevocationFields form={form} problem={problem} />
      <ConfirmField
        name="confirmRevocation"
        what="revoke all these keys"
        expected={confirmationOf(environment)}
        problem={problem}
      />
      <button class="button is-danger" type="submit">
        Revoke all these keys
      </button>
    </form>
  ),
}

export const DELETE: SettingsSection = {
  id: 'delete',
  title: 'Delete the environment',
  right: 'environments.write',
  blank: () => ({}),
  Content: ({ base, environment, problem }) => (
    <form method="post" action={`${base}/delete`} data-plain>
      <Faults problem={problem} />
      <p class="help">
        This revokes all its keys and deletes its routes and settings. Only the audit log keeps a record of the
        environment. You cannot undo this.
      </p>
      <ConfirmField
        name="confirm"
        what="delete the environment"
        expected={confirmationOf(environment)}
        problem={problem}
      />
      <button class="button is-danger" type="submit">
        Delete the environment
      </button>
    </form>
  ),
}
