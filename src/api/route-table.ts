// /v1/environments/{environmentId}/routes
import { z } from '@hono/zod-openapi'
import type { Route } from '../core/route-table.ts'
import { routeSchema, routeTableSchema } from '../http/route-schema.ts'
import { getRoutes, replaceRoutes } from '../service/routes.ts'
import { createRouter, defineManagementRoute, environmentParam, jsonAnswer, jsonBody } from './define-route.ts'
import { preconditionOf } from './entity-tags.ts'
import { receiptSchema, toWireReceipt } from './receipt.ts'

const tableSchema = z.object({ routes: z.array(routeSchema).describe('Every route of the environment.') })
const toWire = (routes: readonly Route[]) =>
  routes.map((route) => ({ ...route, methods: [...route.methods], scopes: [...route.scopes] }))

const toWireTable = (routes: readonly Route[]) => ({ routes: toWire(routes) })

const path = '/v1/environments/{environmentId}/routes' as const
const tags = ['Front door']

export const routeTableRoutes = createRouter()

routeTableRoutes.openapi(
  defineManagementRoute(
    {
      method: 'get',
      path,
      tags,
      summary: 'Read the route table of an environment',
      request: { params: environmentParam },
      responses: { 200: jsonAnswer('The whole table.', tableSchema) },
    },
    ['not_found'],
  ),
  async (c) => {
    const { environmentId } = c.req.valid('param')
    return c.json(toWireTable(await getRoutes(c.var.deps, c.var.caller, environmentId)), 200)
  },
)

routeTableRoutes.openapi(
  defineManagementRoute(
    {
      method: 'put',
      path,
      tags,
      summary: 'Replace the route table of an environment',
      description:
        'The table is checked as a whole. Its order means nothing: the most specific path comes first, a named method before `*`. `GET` answers `HEAD` too.',
      request: {
        params: environmentParam,
        ...jsonBody(routeTableSchema),
      },
      responses: {
        200: jsonAnswer('The table, and when it is in force.', tableSchema.extend({ receipt: receiptSchema })),
      },
    },
    ['not_found', 'conflict'],
  ),
  async (c) => {
    const { environmentId } = c.req.valid('param')
    const { routes, receipt } = await replaceRoutes(
      c.var.deps,
      c.var.caller,
      environmentId,
      c.req.valid('json').routes,
      preconditionOf(c, toWireTable),
    )
    return c.json({ ...toWireTable(routes), receipt: toWireReceipt(receipt) }, 200)
  },
)
