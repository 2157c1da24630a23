// The surfaces at which the requests of strangers arrive: the front door, and the same decision for other proxies.
import { Hono } from 'hono'
import type { createDeps, Deps } from '../deps.ts'
import type { AppEnv } from '../http/app-env.ts'
import { answerError } from '../http/problem-response.ts'
import { forwardAuth } from './forward-auth.ts'
import { type Door, frontDoor } from './front-door.ts'

const DOORS: Record<'api' | 'core', Door> = {
  api: { kind: 'api_key', reranks: true },
  core: { kind: 'access_token', reranks: false },
}

/** Whether the request is for an upstream. */
export const isAtFrontDoor = ({ url }: Request) => FRONT_DOOR.test(url)

const FRONT_DOOR = /^https?:\/\/[^/]*\/(api|core)(\/|$|\?)/
const CORE = /^\/core(\/|$)/

/** Answers what is at the front door. Without middleware: what an upstream answers is not dressed as an answer of ours. */
export function openFrontDoor(makeDeps: typeof createDeps) {
  return async function fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const requestId = crypto.randomUUID()
    const answer = await answerAt(request, requestId, () => makeDeps(env, ctx))
    return request.method === 'HEAD' ? new Response(null, answer) : answer
  }
}

async function answerAt(request: Request, requestId: string, makeDeps: () => Deps): Promise<Response> {
  try {
    const url = new URL(request.url)
    const door = CORE.test(url.pathname) ? DOORS.core : DOORS.api
    return await frontDoor({ request, url, requestId, deps: makeDeps() }, door)
  } catch (error) {
    return answerError(error, { req: request, var: { requestId } })
  }
}

export function forwardAuthRoutes() {
  const app = new Hono<AppEnv>()
  app.all('/forward-auth', forwardAuth)
  return app
}
