// Fields that several forms have, each with its label and its longest text.
import type { ShownForm } from '../form-page.tsx'
import { TextField } from './field.tsx'

type Props = ShownForm & { hint?: string; placeholder?: string; autofocus?: boolean; list?: string }

/** What people call the thing. */
export const NameField = ({ form, ...props }: Props) => (
  <TextField name="name" label="Name" value={form.text('name')} maxlength={100} {...props} />
)

/** What an environment is for. */
export const TagField = ({ form, ...props }: Props) => (
  <TextField name="tag" label="Tag" value={form.text('tag')} maxlength={32} {...props} />
)

/** Who a key belongs to in the operator's own system. */
export const OwnerField = ({ form, ...props }: Props) => (
  <TextField name="ownerId" label="Owner" value={form.text('ownerId')} maxlength={200} optional {...props} />
)
