// /v1/environments/{environmentId}/keys and /v1/keys/{keyId}
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { type ApiKey, KEY_STATUSES } from '../core/api-key.ts'
import { isId } from '../core/ids.ts'
import { notFound } from '../core/problem.ts'
import type { AppEnv } from '../http/app-env.ts'
import {
  apiKeySchema,
  keyEditSchema,
  newKeySchema,
  ownerField,
  previousSecretSchema,
  revocationSchema,
  rotationSchema,
  searchField,
  toWireKey,
} from '../http/key-schema.ts'
import { toTimestamp } from '../http/timestamps.ts'
import { type CreatedKey, createKey, editKey, getKey, listKeys, type Rotation, rotateKey } from '../service/keys.ts'
import { type Revocation, revokeKey } from '../service/revoke-key.ts'
import {
  createRouter,
  defineManagementRoute,
  environmentParam,
  jsonAnswer,
  jsonBody,
  keyParam,
  orNull,
  pageQuery,
  pageSchemaOf,
  readPageRequest,
  toWirePage,
} from './define-route.ts'
import { preconditionOf } from './entity-tags.ts'
import { answerOnce, defineIdempotentRoute } from './idempotency.ts'
import { receiptSchema, toWireReceipt, waitQuery, waitUntilEffective } from './receipt.ts'

const keyAndReceipt = z.object({ key: apiKeySchema, receipt: receiptSchema })
const revokedKeyAndReceipt = z.object({
  key: orNull(apiKeySchema).describe('The key. Null while the database cannot be asked.'),
  receipt: receiptSchema,
})
const tokenOnce = z.string().describe('The token. It is shown here and never again.')
const tags = ['API keys']

export const keyRoutes = createRouter()

/** A credential is a key of another kind, with routes of its own. */
keyRoutes.use('/v1/keys/:keyId/*', async function onlyApiKeys(c, next) {
  if (isId('credential', c.req.param('keyId'))) throw notFound('key')
  await next()
})

keyRoutes.openapi(
  defineIdempotentRoute(
    {
      method: 'post',
      path: '/v1/environments/{environmentId}/keys',
      tags,
      summary: 'Create a key',
      description: "Scopes are a subset of the environment's catalogue and contain every required one.",
      request: { params: environmentParam, ...jsonBody(newKeySchema) },
      responses: { 201: jsonAnswer('The key and its token.', z.object({ key: apiKeySchema, token: tokenOnce })) },
    },
    ['not_found'],
  ),
  async (c) => {
    const { deps, caller } = c.var
    const { environmentId } = c.req.valid('param')
    const input = c.req.valid('json')
    const created = await answerOnce(c, input, {
      make: (seal) => createKey(deps, caller, environmentId, input, seal),
      render: ({ key, token }: CreatedKey) => ({ key: toWireKey(key, deps.clock()), token }),
    })
    return c.json(created, 201)
  },
)

keyRoutes.openapi(
  defineManagementRoute(
    {
      method: 'get',
      path: '/v1/environments/{environmentId}/keys',
      tags,
      summary: 'List the keys of an environment, newest first',
      request: {
        params: environmentParam,
        query: z.strictObject({
          ...pageQuery,
          status: z.enum(KEY_STATUSES).optional().describe('Only keys with this status.'),
          scope: z.string().max(64).optional().describe('Only keys that hold this scope.'),
          ownerId: ownerField.optional().describe('Only keys of this owner.'),
          search: searchField.optional(),
        }),
      },
      responses: { 200: jsonAnswer('A page of keys.', pageSchemaOf(apiKeySchema)) },
    },
    ['not_found'],
  ),
  async (c) => {
    const { limit, cursor, ...filter } = c.req.valid('query')
    const { environmentId } = c.req.valid('param')
    const page = await listKeys(
      c.var.deps,
      c.var.caller,
      { environmentId, ...filter },
      readPageRequest({ limit, cursor }),
    )
    const now = c.var.deps.clock()
    return c.json(
      toWirePage(page, (key) => toWireKey(key, now)),
      200,
    )
  },
)

keyRoutes.openapi(
  defineManagementRoute(
    {
      method: 'get',
      path: '/v1/keys/{keyId}',
      tags,
      summary: 'Read a key',
      request: { params: keyParam },
      responses: { 200: jsonAnswer('The key.', apiKeySchema) },
    },
    ['not_found'],
  ),
  async (c) => {
    const key = await getKey(c.var.deps, c.var.caller, c.req.valid('param').keyId)
    return c.json(toWireKey(key, c.var.deps.clock()), 200)
  },
)

