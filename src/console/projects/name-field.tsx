// The name of a project, the one thing about it that people choose.
import { z } from '@hono/zod-openapi'
import { nameField } from '../../http/fields.ts'
import { TextField } from '../components/field.tsx'
import type { ShownForm } from '../form-page.tsx'

export const projectSchema = z.object({ name: nameField })

export const ProjectNameField = ({ form, problem }: ShownForm) => (
  <TextField name="name" label="Name" value={form.text('name')} problem={problem} maxlength={100} autofocus />
)
