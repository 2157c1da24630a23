// A management key in a request, the same for every surface that makes one.
import { z } from '@hono/zod-openapi'
import { ROLES } from '../core/actor.ts'
import { nameField } from './fields.ts'

export const newManagementKeySchema = z.strictObject({
  name: nameField,
  role: z.enum(ROLES),
  environmentId: z
    .string()
    .nullish()
    .openapi({ description: 'Only for the role `verifier`: the one environment it may ask about.' }),
})
