// Who acts, and with which request: what the audit log keeps of it, the same for every surface.
import type { Actor, Caller } from '../core/actor.ts'

/** The part of a Hono context that tells of the request. */
type RequestInfo = { req: { header(name: string): string | undefined }; var: { requestId: string } }

export const callerOf = (c: RequestInfo, actor: Actor): Caller => ({
  actor,
  requestId: c.var.requestId,
  address: c.req.header('CF-Connecting-IP') ?? null,
})
