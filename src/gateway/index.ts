// The surfaces at which the requests of strangers arrive: the front door, and the same decision for other proxies.
import { type Context, Hono } from 'hono'
import type { createDeps } from '../deps.ts'
import type { AppEnv } from '../http/app-env.ts'
import { answerError } from '../http/problem-response.ts'
import { forwardAuth } from './forward-auth.ts'
import { type Door, frontDoor } from './front-door.ts'

/** Whether the request is for an upstream. */
export const isAtFrontDoor = ({ url }: Request) => FRONT_DOOR.test(url)

const FRONT_DOOR = /^https?:\/\/[^/]*\/(api|core)(\/|$|\?)/

/** An app of its own, without middleware: what an upstream answers is not dressed as an answer of ours. */
export function frontDoorRoutes(makeDeps: typeof createDeps) {
  const app = new Hono<AppEnv>()
  app.onError(answerError)
  const opened = (door: Door) => (c: Context<AppEnv>) => {
    c.set('requestId', crypto.randomUUID())
    c.set('deps', makeDeps(c.env, c.executionCtx))
    return frontDoor(c, door)
  }
  app.all('/api/*', opened({ kind: 'api_key', reranks: true }))
  app.all('/core/*', opened({ kind: 'access_token', reranks: false }))
  return app
}

export function forwardAuthRoutes() {
  const app = new Hono<AppEnv>()
  app.all('/forward-auth', forwardAuth)
  return app
}
