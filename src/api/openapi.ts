// The OpenAPI 3.1 document, made from the schemas that validate.
import type { OpenAPIHono } from '@hono/zod-openapi'
import { version } from '../../package.json'
import type { AppEnv } from '../http/app-env.ts'

/** The document of all routes registered so far. Its server is relative: the Worker that serves it. */
export function documentFor(api: OpenAPIHono<AppEnv>) {
  api.openAPIRegistry.registerComponent('securitySchemes', 'managementKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'A management key (`nslm_…`) or the ROOT_KEY.',
  })
  api.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', { type: 'http', scheme: 'bearer' })
  api.openAPIRegistry.registerComponent('securitySchemes', 'apiKeyHeader', {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
  })
  return api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Keyward',
      version,
      description: 'API keys at the edge: issue, verify and revoke. Errors are application/problem+json (RFC 9457).',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
  })
}
