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
    id: z.string(),
    at: timestamp,
    actor: z.object({ type: z.string(), id: z.string(), name: z.string() }),
    action: z.enum(AUDIT_ACTIONS),
    projectId: z.string().nullable(),
    environmentId: z.string().nullable(),
    keyId: z.string().nullable(),
    managementKeyId: z.string().nullable(),
    before: snapshot.openapi({ description: 'The fields the change touched, as they were.' }),
    after: snapshot.openapi({ description: 'The fields the change touched, as they became.' }),
    requestId: z.string(),
    address: z.string().nullable(),
  })
  .openapi('AuditEvent')

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
        from: timestampInput.optional().openapi({ description: 'At this moment or later.' }),
        to: timestampInput.optional().openapi({ description: 'Before this moment.' }),
        actor: z.string().max(100).optional().openapi({ description: 'The id of a management key, or `root`.' }),
        projectId: z.string().max(100).optional(),
        environmentId: z.string().max(100).optional(),
        keyId: z.string().max(100).optional(),
        action: z.enum(AUDIT_ACTIONS).optional(),
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
