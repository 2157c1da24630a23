// The Hono app: middleware in order, one route() per surface. Nothing is decided here.
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { apiRoutes } from './api/index.ts'
import { VERIFY_PATH, verifyFastPath } from './api/verify-fast-path.ts'
import { consolePages } from './console/index.ts'
import { notFound } from './core/problem.ts'
import { createDeps } from './deps.ts'
import { forwardAuthRoutes, frontDoorRoutes } from './gateway/index.ts'
import type { AppEnv } from './http/app-env.ts'
import { NOTHING_LOADS } from './http/content-policy.ts'
import { answerError, problemResponse } from './http/problem-response.ts'
import { docsPages } from './pages/docs.tsx'
import { problemPages } from './pages/problems.tsx'

export function createApp(makeDeps: typeof createDeps = createDeps) {
  const app = new Hono<AppEnv>()
  app.post(VERIFY_PATH, verifyFastPath(makeDeps))
  app.route('/', frontDoorRoutes(makeDeps))
  app.use(async function identify(c, next) {
    // Ours alone: the audit log keeps it, so no caller may choose it.
    c.set('requestId', c.var.requestId ?? crypto.randomUUID())
    await next()
    c.header('X-Request-Id', c.var.requestId)
  })
  app.use(async function noStore(c, next) {
    await next()
    c.header('Cache-Control', 'no-store')
  })
  app.use(secureHeaders({ originAgentCluster: false, xFrameOptions: 'DENY', referrerPolicy: false }))
  app.use(async function restrictPages(c, next) {
    await next()
    if (!c.res.headers.has('Content-Security-Policy')) c.header('Content-Security-Policy', NOTHING_LOADS)
    if (!c.res.headers.has('Referrer-Policy')) c.header('Referrer-Policy', 'no-referrer')
  })
  app.use(async function provideDeps(c, next) {
    c.set('deps', makeDeps(c.env, c.executionCtx))
    await next()
  })
  app.onError(answerError)
  app.notFound((c) => problemResponse(c, notFound('path')))

  app.route('/', problemPages)
  app.route('/', docsPages)
  app.route('/', consolePages())
  app.route('/', forwardAuthRoutes())
  app.route('/', apiRoutes())
  return app
}
