// Why keys are revoked: the reason to choose, and a note.
import { REVOCATION_REASONS, type RevocationReason } from '../../core/api-key.ts'
import type { ShownForm } from '../form-page.tsx'
import { SelectField, TextField } from './field.tsx'

export const REASON_TEXT: Record<RevocationReason, string> = {
  unspecified: 'no reason given',
  compromised: 'leaked, or may have leaked',
  superseded: 'replaced by another key',
  no_longer_used: 'no longer used',
  owner_left: 'its owner left',
}

export const RevocationFields = ({ form, problem }: ShownForm) => (
  <>
    <SelectField
      label="Reason"
      name="reason"
      value={form.text('reason')}
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
  </>
)
