// Which surface answers a request, and the Hono app of all but the two busiest: middleware in order, one route() each.
import { type Context, Hono } from 'hono'
import { apiRoutes } from './api/index.ts'
import { answerVerify, isVerify } from './api/verify.ts'
import { consolePages } from './console/index.ts'
import { createDeps } from './deps.ts'
import { createFrontDoor, forwardAuthRoutes, isForFrontDoor } from './front-door/index.ts'
import { refuseOtherMethods } from './http/allowed-methods.ts'
import type { AppEnv } from './http/app-env.ts'
import { answerError, answerUnreadableHost } from './http/problem-response.ts'
import { allowSandboxedPage, allowSandboxedPages, isFromSandboxedPage } from './http/sandboxed-pages.ts'
import { SECURITY_HEADERS } from './http/security-headers.ts'
import { oauthRoutes } from './oauth/index.ts'
import { docsPages } from './pages/docs.tsx'
import { answerNotFound, homePages } from './pages/home.tsx'
import { problemPages } from './pages/problems.tsx'

/** What answers every request. Most are for the front door or are verifications: those are answered before the router. */
export function createFetch(makeDeps: typeof createDeps = createDeps) {
  const app = createApp(makeDeps)
  const frontDoor = createFrontDoor(makeDeps)
  return function fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
    if (isVerify(request)) {
      const answer = answerVerify(request, env, ctx, makeDeps)
      return isFromSandboxedPage(request) ? allowSandboxedPage(answer) : answer
    }
    const url = URL.parse(request.url)
    if (url === null) return answerUnreadableHost()
    return isForFrontDoor(request) ? frontDoor({ request, url }, env, ctx) : app.fetch(request, env, ctx)
  }
}

const isConsoleHost = (c: Context<AppEnv>) => new URL(c.req.url).hostname === c.var.deps.config.consoleHost

export function createApp(makeDeps: typeof createDeps = createDeps) {
  const app = new Hono<AppEnv>()
  app.use(async function identify(c, next) {
    // Ours alone: the audit log keeps it, so no caller may choose it.
    c.set('requestId', crypto.randomUUID())
    await next()
    c.header('X-Request-Id', c.var.requestId)
  })
  app.use(async function noStore(c, next) {
    await next()
    c.header('Cache-Control', 'no-store')
  })
  app.use(async function restrictPages(c, next) {
    await next()
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) if (!c.res.headers.has(name)) c.header(name, value)
  })
  for (const path of ['/v1/*', '/oauth2/*', '/healthz', '/.well-known/*']) app.use(path, allowSandboxedPages)
  app.use(async function provideDeps(c, next) {
    c.set('deps', makeDeps(c.env, c.executionCtx))
    await next()
  })
  app.use('/console/*', async function keepToConsoleHost(c, next) {
    const isServed = c.var.deps.config.consoleHost === null || isConsoleHost(c)
    return isServed ? next() : c.notFound()
  })
  app.use('/forward-auth', async function keepOffConsoleHost(c, next) {
    return isConsoleHost(c) ? c.notFound() : next()
  })
  app.onError(answerError)
  app.notFound((c) => {
    refuseOtherMethods(app, c.req)
    return answerNotFound(c)
  })

  app.route('/', homePages)
  app.route('/', problemPages)
  app.route('/', docsPages)
  app.route('/', consolePages())
  app.route('/', forwardAuthRoutes())
  app.route('/', oauthRoutes())
  app.route('/', apiRoutes())
  return app
}
