// /v1/environments/{environmentId}/rerank-controls
import { z } from '@hono/zod-openapi'
import type { ContextControls, RerankControls } from '../core/rerank.ts'
import { timestamp } from '../http/fields.ts'
import { contextIdField, rerankControlsSchema } from '../http/rerank-schema.ts'
import { toTimestamp } from '../http/timestamps.ts'
import { getRerankControls, listRerankControls, setRerankControls } from '../service/rerank-controls.ts'
import {
  createRouter,
  defineManagementRoute,
  environmentParam,
  jsonAnswer,
  jsonBody,
  pageQuery,
  pageSchemaOf,
  readPageRequest,
  toWirePage,
} from './define-route.ts'
import { preconditionOf } from './entity-tags.ts'

const contextControlsSchema = z
  .object({
    contextId: z.string().describe('The id of the context.'),
    ...rerankControlsSchema.shape,
    updatedAt: timestamp.describe('When they were last set.'),
  })
  .openapi('ContextRerankControls')
  .describe('The rerank controls of one context.')

const toWire = ({ contextId, controls, updatedAt }: ContextControls) => ({
  contextId,
  ...controls,
  updatedAt: toTimestamp(updatedAt),
})

const placeParams = environmentParam.extend({
  contextId: contextIdField,
})
const tags = ['Rerank controls']

export const rerankControlRoutes = createRouter()

rerankControlRoutes.openapi(
  defineManagementRoute(
    {
      method: 'get',
      path: '/v1/environments/{environmentId}/rerank-controls',
      tags,
      summary: 'List the rerank controls of an environment by context id',
      request: { params: environmentParam, query: z.strictObject(pageQuery) },
      responses: { 200: jsonAnswer('A page of rerank controls.', pageSchemaOf(contextControlsSchema)) },
    },
    ['not_found'],
  ),
  async (c) => {
    const { environmentId } = c.req.valid('param')
    const page = await listRerankControls(
      c.var.deps,
      c.var.caller,
      environmentId,
      readPageRequest(c.req.valid('query')),
    )
    return c.json(toWirePage(page, toWire), 200)
  },
)

rerankControlRoutes.openapi(
  defineManagementRoute(
    {
      method: 'get',
      path: '/v1/environments/{environmentId}/rerank-controls/{contextId}',
      tags,
      summary: 'Read the rerank controls of a context',
      request: { params: placeParams },
      responses: { 200: jsonAnswer('The controls, as they were set.', rerankControlsSchema) },
    },
    ['not_found'],
  ),
  async (c) => c.json(await getRerankControls(c.var.deps, c.var.caller, c.req.valid('param')), 200),
)

rerankControlRoutes.openapi(
  defineManagementRoute(
    {
      method: 'put',
      path: '/v1/environments/{environmentId}/rerank-controls/{contextId}',
      tags,
      summary: 'Set the rerank controls of a context',
      description:
        'Replaces the whole: a preset that is left out is gone, and its surface inherits the global default. ' +
        'Effective within the same bound as a change of the environment.',
      request: { params: placeParams, ...jsonBody(rerankControlsSchema) },
      responses: { 200: jsonAnswer('The controls, as they are set now.', rerankControlsSchema) },
    },
    ['not_found', 'conflict'],
  ),
  async (c) => {
    const controls = await setRerankControls(
      c.var.deps,
      c.var.caller,
      c.req.valid('param'),
      c.req.valid('json'),
      preconditionOf(c, (stored: RerankControls) => stored),
    )
    return c.json(controls, 200)
  },
)
