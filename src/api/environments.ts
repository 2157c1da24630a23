// /v1/projects/{projectId}/environments and /v1/environments
import { z } from '@hono/zod-openapi'
import type { Environment } from '../core/environment.ts'
import {
  boundsSchema,
  environmentEditSchema,
  environmentRevocationSchema,
  newEnvironmentSchema,
} from '../http/environment-schema.ts'
import { createdByField, idField, timestamp } from '../http/fields.ts'
import { toTimestamp } from '../http/timestamps.ts'
import { createEnvironment, editEnvironment, getEnvironment, listEnvironments } from '../service/environments.ts'
import { deleteEnvironment, type RevokedKeys, revokeEnvironmentKeys } from '../service/revoke-environment.ts'
import {
  createRouter,
  defineManagementRoute,
  environmentParam,
  jsonAnswer,
  jsonBody,
  pageQuery,
  pageSchemaOf,
  projectParam,
  readPageRequest,
  toWirePage,
} from './define-route.ts'
import { preconditionOf } from './entity-tags.ts'
import { answerOnce, defineIdempotentRoute } from './idempotency.ts'
import { readWireReceipt, receiptSchema, toWireReceipt, waitQuery, waitUntilEffective } from './receipt.ts'

const scopeSchema = z.object({
  name: z.string().describe('The name that keys hold and routes ask for.'),
  description: z.string().nullable().describe('What the scope allows, for people. Null: not said.'),
  required: z.boolean().describe('Whether every key must hold it.'),
  aliases: z.array(z.string()).optional().openapi({
    description: 'Other names by which OAuth clients may request the scope. Left out where there are none.',
  }),
})

const environmentSchema = z
  .object({
    id: idField.environment,
    projectId: idField.project,
    name: z.string().describe('The name, for people.'),
    tag: z.string().describe('A short label, such as `production`.'),
    scopes: z.array(scopeSchema).describe('The scope catalogue: every scope that keys here can hold.'),
    bounds: boundsSchema,
    browserOrigins: z.array(z.string()).describe('Origins of the web pages that may send its keys. Usually none.'),
    audiences: z.array(z.string()).describe('For whom its access tokens may be meant besides `/core`.'),
    createdAt: timestamp.describe('When it was created.'),
    createdBy: createdByField,
  })
  .openapi('Environment')
  .describe('An environment: a scope catalogue and the keys that live in it.')

const toWire = ({ revision: _, scopes, createdAt, ...environment }: Environment) => ({
  ...environment,
  scopes: scopes.map(({ aliases, ...scope }) => (aliases ? { ...scope, aliases: [...aliases] } : scope)),
  createdAt: toTimestamp(createdAt),
})

const tags = ['Environments']

const revokedKeysSchema = z.object({
  revokedKeys: z.int().nullable().describe('How many keys were revoked. Null while the database cannot be asked.'),
  receipt: receiptSchema,
})

export const environmentRoutes = createRouter()

environmentRoutes.openapi(
  defineIdempotentRoute(
    {
      method: 'post',
      path: '/v1/projects/{projectId}/environments',
      tags,
      summary: 'Create an environment from a template or with a scope catalogue of its own',
      request: {
        params: projectParam,
        ...jsonBody(newEnvironmentSchema),
      },
      responses: { 201: jsonAnswer('The environment.', environmentSchema) },
    },
    ['not_found'],
  ),
  async (c) => {
    const { deps, caller } = c.var
    const { projectId } = c.req.valid('param')
    const input = c.req.valid('json')
    const environment = await answerOnce(c, input, {
      make: (seal) => createEnvironment(deps, caller, projectId, input, seal),
      render: toWire,
    })
    return c.json(environment, 201)
  },
)

