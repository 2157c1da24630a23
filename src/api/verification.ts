// /v1/keys/verify and /v1/whoami

import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { Problem } from '../core/problem.ts'
import type { Unavailable, Verdict } from '../core/verdict.ts'
import type { AppEnv } from '../http/app-env.ts'
import { moreThanOneToken } from '../http/authenticate.ts'
import { readToken } from '../http/request-token.ts'
import {
  isUnavailable,
  storesUnavailable,
  toWireVerdict,
  verdictSchema,
  verifyInputSchema,
} from '../http/verification.ts'
import { authorize } from '../service/authorize.ts'
import { environmentOf, verifyKey } from '../service/verify.ts'
import { verifyAny } from '../service/verify-any.ts'
import { createRouter, defineManagementRoute, jsonAnswer, jsonBody, noQuery, problemResponses } from './define-route.ts'

const tags = ['Verification']

export const verifyRoutes = createRouter()

verifyRoutes.openapi(
  defineManagementRoute({
    method: 'post',
    path: '/v1/keys/verify',
    tags,
    summary: 'Verify a token: an API key, or an access token',
    description: 'Always 200 with a verdict, or 503 when nobody could be asked. Treat a code you do not know as "no".',
    request: jsonBody(verifyInputSchema),
    responses: { 200: jsonAnswer('The verdict.', verdictSchema) },
  }),
  async (c) => {
    const { actor } = c.var.caller
    authorize(actor, 'verify')
    const verdict = await verifyAny(c.var.deps, environmentOf(actor), c.req.valid('json'))
    return c.json(toWireVerdict(answered(verdict)), 200)
  },
)

export const whoamiRoutes = createRouter()

whoamiRoutes.openapi(
  createRoute({
    method: 'get',
    path: '/v1/whoami',
    tags,
    summary: 'What an API key is, asked with the key itself',
    request: { query: noQuery },
    security: [{ apiKey: [] }, { apiKeyHeader: [] }],
    responses: {
      200: jsonAnswer('The verdict on the key.', verdictSchema),
      ...problemResponses('invalid_request', 'unauthenticated', 'internal_error', 'unavailable'),
    },
  }),
  async (c) => {
    const verdict = answered(await verifyKey(c.var.deps, null, { token: presentedToken(c) }))
    if (!verdict.valid) throw new Problem('unauthenticated', 'The API key is not valid.')
    return c.json(toWireVerdict(verdict), 200)
  },
)

function presentedToken(c: Context<AppEnv>): string {
  const credential = readToken(c.req.raw.headers)
  if (credential.state === 'ambiguous') throw moreThanOneToken()
  if (credential.state === 'given') return credential.token
  throw new Problem('unauthenticated', 'Send an API key as `Authorization: Bearer …` or `X-API-Key: …`.')
}

function answered(verdict: Verdict | Unavailable): Verdict {
  if (isUnavailable(verdict)) throw storesUnavailable()
  return verdict
}
