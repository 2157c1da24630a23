// 405 for a path that exists, but not for the method of the request.
import type { Env, Hono } from 'hono'
import { methodNotAllowed } from '../core/problem.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/**
 * For a request that no handler took. @throws {Problem} method_not_allowed if a handler of the app takes the path by another
 * method; middleware, which is for every method, does not count
 */
export function refuseOtherMethods<E extends Env>(
  app: Hono<E>,
  { method, path }: { method: string; path: string },
): void {
  const allowed = METHODS.filter((name) => {
    const asked = name === 'HEAD' ? 'GET' : name
    const [handlers] = app.router.match(asked, path)
    return handlers.some(([[, route]]) => route.method === asked)
  })
  if (allowed.length > 0 && !allowed.some((name) => name === method)) throw methodNotAllowed(method, allowed)
}
