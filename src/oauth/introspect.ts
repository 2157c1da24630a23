// POST /oauth2/introspect: what a token is worth now (RFC 7662). Inactive for any reason is the same answer.
import type { Context } from 'hono'
import type { AppEnv } from '../http/app-env.ts'
import { introspect } from '../service/introspection.ts'
import { answer } from './answer.ts'
import { askerOf } from './asker.ts'
import { readForm, required } from './form.ts'

export async function introspection(c: Context<AppEnv>): Promise<Response> {
  const form = await readForm(c)
  const { actor } = await askerOf(c, form)
  return answer(c, await introspect(c.var.deps, actor, required(form, 'token')))
}
