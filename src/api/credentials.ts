// /v1/environments/{environmentId}/credentials and /v1/credentials/{credentialId}
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { type ApiKey, KEY_STATUSES } from '../core/api-key.ts'
import { isId } from '../core/ids.ts'
import { notFound } from '../core/problem.ts'
import type { AppEnv } from '../http/app-env.ts'
import { idField } from '../http/fields.ts'
import {
  apiKeySchema,
  keyEditSchema,
  newKeySchema,
  previousSecretSchema,
  revocationSchema,
  rotationSchema,
  toWireKey,
} from '../http/key-schema.ts'
import { toTimestamp } from '../http/timestamps.ts'
import {
  type ChangedKey,
  type CreatedKey,
  createKey,
  editKey,
  getKey,
  listKeys,
  type Rotation,
  rotateKey,
} from '../service/keys.ts'
import { revokeKey } from '../service/revoke-key.ts'
import { endAllTokens } from '../service/token-endings.ts'
import {
  createRouter,
  credentialParam,
  defineManagementRoute,
  environmentParam,
  jsonAnswer,
  jsonBody,
  orNull,
  pageQuery,
  pageSchemaOf,
  readPageRequest,
  toWirePage,
} from './define-route.ts'
import { preconditionOf } from './entity-tags.ts'
import { answerOnce, defineIdempotentRoute } from './idempotency.ts'
import { receiptSchema, toWireReceipt, waitQuery, waitUntilEffective } from './receipt.ts'

const clientIdField = z.string().describe('What OAuth calls the `client_id`. It is public.')

const credentialSchema = apiKeySchema
  .omit({ prefix: true, enabled: true, ownerId: true, metadata: true, expiresAt: true })
  .extend({ id: idField.credential, clientId: clientIdField })
  .openapi('Credential')
  .describe('An SDK credential: an OAuth client of an environment.')

/** A key without what only API keys have. */
function toWireCredential(credential: ApiKey, now: number) {
  const { prefix: _p, enabled: _e, ownerId: _o, metadata: _m, expiresAt: _x, ...wire } = toWireKey(credential, now)
  return { ...wire, clientId: wire.id }
}

/** The conditions of a request on the credential that it changes. */
const onCredential = (c: Context<AppEnv>) =>
  preconditionOf(c, (credential: ApiKey) => toWireCredential(credential, c.var.deps.clock()))
/** A credential with the secret that was just made for it. */
const toWireSecret = ({ key, token }: CreatedKey, now: number) => ({
  credential: toWireCredential(key, now),
  clientId: key.id,
  clientSecret: token,
})

const secretOnce = z.string().describe('The client secret. It is shown here and never again.')
const tags = ['SDK credentials']

export const credentialRoutes = createRouter()

credentialRoutes.use('/v1/credentials/:credentialId/*', async function onlyCredentials(c, next) {
  if (!isId('credential', c.req.param('credentialId'))) throw notFound('credential')
  await next()
})

credentialRoutes.openapi(
  defineIdempotentRoute(
    {
      method: 'post',
      path: '/v1/environments/{environmentId}/credentials',
      tags,
      summary: 'Create an SDK credential',
      description: 'An OAuth client: its id and secret obtain access tokens at `/oauth2/token`, which open `/core/*`.',
      request: {
        params: environmentParam,
        ...jsonBody(
          newKeySchema
            .pick({ name: true, scopes: true })
            .openapi('NewCredential')
            .describe('An SDK credential to create.'),
        ),
      },
      responses: {
        201: jsonAnswer(
          'The credential and its secret.',
          z.object({ credential: credentialSchema, clientId: clientIdField, clientSecret: secretOnce }),
        ),
      },
    },
    ['not_found'],
  ),
  async (c) => {
    const { deps, caller } = c.var
    const { environmentId } = c.req.valid('param')
    const input = { ...c.req.valid('json'), kind: 'credential' as const }
    const created = await answerOnce(c, input, {
      make: (seal) => createKey(deps, caller, environmentId, input, seal),
      render: (made: CreatedKey) => toWireSecret(made, deps.clock()),
    })
    return c.json(created, 201)
  },
)

credentialRoutes.openapi(
  defineManagementRoute(
    {
      method: 'get',
      path: '/v1/environments/{environmentId}/credentials',
      tags,
      summary: 'List the SDK credentials of an environment, newest first',
      request: {
        params: environmentParam,
        query: z.strictObject({
          ...pageQuery,
          status: z.enum(KEY_STATUSES).optional().describe('Only credentials with this status.'),
        }),
      },
      responses: { 200: jsonAnswer('A page of credentials.', pageSchemaOf(credentialSchema)) },
    },
    ['not_found'],
  ),
  async (c) => {
    const { limit, cursor, status } = c.req.valid('query')
    const { environmentId } = c.req.valid('param')
    const filter = { environmentId, status, kind: 'credential' as const }
    const page = await listKeys(c.var.deps, c.var.caller, filter, readPageRequest({ limit, cursor }))
    const now = c.var.deps.clock()
    return c.json(
      toWirePage(page, (credential) => toWireCredential(credential, now)),
      200,
    )
  },
)

