// The surfaces at which the requests of strangers arrive: the front door, and the same decision for other proxies.
import { Hono } from 'hono'
import type { createDeps, Deps } from '../deps.ts'
import type { AppEnv } from '../http/app-env.ts'
import { answerError } from '../http/problem-response.ts'
import { answerFrontDoor, type Entrance } from './answer-request.ts'
import { answerForwardAuth } from './forward-auth.ts'
import type { ProxiedRequest } from './proxied-request.ts'

const DOORS: Record<'api' | 'core', Entrance> = {
  api: { kind: 'api_key', reranks: true },
  core: { kind: 'access_token', reranks: false },
}

/** Whether the request is for an upstream. */
export const isForFrontDoor = ({ url }: Request) => FRONT_DOOR.test(url)

const FRONT_DOOR = /^https?:\/\/[^/]*\/(api|core)(\/|$|\?)/
const CORE = /^\/core(\/|$)/

/** Answers what is at the front door. Without middleware: what an upstream answers is not dressed as an answer of ours. */
export function createFrontDoor(makeDeps: typeof createDeps) {
  return async function fetch(arrived: Arrived, env: Env, ctx: ExecutionContext): Promise<Response> {
    const answer = await answerRequest({ ...arrived, requestId: crypto.randomUUID() }, () => makeDeps(env, ctx))
    return arrived.request.method === 'HEAD' ? new Response(null, answer) : answer
  }
}

type Arrived = Pick<ProxiedRequest, 'request' | 'url'>

async function answerRequest(proxied: Omit<ProxiedRequest, 'deps'>, makeDeps: () => Deps): Promise<Response> {
  try {
    const door = CORE.test(proxied.url.pathname) ? DOORS.core : DOORS.api
    return await answerFrontDoor({ ...proxied, deps: makeDeps() }, door)
  } catch (error) {
    return answerError(error, { req: proxied.request, var: proxied })
  }
}

export function forwardAuthRoutes() {
  const app = new Hono<AppEnv>()
  app.all('/forward-auth', answerForwardAuth)
  return app
}
