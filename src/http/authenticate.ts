// Authenticates the callers of the management API.
import { createMiddleware } from 'hono/factory'
import { Problem } from '../core/problem.ts'
import { authenticate } from '../service/management-keys.ts'
import type { AppEnv } from './app-env.ts'
import { callerOf } from './caller.ts'
import { readToken } from './request-token.ts'

/** The management key of a request. @throws {Problem} unauthenticated, or invalid_request for more than one token */
export function readManagementKey(headers: Headers): string {
  const presented = readToken(headers)
  if (presented.state === 'ambiguous') throw moreThanOneToken()
  if (presented.state === 'given' && presented.by === 'bearer') return presented.token
  throw new Problem('unauthenticated', 'Send a management key as `Authorization: Bearer …`.')
}

/** Lets a request on only with a live management key or the root key, and puts the caller into the context. */
export const requireManagementKey = createMiddleware<AppEnv>(async function requireManagementKey(c, next) {
  c.set('caller', callerOf(c, await authenticate(c.var.deps, readManagementKey(c.req.raw.headers))))
  await next()
})

export const moreThanOneToken = () =>
  new Problem('invalid_request', 'The request has more than one token. Send exactly one.')
