// `/oauth2` and the discovery documents: client credentials for SDKs, introspection and revocation.
import { Hono } from 'hono'
import type { AppEnv } from '../http/app-env.ts'
import { limitBody } from '../http/body.ts'
import { RESOURCE_METADATA_PATH } from '../http/issuer.ts'
import { answerIntrospection, answerRevocation } from './introspect-and-revoke.ts'
import { answerJwks, answerMetadata, answerResourceMetadata } from './metadata.ts'
import { answerOAuthError } from './response.ts'
import { answerToken } from './token.ts'

export function oauthRoutes() {
  const app = new Hono<AppEnv>()
  app.onError(answerOAuthError)
  app.get('/.well-known/oauth-authorization-server', answerMetadata)
  app.get('/.well-known/jwks.json', answerJwks)
  // Some clients know the host alone, and ask without the path of the resource.
  app.get(RESOURCE_METADATA_PATH, answerResourceMetadata)
  app.get(`${RESOURCE_METADATA_PATH}/core`, answerResourceMetadata)
  app.use('/oauth2/*', limitBody)
  app.post('/oauth2/token', answerToken)
  app.post('/oauth2/introspect', answerIntrospection)
  app.post('/oauth2/revoke', answerRevocation)
  return app
}
