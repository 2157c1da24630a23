// The OAuth surface: client credentials for SDKs, and what the RFCs put beside them.
import { Hono } from 'hono'
import type { AppEnv } from '../http/app-env.ts'
import { answerOAuthError } from './answer.ts'
import { introspection } from './introspect.ts'
import { jwks, metadata } from './metadata.ts'
import { revocation } from './revoke.ts'
import { token } from './token.ts'

export function oauthRoutes() {
  const app = new Hono<AppEnv>()
  app.onError(answerOAuthError)
  app.get('/.well-known/oauth-authorization-server', metadata)
  app.get('/.well-known/jwks.json', jwks)
  app.post('/oauth2/token', token)
  app.post('/oauth2/introspect', introspection)
  app.post('/oauth2/revoke', revocation)
  return app
}
