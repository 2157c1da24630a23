// /healthz: the Worker runs and is configured. No store is asked.
import { createRoute, z } from '@hono/zod-openapi'
import { version } from '../../package.json'
import { createRouter, jsonAnswer } from './define-route.ts'

export const healthRoutes = createRouter()

healthRoutes.openapi(
  createRoute({
    method: 'get',
    path: '/healthz',
    tags: ['Service'],
    security: [],
    summary: 'Is it up?',
    responses: {
      200: jsonAnswer(
        'It is.',
        z.object({
          status: z.literal('ok').describe('The Worker runs and is configured.'),
          version: z.string().describe('The version of Keyward.'),
        }),
      ),
    },
  }),
  (c) => c.json({ status: 'ok' as const, version }, 200),
)
