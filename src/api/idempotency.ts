// Idempotency-Key over HTTP: which routes take it, what it must look like, and how a response that is sent again is marked.
import { type RouteConfig, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { ProblemCode } from '../core/problem.ts'
import type { AppEnv } from '../http/app-env.ts'
import { respondOnce, storeNothing, type Work } from '../service/idempotency.ts'
import { defineManagementRoute } from './define-route.ts'

const HEADER = 'Idempotency-Key'
const REPLAYED_HEADER = 'Idempotency-Replayed'

const requestHeaders = z.object({
  [HEADER]: z
    .string()
    .regex(/^[\x21-\x7e]{16,255}$/, 'must be 16 to 255 visible ASCII characters, such as a random UUID')
    .optional()
    .openapi({
      description:
        'Chosen by the client, random, and new for each thing it makes. For 24 hours the same request with the same key gets the same response, the token too, and has no second effect; another request with the key gets 409.',
      minLength: 16,
      maxLength: 255,
    }),
})

const responseHeaders = {
  [REPLAYED_HEADER]: {
    description: '`true` when this is the stored response to a request that was sent before.',
    schema: { type: 'string' as const, enum: ['true'] },
  },
}

/** Declares a route that takes an Idempotency-Key; `answerOnce` gives its response. */
export function defineIdempotentRoute<P extends string, R extends Omit<RouteConfig, 'path'> & { path: P }>(
  config: R,
  extraProblems: ProblemCode[] = [],
) {
  const responses = Object.entries(config.responses).map(([status, response]) => [
    status,
    { ...response, headers: responseHeaders },
  ])
  // Handlers see the types of what the route itself declares, as in defineManagementRoute.
  const added: object = {
    request: { ...config.request, headers: requestHeaders },
    responses: Object.fromEntries(responses),
  }
  return defineManagementRoute({ ...config, ...added }, ['conflict', ...extraProblems])
}

/**
 * The body of the response, made or as it was stored when the same request was sent before. `body` is what the request
 * asks for, as it was understood. @throws {Problem} conflict for a key that was used for another request
 */
export async function answerOnce<Made, Body extends object>(
  c: Context<AppEnv>,
  body: unknown,
  { make, render }: Work<Made, Body>,
): Promise<Body> {
  const { deps, caller } = c.var
  const key = c.req.header(HEADER)
  if (key === undefined) return render(await make(storeNothing))
  const { pathname, search } = new URL(c.req.url)
  const request = { key, method: c.req.method, path: pathname + search, body }
  const answer = await respondOnce(deps, caller, request, { make, render })
  if (answer.isReplayed) c.header(REPLAYED_HEADER, 'true')
  return answer.body
}
