// /console: the pages for people. A surface like the others: it calls services, never its own HTTP API.
import { Hono } from 'hono'
import { notFound } from '../core/problem.ts'
import { limitBody } from '../http/json-body.ts'
import { auditPages } from './audit-log.tsx'
import type { ConsoleEnv } from './console-env.ts'
import { credentialPages } from './credentials/index.ts'
import { environmentPages } from './environments.tsx'
import { answerWithPage } from './error-page.tsx'
import { apiKeyPages } from './keys/index.ts'
import { managementKeyPages } from './management-keys.tsx'
import { projectPages } from './projects.tsx'
import { rerankPages } from './rerank-controls.tsx'
import { routesPages } from './routes.tsx'
import { refuseForeignForms, restrictContent } from './safety.ts'
import { requireSession } from './session.ts'
import { settingsPages } from './settings.tsx'
import { signInPages } from './sign-in.tsx'

export function consolePages() {
  const app = new Hono<ConsoleEnv>()
  app.onError(answerWithPage)
  app.use('/console/*', restrictContent, limitBody, refuseForeignForms)
  app.route('/', signInPages)
  app.use('/console/*', requireSession)
  app.get('/console', (c) => c.redirect('/console/projects', 303))
  app.route('/', projectPages)
  app.route('/', environmentPages)
  app.route('/', credentialPages)
  app.route('/', apiKeyPages)
  app.route('/', routesPages)
  app.route('/', rerankPages)
  app.route('/', settingsPages)
  app.route('/', auditPages)
  app.route('/', managementKeyPages)
  app.all('/console/*', () => {
    throw notFound('page')
  })
  return app
}
