// The management API: which middleware runs before which routes, and the OpenAPI document of them all.
import { methodNotAllowed } from '../core/problem.ts'
import { requireManagementKey } from '../http/authenticate.ts'
import { requireJson } from '../http/json-body.ts'
import { requireQuery } from '../http/query.ts'
import { auditEventRoutes } from './audit-events.ts'
import { credentialRoutes } from './credentials.ts'
import { createRouter } from './define-route.ts'
import { tagRecords } from './entity-tags.ts'
import { environmentRoutes } from './environments.ts'
import { healthRoutes } from './health.ts'
import { keyRoutes } from './keys.ts'
import { managementKeyRoutes } from './management-keys.ts'
import { documentFor, servedBy } from './openapi.ts'
import { projectRoutes } from './projects.ts'
import { documentPublicRoutes } from './public-operations.ts'
import { rerankControlRoutes } from './rerank-controls.ts'
import { routeTableRoutes } from './route-table.ts'
import { VERIFY_PATH, verifyRoute } from './verify.ts'
import { whoamiRoutes } from './whoami.ts'

/** Every route of `/v1`, `/healthz` and `/openapi.json`. */
export function apiRoutes() {
  const api = createRouter()
  api.route('/', healthRoutes)
  api.route('/', whoamiRoutes)

  api.use('/v1/*', requireManagementKey, requireQuery, requireJson, tagRecords)
  api.route('/', projectRoutes)
  api.route('/', environmentRoutes)
  api.route('/', routeTableRoutes)
  api.route('/', rerankControlRoutes)
  // Verification is answered before the router (app.ts); it is registered here for the document alone.
  api.openAPIRegistry.registerPath(verifyRoute)
  // Otherwise a GET would be taken for a key whose id is `verify`.
  api.all(VERIFY_PATH, (c) => {
    throw methodNotAllowed(c.req.method, ['POST'])
  })
  api.route('/', keyRoutes)
  api.route('/', credentialRoutes)
  api.route('/', managementKeyRoutes)
  api.route('/', auditEventRoutes)
  documentPublicRoutes(api)

  // Public, and read by the reference page from an origin of its own. Made once: only its server is that of the request.
  let document: ReturnType<typeof documentFor> | undefined
  api.get('/openapi.json', (c) => {
    document ??= documentFor(api)
    const { origin } = new URL(c.req.url)
    return c.json(servedBy(document, origin), 200, { 'Access-Control-Allow-Origin': '*' })
  })
  return api
}
