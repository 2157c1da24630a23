// keyward/client/hono: a guard for routes. A handler behind it runs only for a verified key.
import type { Context, MiddlewareHandler } from 'hono'
import { createGuard } from './guard.ts'
import type { FromContext as FromAnyContext, GuardOptions } from './guard-options.ts'
import type { ValidKey } from './verdict.ts'

/** A value, or a function that finds it in the request's context: a Worker's bindings and secrets are in `c.env`. */
export type FromContext<Value> = FromAnyContext<Value, Context>

/** By default the verdicts come from the binding `c.env.KEYWARD`. */
export type RequireKeyOptions = GuardOptions<Context>

/** The variables of a guarded handler: `c.get('key')` is the verdict on the key that was sent. */
export type KeyEnv = { Variables: { key: ValidKey } }

/**
 * Lets a request on only with a valid key that holds all of `scopes`, and answers every other one itself:
 * 400 for two tokens, 401 for none or a refused one, 403 for a missing scope, 503 when there is no verdict.
 * @throws {KeywardConfigError} for invalid options
 */
export function requireKey(options: RequireKeyOptions = {}): MiddlewareHandler<KeyEnv> {
  const guard = createGuard(options, (c: Context) => c.env?.KEYWARD)

  return async function requireKeyGuard(c, next) {
    const { key, refusal } = await guard(c.req.raw.headers, c)
    if (refusal) return new Response(refusal.body, { status: refusal.status, headers: refusal.headers })
    c.set('key', key)
    return next()
  }
}
