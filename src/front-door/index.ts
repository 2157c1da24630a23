// The front door (`/api`, `/core`), and the same decision for other proxies (`/forward-auth`).
import { Hono } from 'hono'
import type { createDeps } from '../deps.ts'
import type { AppEnv } from '../http/app-env.ts'
import { answerError } from '../http/problem-response.ts'
import type { Deps } from '../service/deps.ts'
import { answerFrontDoor } from './answer-request.ts'
import { answerForwardAuth } from './forward-auth.ts'
import type { ProxiedRequest } from './proxied-request.ts'

/** Whether the request is for an upstream. */
export const isForFrontDoor = ({ url }: Request) => FRONT_DOOR.test(url)

const FRONT_DOOR = /^https?:\/\/[^/]*\/(api|core)(\/|$|\?)/

/** Answers what is for an upstream. Without middleware, so that no header of ours is put on an upstream's answer. */
export function createFrontDoor(makeDeps: typeof createDeps) {
  return async function fetch(received: ReceivedRequest, env: Env, ctx: ExecutionContext): Promise<Response> {
    const answer = await answerRequest({ ...received, requestId: crypto.randomUUID() }, () => makeDeps(env, ctx))
    return received.request.method === 'HEAD' ? new Response(null, answer) : answer
  }
}

type ReceivedRequest = Pick<ProxiedRequest, 'request' | 'url'>

async function answerRequest(proxied: Omit<ProxiedRequest, 'deps'>, makeDeps: () => Deps): Promise<Response> {
  try {
    return await answerFrontDoor({ ...proxied, deps: makeDeps() })
  } catch (error) {
    return answerError(error, { req: proxied.request, var: proxied })
  }
}

export function forwardAuthRoutes() {
  const app = new Hono<AppEnv>()
  app.all('/forward-auth', answerForwardAuth)
  return app
}
