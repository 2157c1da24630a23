// /v1/environments/{environmentId}/rerank-controls
import { z } from '@hono/zod-openapi'
import { CONTEXT_ID_PATTERN, type ContextControls, MAX_RERANK_DEPTH, RERANK_MODES, SURFACES } from '../core/rerank.ts'
import { toTimestamp } from '../http/timestamps.ts'
import { getRerankControls, listRerankControls, setRerankControls } from '../service/rerank-controls.ts'
import { timestamp } from './fields.ts'
import {
  createRouter,
  jsonAnswer,
  jsonBody,
  managementRoute,
  pageOf,
  pageQuery,
  pageRequest,
  toWirePage,
} from './route.ts'

const setting = {
  rerank_mode: z.enum(RERANK_MODES),
  rerank_depth: z.int().min(0).max(MAX_RERANK_DEPTH),
}

const preset = z.strictObject(setting).optional()

const controlsSchema = z
  .strictObject({
    global_default: z.strictObject({ surface: z.enum(SURFACES), ...setting }),
    surface_presets: z
      .strictObject({ search: preset, results: preset, recommendations: preset })
      .optional()
      .openapi({ description: 'A surface without a preset inherits the global default.' }),
  })
  .openapi('RerankControls')

const contextControlsSchema = z
  .object({ contextId: z.string(), ...controlsSchema.shape, updatedAt: timestamp })
  .openapi('ContextRerankControls')

const toWire = ({ contextId, controls, updatedAt }: ContextControls) => ({
  contextId,
  ...controls,
  updatedAt: toTimestamp(updatedAt),
})

const environmentParam = z.object({ environmentId: z.string() })
const placeParams = environmentParam.extend({
  contextId: z
    .string()
    .regex(CONTEXT_ID_PATTERN, 'must begin with a letter or digit and hold at most 128 of A-Z a-z 0-9 . _ : -')
    .openapi({ example: 'homepage' }),
})
const tags = ['Rerank controls']

export const rerankControlRoutes = createRouter()

rerankControlRoutes.openapi(
  managementRoute(
    {
      method: 'get',
      path: '/v1/environments/{environmentId}/rerank-controls',
      tags,
      summary: 'List the rerank controls of an environment by context id',
      request: { params: environmentParam, query: z.strictObject(pageQuery) },
      responses: { 200: jsonAnswer('A page of rerank controls.', pageOf(contextControlsSchema)) },
    },
    ['not_found'],
  ),
  async (c) => {
    const { environmentId } = c.req.valid('param')
    const page = await listRerankControls(c.var.deps, c.var.caller, environmentId, pageRequest(c.req.valid('query')))
    return c.json(toWirePage(page, toWire), 200)
  },
)

rerankControlRoutes.openapi(
  managementRoute(
    {
      method: 'get',
      path: '/v1/environments/{environmentId}/rerank-controls/{contextId}',
      tags,
      summary: 'Read the rerank controls of a context',
      request: { params: placeParams },
      responses: { 200: jsonAnswer('The controls, as they were set.', controlsSchema) },
    },
    ['not_found'],
  ),
  async (c) => c.json(await getRerankControls(c.var.deps, c.var.caller, c.req.valid('param')), 200),
)

rerankControlRoutes.openapi(
  managementRoute(
    {
      method: 'put',
      path: '/v1/environments/{environmentId}/rerank-controls/{contextId}',
      tags,
      summary: 'Set the rerank controls of a context',
      description:
        'Replaces the whole: a preset that is left out is gone, and its surface inherits the global default. ' +
        'Effective within the same bound as a change of the environment.',
      request: { params: placeParams, ...jsonBody(controlsSchema) },
      responses: { 200: jsonAnswer('The controls, as they are set now.', controlsSchema) },
    },
    ['not_found', 'conflict'],
  ),
  async (c) => {
    const controls = await setRerankControls(c.var.deps, c.var.caller, c.req.valid('param'), c.req.valid('json'))
    return c.json(controls, 200)
  },
)
