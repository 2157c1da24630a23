// The caller of an operation: the actor, and what the audit log keeps of the request. The same for every surface.
import type { Actor, Caller } from '../core/actor.ts'

/** The part of a Hono context that is needed here. */
type RequestInfo = { req: { header(name: string): string | undefined }; var: { requestId: string } }

export const callerOf = (c: RequestInfo, actor: Actor): Caller => ({
  actor,
  requestId: c.var.requestId,
  address: c.req.header('CF-Connecting-IP') ?? null,
})
