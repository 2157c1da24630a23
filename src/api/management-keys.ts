// /v1/management-keys
import { z } from '@hono/zod-openapi'
import type { ManagementKey } from '../core/actor.ts'
import { createdByField, idField, timestamp } from '../http/fields.ts'
import { newManagementKeySchema, roleField } from '../http/management-key-schema.ts'
import { toNullableTimestamp, toTimestamp } from '../http/timestamps.ts'
import {
  type CreatedManagementKey,
  createManagementKey,
  listManagementKeys,
  revokeManagementKey,
} from '../service/management-keys.ts'
import {
  createRouter,
  defineManagementRoute,
  jsonAnswer,
  jsonBody,
  pageQuery,
  pageSchemaOf,
  readPageRequest,
  toWirePage,
} from './define-route.ts'
import { preconditionOf } from './entity-tags.ts'
import { answerOnce, defineIdempotentRoute } from './idempotency.ts'

const managementKeySchema = z
  .object({
    id: idField.managementKey,
    name: z.string().describe('The name, for people.'),
    prefix: z.string().describe('The public part of its token, by which to recognize it in a log.'),
    role: roleField,
    environmentId: z
      .string()
      .nullable()
      .describe('The one environment whose keys a verifier may verify. Null: not bound.'),
    createdAt: timestamp.describe('When it was created.'),
    createdBy: createdByField,
    lastUsedAt: timestamp.nullable().describe('The last use, accurate to within a minute. Null: never used.'),
    revokedAt: timestamp.nullable().describe('When it was revoked. Null: it is not.'),
  })
  .openapi('ManagementKey')
  .describe('A key of this API itself.')

const toWire = (key: ManagementKey) => ({
  ...key,
  createdAt: toTimestamp(key.createdAt),
  lastUsedAt: toNullableTimestamp(key.lastUsedAt),
  revokedAt: toNullableTimestamp(key.revokedAt),
})

const tags = ['Management keys']

export const managementKeyRoutes = createRouter()

managementKeyRoutes.openapi(
  defineIdempotentRoute({
    method: 'post',
    path: '/v1/management-keys',
    tags,
    summary: 'Create a management key',
    request: jsonBody(newManagementKeySchema),
    responses: {
      201: jsonAnswer(
        'The management key and its token, which is shown here and never again.',
        z.object({
          managementKey: managementKeySchema,
          token: z.string().describe('The token. It is shown here and never again.'),
        }),
      ),
    },
  }),
  async (c) => {
    const { deps, caller } = c.var
    const input = c.req.valid('json')
    const created = await answerOnce(c, input, {
      make: (seal) => createManagementKey(deps, caller, input, seal),
      render: ({ managementKey, token }: CreatedManagementKey) => ({ managementKey: toWire(managementKey), token }),
    })
    return c.json(created, 201)
  },
)

managementKeyRoutes.openapi(
  defineManagementRoute({
    method: 'get',
    path: '/v1/management-keys',
    tags,
    summary: 'List management keys, newest first',
    request: { query: z.strictObject(pageQuery) },
    responses: { 200: jsonAnswer('A page of management keys.', pageSchemaOf(managementKeySchema)) },
  }),
  async (c) => {
    const page = await listManagementKeys(c.var.deps, c.var.caller, readPageRequest(c.req.valid('query')))
    return c.json(toWirePage(page, toWire), 200)
  },
)

managementKeyRoutes.openapi(
  defineManagementRoute(
    {
      method: 'post',
      path: '/v1/management-keys/{managementKeyId}/revoke',
      tags,
      summary: 'Revoke a management key for good',
      request: {
        params: z.object({ managementKeyId: idField.managementKey }),
        body: { content: { 'application/json': { schema: z.strictObject({}) } } },
      },
      responses: { 200: jsonAnswer('The management key.', z.object({ managementKey: managementKeySchema })) },
    },
    ['not_found'],
  ),
  async (c) => {
    const { managementKeyId } = c.req.valid('param')
    const managementKey = await revokeManagementKey(
      c.var.deps,
      c.var.caller,
      managementKeyId,
      preconditionOf(c, toWire),
    )
    return c.json({ managementKey: toWire(managementKey) }, 200)
  },
)
