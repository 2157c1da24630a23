// The schema of requests that create a management key, the same for every surface.
import { z } from '@hono/zod-openapi'
import { ROLES } from '../core/actor.ts'
import { nameField } from './fields.ts'

export const newManagementKeySchema = z.strictObject({
  name: nameField,
  role: z.enum(ROLES),
  environmentId: z
    .string()
    .nullish()
    .openapi({ description: 'Only for the role `verifier`: the one environment whose keys it may verify.' }),
})
