// The surfaces at which the requests of strangers arrive: the front door, and the same decision for other proxies.
import { Hono } from 'hono'
import type { createDeps, Deps } from '../deps.ts'
import type { AppEnv } from '../http/app-env.ts'
import { answerError } from '../http/problem-response.ts'
import { forwardAuth } from './forward-auth.ts'
import { type Door, frontDoor } from './front-door.ts'
import type { Visit } from './visit.ts'

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
  return async function fetch(arrived: Arrived, env: Env, ctx: ExecutionContext): Promise<Response> {
    const answer = await answerAt({ ...arrived, requestId: crypto.randomUUID() }, () => makeDeps(env, ctx))
    return arrived.request.method === 'HEAD' ? new Response(null, answer) : answer
  }
}

type Arrived = Pick<Visit, 'request' | 'url'>

async function answerAt(visit: Omit<Visit, 'deps'>, makeDeps: () => Deps): Promise<Response> {
  try {
    const door = CORE.test(visit.url.pathname) ? DOORS.core : DOORS.api
    return await frontDoor({ ...visit, deps: makeDeps() }, door)
  } catch (error) {
    return answerError(error, { req: visit.request, var: visit })
  }
}

export function forwardAuthRoutes() {
  const app = new Hono<AppEnv>()
  app.all('/forward-auth', forwardAuth)
  return app
}
