// /console: the pages for people. Like the other surfaces it calls services, and not the HTTP API.
import { Hono } from 'hono'
import { notFound } from '../core/problem.ts'
import { refuseOtherMethods } from '../http/allowed-methods.ts'
import { limitBody } from '../http/body.ts'
import { auditLogPages } from './audit-log/index.ts'
import type { ConsoleEnv } from './console-env.ts'
import { credentialPages } from './credentials/index.ts'
import { environmentPages } from './environments/index.ts'
import { answerWithPage } from './error-page.tsx'
import { keyPages } from './keys/index.ts'
import { managementKeyPages } from './management-keys/index.ts'
import { projectPages } from './projects/index.ts'
import { rerankControlsPages } from './rerank-controls/index.ts'
import { routesPages } from './routes/index.ts'
import { refuseForeignForms, restrictContent } from './safety.ts'
import { requireSession } from './session.tsx'
import { settingsPages } from './settings/index.ts'
import { signInPages } from './sign-in/index.ts'

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
  app.route('/', keyPages)
  app.route('/', routesPages)
  app.route('/', rerankControlsPages)
  app.route('/', settingsPages)
  app.route('/', auditLogPages)
  app.route('/', managementKeyPages)
  app.all('/console/*', (c) => {
    refuseOtherMethods(app, c.req)
    throw notFound('page')
  })
  return app
}