keyRoutes.openapi(
  defineManagementRoute(
    {
      method: 'patch',
      path: '/v1/keys/{keyId}',
      tags,
      summary: 'Change a key',
      description: 'Changes what is given and nothing else. An `expiresAt` in the past expires the key at once.',
      request: { params: keyParam, ...jsonBody(keyEditSchema) },
      responses: { 200: jsonAnswer('The key and the receipt of the change.', keyAndReceipt) },
    },
    ['not_found', 'conflict'],
  ),
  async (c) => {
    const edited = await editKey(c.var.deps, c.var.caller, c.req.valid('param').keyId, c.req.valid('json'), onKey(c))
    return c.json({ key: toWireKey(edited.key, c.var.deps.clock()), receipt: toWireReceipt(edited.receipt) }, 200)
  },
)

keyRoutes.openapi(
  defineIdempotentRoute(
    {
      method: 'post',
      path: '/v1/keys/{keyId}/rotate',
      tags,
      summary: 'Give a key a new secret',
      description:
        'The secret before goes on working for `overlapSeconds`; any older one ends at once. 409 unless the key is active.',
      request: { params: keyParam, ...jsonBody(rotationSchema) },
      responses: {
        201: jsonAnswer(
          'The key, its new token, and when the secret before ends.',
          z.object({
            key: apiKeySchema,
            token: tokenOnce,
            previous: previousSecretSchema,
          }),
        ),
      },
    },
    ['not_found'],
  ),
  async (c) => {
    const { deps, caller } = c.var
    const { keyId } = c.req.valid('param')
    const input = c.req.valid('json')
    const rotated = await answerOnce(c, input, {
      make: (seal) => rotateKey(deps, caller, keyId, input, { ...onKey(c), seal }),
      render: ({ key, token, previous }: Rotation) => ({
        key: toWireKey(key, deps.clock()),
        token,
        previous: { prefix: previous.prefix, expiresAt: toTimestamp(previous.expiresAt) },
      }),
    })
    return c.json(rotated, 201)
  },
)

keyRoutes.openapi(
  defineManagementRoute(
    {
      method: 'post',
      path: '/v1/keys/{keyId}/revoke',
      tags,
      summary: 'Revoke a key for good',
      description: 'Revoking twice is the same receipt.',
      request: {
        params: keyParam,
        query: waitQuery,
        body: { content: { 'application/json': { schema: revocationSchema } } },
      },
      responses: { 200: jsonAnswer('The key and the receipt.', revokedKeyAndReceipt) },
    },
    ['not_found'],
  ),
  async (c) => {
    const wait = c.req.valid('query').wait !== undefined
    return c.json(await revoke(c, { ...c.req.valid('param'), revocation: c.req.valid('json'), wait }), 200)
  },
)

keyRoutes.openapi(
  defineManagementRoute(
    {
      method: 'delete',
      path: '/v1/keys/{keyId}',
      tags,
      summary: 'Revoke a key for good',
      description: 'The same as POST …/revoke, with or without its body.',
      request: {
        params: keyParam,
        query: waitQuery,
        body: { content: { 'application/json': { schema: revocationSchema } } },
      },
      responses: { 200: jsonAnswer('The key and the receipt.', revokedKeyAndReceipt) },
    },
    ['not_found'],
  ),
  async (c) => {
    const wait = c.req.valid('query').wait !== undefined
    return c.json(await revoke(c, { ...c.req.valid('param'), revocation: c.req.valid('json') ?? {}, wait }), 200)
  },
)

/** The conditions of a request on the key that it changes. */
const onKey = (c: Context<AppEnv>) => preconditionOf(c, (key: ApiKey) => toWireKey(key, c.var.deps.clock()))

type RevokeRequest = { keyId: string; revocation: Revocation; wait: boolean }

async function revoke(c: Context<AppEnv>, { keyId, revocation, wait }: RevokeRequest) {
  const { deps, caller } = c.var
  const { key, receipt } = await revokeKey(deps, caller, keyId, revocation, onKey(c))
  if (wait) await waitUntilEffective(deps, receipt)
  return { key: key && toWireKey(key, deps.clock()), receipt: toWireReceipt(receipt) }
}
