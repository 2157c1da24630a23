// /v1/environments/{environmentId}/routes
import { z } from '@hono/zod-openapi'
import {
  DEFAULT_TIMEOUT_MS,
  MAX_ROUTES,
  MAX_TIMEOUT_MS,
  METHOD_PATTERN,
  patternFault,
  REFUSED_METHODS,
  type Route,
} from '../core/route-table.ts'
import { MAX_SCOPES } from '../core/scope.ts'
import { SERVICE_PATTERN, upstreamUrlFault } from '../core/upstream.ts'
import { getRoutes, replaceRoutes } from '../service/routes.ts'
import { scopeName } from './fields.ts'
import { receiptSchema, toWireReceipt } from './receipt.ts'
import { createRouter, jsonAnswer, jsonBody, managementRoute } from './route.ts'

/** A text that `faultOf` has nothing against. */
const soundText = (faultOf: (text: string) => string | null) =>
  z.string().superRefine((text, ctx) => {
    const message = faultOf(text)
    if (message !== null) ctx.addIssue({ code: 'custom', message })
  })

const methodField = z
  .string()
  .regex(METHOD_PATTERN, 'must be a method in upper case, or *')
  .refine((method) => !REFUSED_METHODS.includes(method), `must not be ${REFUSED_METHODS.join(' or ')}`)
  .openapi({ example: 'GET' })

const upstreamSchema = z.union(
  [
    z.strictObject({ url: soundText(upstreamUrlFault).openapi({ example: 'https://api.example.com' }) }),
    z.strictObject({ service: z.string().regex(SERVICE_PATTERN, 'must be the name of a service binding') }),
  ],
  { error: 'must be { "url": "https://…" } or { "service": "<binding name>" }' },
)

const distinct = (items: string[]) => new Set(items).size === items.length

const routeSchema = z
  .strictObject({
    methods: z.array(methodField).min(1, 'must hold a method').max(20).refine(distinct, 'must not repeat a method'),
    path: soundText(patternFault).openapi({ example: '/api/items/:id' }),
    scopes: z
      .array(scopeName)
      .max(MAX_SCOPES)
      .refine(distinct, 'must not repeat a scope')
      .openapi({ description: 'All of them must be held. With none, any live key of the environment is let through.' }),
    upstream: upstreamSchema.nullable().openapi({ description: 'Null while it is left to set: answers 502.' }),
    rerank: z.boolean().default(false).openapi({ description: 'Apply the rerank controls of the `context_id`.' }),
    webSocket: z.boolean().default(false).openapi({ description: 'Let requests become WebSockets.' }),
    timeoutMs: z
      .int()
      .min(100)
      .max(MAX_TIMEOUT_MS)
      .default(DEFAULT_TIMEOUT_MS)
      .openapi({ description: 'How long the upstream may take to begin its answer.' }),
  })
  .openapi('Route')

const tableSchema = z.object({ routes: z.array(routeSchema) })
const toWire = (routes: readonly Route[]) =>
  routes.map((route) => ({ ...route, methods: [...route.methods], scopes: [...route.scopes] }))

const environmentParam = z.object({ environmentId: z.string() })
const path = '/v1/environments/{environmentId}/routes' as const
const tags = ['Front door']

export const routeTableRoutes = createRouter()

routeTableRoutes.openapi(
  managementRoute(
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
    return c.json({ routes: toWire(await getRoutes(c.var.deps, c.var.caller, environmentId)) }, 200)
  },
)

routeTableRoutes.openapi(
  managementRoute(
    {
      method: 'put',
      path,
      tags,
      summary: 'Replace the route table of an environment',
      description:
        'The table is checked as a whole. Its order means nothing: the most specific path comes first, a named method before `*`. `GET` answers `HEAD` too.',
      request: {
        params: environmentParam,
        ...jsonBody(
          z
            .strictObject({ routes: z.array(routeSchema).max(MAX_ROUTES, `must hold at most ${MAX_ROUTES} routes`) })
            .openapi('RouteTable'),
        ),
      },
      responses: {
        200: jsonAnswer('The table, and when it is in force.', tableSchema.extend({ receipt: receiptSchema })),
      },
    },
    ['not_found', 'conflict'],
  ),
  async (c) => {
    const { environmentId } = c.req.valid('param')
    const { routes, receipt } = await replaceRoutes(c.var.deps, c.var.caller, environmentId, c.req.valid('json').routes)
    return c.json({ routes: toWire(routes), receipt: toWireReceipt(receipt) }, 200)
  },
)
