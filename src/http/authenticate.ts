// Who is calling the management API.
import { createMiddleware } from 'hono/factory'
import { Problem } from '../core/problem.ts'
import { authenticate } from '../service/management-keys.ts'
import type { AppEnv } from './app-env.ts'
import { callerOf } from './caller.ts'
import { readToken } from './request-token.ts'

/** Lets only a live management key or the root key through, and puts its actor on the context as the caller. */
export const requireManagementKey = createMiddleware<AppEnv>(async function requireManagementKey(c, next) {
  const credential = readToken(c.req.raw.headers)
  if (credential.state === 'ambiguous') throw moreThanOneToken()
  if (credential.state !== 'given' || credential.by !== 'bearer') {
    throw new Problem('unauthenticated', 'Send a management key as `Authorization: Bearer …`.')
  }
  c.set('caller', callerOf(c, await authenticate(c.var.deps, credential.token)))
  await next()
})

export const moreThanOneToken = () => new Problem('invalid_request', 'The request carries more than one credential.')
