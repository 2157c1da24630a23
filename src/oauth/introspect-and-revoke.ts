// POST /oauth2/introspect and /oauth2/revoke: what is asked of a token that was issued before (RFC 7662, RFC 7009).
import type { Context } from 'hono'
import type { AppEnv } from '../http/app-env.ts'
import { introspect } from '../service/introspection.ts'
import { revokeToken } from '../service/revoke-token.ts'
import { identifyCaller } from './caller.ts'
import { readForm, requireParameter } from './form.ts'
import { sendJson } from './response.ts'

/** The same answer, `{ "active": false }`, for a token that is not good for any reason (RFC 7662 §2.2). */
export async function answerIntrospection(c: Context<AppEnv>): Promise<Response> {
  const form = await readForm(c)
  const { actor } = await identifyCaller(c, form)
  return sendJson(c, await introspect(c.var.deps, actor, requireParameter(form, 'token')))
}

/**
 * 200 also for a token that is none or is not the caller's. RFC 7009 §2.2 has clients ignore the body; some read it, and
 * only as JSON.
 */
export async function answerRevocation(c: Context<AppEnv>): Promise<Response> {
  const form = await readForm(c)
  const caller = await identifyCaller(c, form)
  await revokeToken(c.var.deps, caller, requireParameter(form, 'token'))
  return sendJson(c, {})
}