environmentRoutes.openapi(
  defineManagementRoute(
    {
      method: 'get',
      path: '/v1/projects/{projectId}/environments',
      tags,
      summary: 'List the environments of a project, newest first',
      request: { params: projectParam, query: z.strictObject(pageQuery) },
      responses: { 200: jsonAnswer('A page of environments.', pageSchemaOf(environmentSchema)) },
    },
    ['not_found'],
  ),
  async (c) => {
    const { projectId } = c.req.valid('param')
    const page = await listEnvironments(c.var.deps, c.var.caller, projectId, readPageRequest(c.req.valid('query')))
    return c.json(toWirePage(page, toWire), 200)
  },
)

environmentRoutes.openapi(
  defineManagementRoute(
    {
      method: 'get',
      path: '/v1/environments/{environmentId}',
      tags,
      summary: 'Read an environment',
      request: { params: environmentParam },
      responses: { 200: jsonAnswer('The environment.', environmentSchema) },
    },
    ['not_found'],
  ),
  async (c) => {
    const { environmentId } = c.req.valid('param')
    return c.json(toWire(await getEnvironment(c.var.deps, c.var.caller, environmentId)), 200)
  },
)

environmentRoutes.openapi(
  defineManagementRoute(
    {
      method: 'patch',
      path: '/v1/environments/{environmentId}',
      tags,
      summary: 'Change an environment',
      description:
        'A scope that a live key still holds cannot be removed, and one that a live key lacks cannot become required: 409 names them.',
      request: {
        params: environmentParam,
        ...jsonBody(environmentEditSchema),
      },
      responses: { 200: jsonAnswer('The environment.', environmentSchema) },
    },
    ['not_found', 'conflict'],
  ),
  async (c) => {
    const { environmentId } = c.req.valid('param')
    const edit = c.req.valid('json')
    const conditions = { ...preconditionOf(c, toWire), ownOrigin: new URL(c.req.url).origin }
    return c.json(toWire(await editEnvironment(c.var.deps, c.var.caller, environmentId, edit, conditions)), 200)
  },
)

environmentRoutes.openapi(
  defineManagementRoute(
    {
      method: 'delete',
      path: '/v1/environments/{environmentId}',
      tags,
      summary: 'Revoke every key of an environment and delete it',
      request: {
        params: environmentParam,
        query: z.strictObject({
          confirm: z.string().describe("The environment's name, so that no other one is deleted by mistake."),
        }),
      },
      responses: {
        200: jsonAnswer('The environment is gone and its keys are revoked.', revokedKeysSchema),
      },
    },
    ['not_found', 'conflict'],
  ),
  async (c) => {
    const { environmentId } = c.req.valid('param')
    const deleted = await deleteEnvironment(
      c.var.deps,
      c.var.caller,
      environmentId,
      c.req.valid('query'),
      preconditionOf(c, toWire),
    )
    return c.json({ revokedKeys: deleted.revokedKeys, receipt: toWireReceipt(deleted.receipt) }, 200)
  },
)

environmentRoutes.openapi(
  defineIdempotentRoute(
    {
      method: 'post',
      path: '/v1/environments/{environmentId}/revoke-keys',
      tags,
      summary: 'Revoke every key of an environment that was issued before a moment',
      description:
        'One entry in the ledger, however many keys there are. Keys issued after the moment work, and so do keys that were rotated after it.',
      request: { params: environmentParam, query: waitQuery, ...jsonBody(environmentRevocationSchema) },
      responses: { 200: jsonAnswer('How many keys were revoked, and the receipt.', revokedKeysSchema) },
    },
    ['not_found'],
  ),
  async (c) => {
    const { deps, caller } = c.var
    const { environmentId } = c.req.valid('param')
    const input = c.req.valid('json')
    const revoked = await answerOnce(c, input, {
      make: () => revokeEnvironmentKeys(deps, caller, environmentId, input, preconditionOf(c, toWire)),
      render: ({ revokedKeys, receipt }: RevokedKeys) => ({ revokedKeys, receipt: toWireReceipt(receipt) }),
    })
    if (c.req.valid('query').wait) await waitUntilEffective(deps, readWireReceipt(revoked.receipt))
    return c.json(revoked, 200)
  },
)
