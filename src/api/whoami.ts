// GET /v1/whoami: what an API key is, asked with the key itself.
import { createRoute } from '@hono/zod-openapi'
import { BEARER } from '../core/actor.ts'
import { Problem } from '../core/problem.ts'
import { moreThanOneToken } from '../http/authenticate.ts'
import { limitBody } from '../http/body.ts'
import { requireQuery } from '../http/query.ts'
import { readToken } from '../http/request-token.ts'
import { requireVerdict, toWireVerdict, verdictSchema } from '../http/verification.ts'
import { verify } from '../service/verify.ts'
import { createRouter, jsonAnswer, noQuery, problemResponses } from './define-route.ts'

export const whoamiRoutes = createRouter()

whoamiRoutes.openapi(
  createRoute({
    method: 'get',
    path: '/v1/whoami',
    tags: ['Verification'],
    summary: 'What an API key is, asked with the key itself',
    description: 'The key may also be sent as `X-API-Key`, but not in both headers.',
    middleware: [requireQuery, limitBody] as const,
    request: { query: noQuery },
    security: [{ apiKey: [] }],
    responses: {
      200: jsonAnswer('The verdict on the key.', verdictSchema),
      ...problemResponses('invalid_request', 'unauthenticated', 'internal_error', 'unavailable'),
    },
  }),
  async (c) => {
    const token = readApiKey(c.req.raw.headers)
    const verdict = requireVerdict(await verify(c.var.deps, BEARER, { token, kind: 'api_key' }))
    if (!verdict.valid) throw new Problem('unauthenticated', 'The API key is not valid.')
    return c.json(toWireVerdict(verdict), 200)
  },
)

function readApiKey(headers: Headers): string {
  const presented = readToken(headers)
  if (presented.state === 'ambiguous') throw moreThanOneToken()
  if (presented.state === 'given') return presented.token
  throw new Problem('unauthenticated', 'Send an API key as `Authorization: Bearer …` or `X-API-Key: …`.')
}
