// Who calls introspection or revocation: a management key, or a client (RFC 7662 §2.1, RFC 7009 §2.1).
import type { Context } from 'hono'
import type { Actor, Caller } from '../core/actor.ts'
import type { AppEnv } from '../http/app-env.ts'
import { callerOf } from '../http/caller.ts'
import { readToken } from '../http/request-token.ts'
import { authenticate } from '../service/management-keys.ts'
import { identifyClient } from './client-authentication.ts'
import type { Form } from './form.ts'

/** @throws {OAuthError} invalid_client, invalid_request, rate_limited @throws {Problem} unauthenticated, unavailable */
export const identifyCaller = async (c: Context<AppEnv>, form: Form): Promise<Caller> =>
  callerOf(c, await identifyActor(c, form))

async function identifyActor(c: Context<AppEnv>, form: Form): Promise<Actor> {
  const credential = readToken(c.req.raw.headers)
  const isBearer = credential.state === 'given' && credential.by === 'bearer'
  if (isBearer && !form.has('client_secret')) return authenticate(c.var.deps, credential.token)
  const { id, record } = await identifyClient(c, form)
  return { type: 'client', id, name: record.name, role: 'client', environmentId: record.environment.id }
}
