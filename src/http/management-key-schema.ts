// The schema of requests that create a management key, the same for every surface.
import { z } from '@hono/zod-openapi'
import { ROLES } from '../core/actor.ts'
import { nameField } from './fields.ts'

export const roleField = z
  .enum(ROLES)
  .describe('`admin`: everything. `member`: environments and what is in them. `verifier`: only verification.')

export const newManagementKeySchema = z.strictObject({
  name: nameField,
  role: roleField,
  environmentId: z
    .string()
    .nullish()
    .describe('The one environment whose keys it may verify. Only for the role `verifier`, otherwise 400. Null: all.'),
})
