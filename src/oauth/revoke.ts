// POST /oauth2/revoke: the holder is done with a token (RFC 7009). A token that is none, or not theirs, is no error.
import type { Context } from 'hono'
import type { AppEnv } from '../http/app-env.ts'
import { revokeToken } from '../service/revoke-token.ts'
import { identifyCaller } from './caller.ts'
import { readForm, requireParameter } from './form.ts'

export async function answerRevocation(c: Context<AppEnv>): Promise<Response> {
  const form = await readForm(c)
  const caller = await identifyCaller(c, form)
  await revokeToken(c.var.deps, caller, requireParameter(form, 'token'))
  return c.body(null, 200)
}
