// /v1/audit-events
import { z } from '@hono/zod-openapi'
import { AUDIT_ACTIONS } from '../core/audit.ts'
import { toWireEvent } from '../http/audit-event.ts'
import { timestamp, timestampInput } from '../http/fields.ts'
import { readAuditLog } from '../service/audit-log.ts'
import {
  createRouter,
  defineManagementRoute,
  jsonAnswer,
  pageQuery,
  pageSchemaOf,
  readPageRequest,
  toWirePage,
} from './define-route.ts'

const snapshot = z.record(z.string(), z.unknown()).nullable()

const auditEventSchema = z
  .object({
    id: z.string().describe('The id of the event (`evt_…`).'),
    at: timestamp.describe('When the change was made.'),
    actor: z
      .object({
        type: z.string().describe('`root`, `management_key`, `client` (an SDK credential) or `service_binding`.'),
        id: z.string().describe('Its id, or `root`.'),
        name: z.string().describe('Its name at that time.'),
      })
      .describe('Who made the change.'),
    action: z.enum(AUDIT_ACTIONS).describe('What was done.'),
    projectId: z.string().nullable().describe('The project it concerns. Null: none.'),
    environmentId: z.string().nullable().describe('The environment it concerns. Null: none.'),
    keyId: z.string().nullable().describe('The API key or SDK credential it concerns. Null: none.'),
    managementKeyId: z.string().nullable().describe('The management key it concerns. Null: none.'),
    before: snapshot.describe('The fields that the change touched, as they were. Null: there was nothing before.'),
    after: snapshot.describe('The fields that the change touched, as they became. Null: there is nothing after.'),
    requestId: z.string().describe('The id of the request, as in `X-Request-Id`.'),
    address: z.string().nullable().describe('The IP address the request came from. Null: not known.'),
  })
  .openapi('AuditEvent')
  .describe('One change. It never holds a token, secret or hash.')

export const auditEventRoutes = createRouter()

auditEventRoutes.openapi(
  defineManagementRoute({
    method: 'get',
    path: '/v1/audit-events',
    tags: ['Audit log'],
    summary: 'Read the audit log, newest first',
    request: {
      query: z.strictObject({
        ...pageQuery,
        from: timestampInput.optional().describe('Only events at this moment or later.'),
        to: timestampInput.optional().describe('Only events before this moment.'),
        actor: z
          .string()
          .max(100)
          .optional()
          .describe('Only changes by this one: the id of a management key, or `root`.'),
        projectId: z.string().max(100).optional().describe('Only events of this project.'),
        environmentId: z.string().max(100).optional().describe('Only events of this environment.'),
        keyId: z.string().max(100).optional().describe('Only events of this API key or SDK credential.'),
        action: z.enum(AUDIT_ACTIONS).optional().describe('Only events of this kind.'),
      }),
    },
    responses: { 200: jsonAnswer('A page of audit events.', pageSchemaOf(auditEventSchema)) },
  }),
  async (c) => {
    const { limit, cursor, ...filter } = c.req.valid('query')
    const page = await readAuditLog(c.var.deps, c.var.caller, filter, readPageRequest({ limit, cursor }))
    return c.json(toWirePage(page, toWireEvent), 200)
  },
)
