// POST /oauth2/introspect: what a token is worth now (RFC 7662). Inactive for any reason is the same answer.
import type { Context } from 'hono'
import type { AppEnv } from '../http/app-env.ts'
import { introspect } from '../service/introspection.ts'
import { identifyCaller } from './caller.ts'
import { readForm, requireParameter } from './form.ts'
import { sendJson } from './response.ts'

export async function answerIntrospection(c: Context<AppEnv>): Promise<Response> {
  const form = await readForm(c)
  const { actor } = await identifyCaller(c, form)
  return sendJson(c, await introspect(c.var.deps, actor, requireParameter(form, 'token')))
}