credentialRoutes.openapi(
  defineManagementRoute(
    {
      method: 'get',
      path: '/v1/credentials/{credentialId}',
      tags,
      summary: 'Read an SDK credential',
      request: { params: credentialParam },
      responses: { 200: jsonAnswer('The credential.', credentialSchema) },
    },
    ['not_found'],
  ),
  async (c) => {
    const credential = await getKey(c.var.deps, c.var.caller, c.req.valid('param').credentialId)
    return c.json(toWireCredential(credential, c.var.deps.clock()), 200)
  },
)

credentialRoutes.openapi(
  defineManagementRoute(
    {
      method: 'patch',
      path: '/v1/credentials/{credentialId}',
      tags,
      summary: 'Rename or rescope an SDK credential',
      description: 'Its access tokens lose at once what it may no longer do, and gain nothing.',
      request: {
        params: credentialParam,
        ...jsonBody(
          keyEditSchema
            .pick({ name: true, scopes: true })
            .openapi('CredentialEdit')
            .describe('What to change. What is left out stays as it is.'),
        ),
      },
      responses: {
        200: jsonAnswer(
          'The credential and the receipt of the change.',
          z.object({ credential: credentialSchema, receipt: receiptSchema }),
        ),
      },
    },
    ['not_found', 'conflict'],
  ),
  async (c) => {
    const { deps, caller } = c.var
    const { key, receipt } = await editKey(
      deps,
      caller,
      c.req.valid('param').credentialId,
      c.req.valid('json'),
      onCredential(c),
    )
    return c.json({ credential: toWireCredential(key, deps.clock()), receipt: toWireReceipt(receipt) }, 200)
  },
)

credentialRoutes.openapi(
  defineIdempotentRoute(
    {
      method: 'post',
      path: '/v1/credentials/{credentialId}/rotate',
      tags,
      summary: 'Give an SDK credential a new secret',
      description:
        'The secret before, and the access tokens issued for it, go on working for `overlapSeconds`; any older one ends at once.',
      request: { params: credentialParam, ...jsonBody(rotationSchema) },
      responses: {
        201: jsonAnswer(
          'The credential, its new secret, and when the one before ends.',
          z.object({
            credential: credentialSchema,
            clientId: clientIdField,
            clientSecret: secretOnce,
            previous: previousSecretSchema,
          }),
        ),
      },
    },
    ['not_found'],
  ),
  async (c) => {
    const { deps, caller } = c.var
    const { credentialId } = c.req.valid('param')
    const input = c.req.valid('json')
    const rotated = await answerOnce(c, input, {
      make: (seal) => rotateKey(deps, caller, credentialId, input, { ...onCredential(c), seal }),
      render: ({ previous, ...made }: Rotation) => ({
        ...toWireSecret(made, deps.clock()),
        previous: { prefix: previous.prefix, expiresAt: toTimestamp(previous.expiresAt) },
      }),
    })
    return c.json(rotated, 201)
  },
)

credentialRoutes.openapi(
  defineIdempotentRoute(
    {
      method: 'post',
      path: '/v1/credentials/{credentialId}/end-tokens',
      tags,
      summary: 'End every access token that an SDK credential has obtained so far',
      description: 'The credential and its secrets go on working. To end one token: `POST /oauth2/revoke`.',
      request: { params: credentialParam },
      responses: {
        200: jsonAnswer(
          'The credential and the receipt.',
          z.object({ credential: credentialSchema, receipt: receiptSchema }),
        ),
      },
    },
    ['not_found'],
  ),
  async (c) => {
    const { deps, caller } = c.var
    const { credentialId } = c.req.valid('param')
    const ended = await answerOnce(
      c,
      {},
      {
        make: () => endAllTokens(deps, caller, credentialId, onCredential(c)),
        render: ({ key, receipt }: ChangedKey) => ({
          credential: toWireCredential(key, deps.clock()),
          receipt: toWireReceipt(receipt),
        }),
      },
    )
    return c.json(ended, 200)
  },
)

credentialRoutes.openapi(
  defineManagementRoute(
    {
      method: 'post',
      path: '/v1/credentials/{credentialId}/revoke',
      tags,
      summary: 'Revoke an SDK credential, its secrets and its access tokens, for good',
      description: 'Again: the same receipt.',
      request: {
        params: credentialParam,
        query: waitQuery,
        body: { required: false, content: { 'application/json': { schema: revocationSchema } } },
      },
      responses: {
        200: jsonAnswer(
          'The credential and the receipt.',
          z.object({
            credential: orNull(credentialSchema).describe('The credential. Null while the database cannot be asked.'),
            receipt: receiptSchema,
          }),
        ),
      },
    },
    ['not_found'],
  ),
  async (c) => {
    const { deps, caller } = c.var
    const { key, receipt } = await revokeKey(
      deps,
      caller,
      c.req.valid('param').credentialId,
      c.req.valid('json') ?? {},
      onCredential(c),
    )
    if (c.req.valid('query').wait) await waitUntilEffective(deps, receipt)
    const credential = key && toWireCredential(key, deps.clock())
    return c.json({ credential, receipt: toWireReceipt(receipt) }, 200)
  },
)
