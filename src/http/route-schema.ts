// The schema of requests that set a route table, the same for every surface.
import { z } from '@hono/zod-openapi'
import {
  DEFAULT_TIMEOUT_MS,
  findPatternFault,
  MAX_ROUTES,
  MAX_TIMEOUT_MS,
  METHOD_PATTERN,
  REFUSED_METHODS,
} from '../core/route-table.ts'
import { MAX_SCOPES } from '../core/scope.ts'
import { findUpstreamUrlFault, SERVICE_PATTERN } from '../core/upstream.ts'
import { scopeName } from './fields.ts'

/** A string in which `faultOf` finds no fault. */
const textWithout = (faultOf: (text: string) => string | null) =>
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
    z.strictObject({
      url: textWithout(findUpstreamUrlFault)
        .openapi({ example: 'https://api.example.com' })
        .describe('Where requests are sent: https, or http on loopback. No query, and no private address.'),
    }),
    z.strictObject({
      service: z
        .string()
        .regex(SERVICE_PATTERN, 'must be the name of a service binding')
        .describe('The name of a service binding of this Worker.'),
    }),
  ],
  { error: 'must be { "url": "https://…" } or { "service": "<binding name>" }' },
)

const distinct = (items: string[]) => new Set(items).size === items.length

export const routeSchema = z
  .strictObject({
    methods: z
      .array(methodField)
      .min(1, 'must hold at least one method')
      .max(20)
      .refine(distinct, 'must not repeat a method')
      .openapi({ uniqueItems: true })
      .describe('The methods it takes, each once: upper case, or `*` for all. `GET` takes `HEAD` too.'),
    path: textWithout(findPatternFault)
      .openapi({ example: '/api/items/:id' })
      .describe('Begins with `/api/`. `:name` matches one segment, `*` at the end the rest.'),
    scopes: z.array(scopeName).max(MAX_SCOPES).refine(distinct, 'must not repeat a scope').openapi({
      uniqueItems: true,
      description:
        'What the key must hold: all of them, each named once. With none, every live key of the environment may pass.',
    }),
    upstream: upstreamSchema.nullable().openapi({ description: 'Null until you set it: the route then answers 502.' }),
    rerank: z.boolean().default(false).openapi({
      description:
        'Apply the rerank controls for the `context_id` of the request, in its query or JSON body. A body must be JSON of at most 64 KiB.',
    }),
    webSocket: z
      .boolean()
      .default(false)
      .openapi({ description: 'Allow requests to become WebSockets. False by default.' }),
    timeoutMs: z.int().min(100).max(MAX_TIMEOUT_MS).default(DEFAULT_TIMEOUT_MS).openapi({
      description:
        'How long the upstream may take to begin its answer, in milliseconds: 100 to 600000. 30000 by default.',
    }),
  })
  .openapi('Route')
  .describe('Which requests may pass, with which scopes, and where they are sent.')

export const routeTableSchema = z
  .strictObject({
    routes: z
      .array(routeSchema)
      .max(MAX_ROUTES, `must hold at most ${MAX_ROUTES} routes`)
      .describe('Every route: at most 200, no two for the same method and path. Their order means nothing.'),
  })
  .openapi('RouteTable')
  .describe('The whole route table of an environment.')
