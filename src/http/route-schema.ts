// The route table in a request, the same for every surface that takes one.
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

/** A text that `faultOf` has nothing against. */
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
    z.strictObject({ url: textWithout(findUpstreamUrlFault).openapi({ example: 'https://api.example.com' }) }),
    z.strictObject({ service: z.string().regex(SERVICE_PATTERN, 'must be the name of a service binding') }),
  ],
  { error: 'must be { "url": "https://…" } or { "service": "<binding name>" }' },
)

const distinct = (items: string[]) => new Set(items).size === items.length

export const routeSchema = z
  .strictObject({
    methods: z.array(methodField).min(1, 'must hold a method').max(20).refine(distinct, 'must not repeat a method'),
    path: textWithout(findPatternFault).openapi({ example: '/api/items/:id' }),
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

export const routeTableSchema = z
  .strictObject({ routes: z.array(routeSchema).max(MAX_ROUTES, `must hold at most ${MAX_ROUTES} routes`) })
  .openapi('RouteTable')
