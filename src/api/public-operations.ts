// What the OpenAPI document says of the routes that are not behind a management key and are served elsewhere: OAuth,
// discovery, `/forward-auth`, `/` and the document itself. Registered for the document alone; nothing here answers.
import { type OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi'
import { OAUTH_ERRORS, type OAuthErrorCode } from '../core/oauth-error.ts'
import type { AppEnv } from '../http/app-env.ts'
import { RESOURCE_METADATA_PATH } from '../http/issuer.ts'
import { jsonAnswer, problemResponses } from './define-route.ts'

export function documentPublicRoutes({ openAPIRegistry }: Pick<OpenAPIHono<AppEnv>, 'openAPIRegistry'>): void {
  for (const route of [...OAUTH, ...DISCOVERY, FORWARD_AUTH, ...SERVICE]) openAPIRegistry.registerPath(route)
}

const oauthErrorSchema = z
  .object({
    error: z.enum(Object.keys(OAUTH_ERRORS) as [OAuthErrorCode]).describe('What went wrong, for programs.'), // Object.keys returns string[]
    error_description: z.string().describe('What went wrong, for the developers of the client.'),
  })
  .openapi('OAuthError')
  .describe('An error of the OAuth endpoints (RFC 6749, section 5.2).')

/** Errors by their RFC names, for a route's `responses`. */
function oauthErrors(...codes: OAuthErrorCode[]): RouteConfig['responses'] {
  const statuses = [...new Set(codes.map((code) => OAUTH_ERRORS[code]))]
  return Object.fromEntries(
    statuses.map((status) => {
      const those = codes.filter((code) => OAUTH_ERRORS[code] === status)
      const example = { error: those[0], error_description: EXPLANATIONS[those[0] ?? 'invalid_request'] }
      const content = { 'application/json': { schema: oauthErrorSchema, example } }
      return [status, { description: those.map((code) => `\`${code}\`.`).join(' '), content }]
    }),
  )
}

/** The responses, of which the 403 says what scope is missing (RFC 6750, section 3.1). */
const withChallenge = (responses: RouteConfig['responses']): RouteConfig['responses'] => {
  const challenge = { description: 'The scopes that are missing, if that is why.', schema: { type: 'string' as const } }
  return { ...responses, 403: { ...Object(responses[403]), headers: { 'WWW-Authenticate': challenge } } }
}

const EXPLANATIONS: Record<OAuthErrorCode, string> = {
  invalid_request: 'The parameter grant_type is missing.',
  invalid_client: 'The client is unknown, or its secret is wrong.',
  invalid_scope: 'The client does not hold every scope that it asks for.',
  invalid_target: 'The environment of the client does not grant every audience asked for.',
  unsupported_grant_type: 'The only grant type here is client_credentials.',
  invalid_token: 'The management key is not valid.',
  insufficient_scope: 'The role of the management key does not include this operation.',
  rate_limited: 'Too many wrong client secrets from this network. Try again in 60 seconds.',
  temporarily_unavailable: 'Keyward cannot answer right now. Send the request again.',
}

const BODY_PROBLEMS = problemResponses('payload_too_large', 'unsupported_media_type', 'internal_error')

const form = <S extends z.ZodType>(schema: S) => ({
  body: { required: true, content: { 'application/x-www-form-urlencoded': { schema } } },
})

const clientInBody = {
  client_id: z.string().optional().describe('The client id, for a client that does not use HTTP Basic.'),
  client_secret: z
    .string()
    .optional()
    .describe('The client secret, for a client that does not use HTTP Basic. Never both: that is 400.'),
}

const tokenHint = z.string().optional().describe('Ignored: the token itself shows of which kind it is.')

const introspectionSchema = z
  .union([
    z
      .object({ active: z.literal(false).describe('The token is not good, for whatever reason.') })
      .openapi('InactiveToken')
      .describe('The same for a token that is revoked, expired, unknown, or of an environment that you may not see.'),
    z
      .object({
        active: z.literal(true).describe('The token is good.'),
        scope: z.string().describe('Its scopes, with spaces between them.'),
        token_type: z.literal('Bearer').describe('How it is sent.'),
        kind: z.enum(['api_key', 'access_token']).describe('Which kind of token it is.'),
        environment_id: z.string().describe('The id of its environment.'),
        project_id: z.string().describe('The id of its project.'),
        sub: z.string().describe('The id of the API key, or of the SDK credential it was issued to.'),
        exp: z.int().optional().describe('When it ends, in seconds since 1970. Left out: it does not expire.'),
        client_id: z.string().optional().describe('The id of the SDK credential. Access tokens only.'),
        iss: z.string().optional().describe('Who issued it. Access tokens only.'),
        aud: z.array(z.string()).optional().describe('For whom it is meant. Access tokens only.'),
        iat: z.int().optional().describe('When it was issued, in seconds since 1970. Access tokens only.'),
        jti: z.string().optional().describe('The id of the token. Access tokens only.'),
      })
      .openapi('ActiveToken')
      .describe('What is known of a token that is good.'),
  ])
  .openapi('Introspection')
  .describe('The answer to an introspection (RFC 7662).')

const oauthTags = ['OAuth']

const OAUTH: RouteConfig[] = [
  {
    method: 'post',
    path: '/oauth2/token',
    tags: oauthTags,
    summary: 'Obtain an access token',
    description:
      'The client credentials grant (RFC 6749, section 4.4). The client shows its id and secret by HTTP Basic, or as `client_id` and `client_secret` in the body. Without `scope`, the token may do all that the credential may.',
    security: [{ clientSecret: [] }],
    request: form(
      z
        .object({
          grant_type: z.literal('client_credentials').describe('The only grant there is.'),
          scope: z
            .string()
            .optional()
            .describe('Scope names or aliases with single spaces between them, to narrow the token. All by default.'),
          audience: z.string().optional().describe('One audience of the environment, besides `/core`.'),
          resource: z
            .array(z.string())
            .optional()
            .describe('The same by absolute URIs (RFC 8707). The one parameter that may be repeated.'),
          ...clientInBody,
        })
        .openapi('TokenRequest')
        .describe('The request of a client for an access token.'),
    ),
    responses: {
      200: jsonAnswer(
        'The access token.',
        z
          .object({
            access_token: z.string().describe('The access token: a JWT (RFC 9068).'),
            token_type: z.literal('Bearer').describe('How it is sent: `Authorization: Bearer …`.'),
            expires_in: z.int().describe('How long it works, in seconds: 3600, unless the operator chose otherwise.'),
            scope: z.string().optional().describe('What it may do. Left out when it has no scopes.'),
          })
          .openapi('TokenResponse')
          .describe('An access token.'),
      ),
      ...oauthErrors(
        'invalid_request',
        'invalid_scope',
        'invalid_target',
        'unsupported_grant_type',
        'invalid_client',
        'rate_limited',
        'temporarily_unavailable',
      ),
      ...BODY_PROBLEMS,
    },
  },
  {
    method: 'post',
    path: '/oauth2/introspect',
    tags: oauthTags,
    summary: 'Ask whether a token is good, in the form of RFC 7662',
    description:
      'Takes access tokens and API keys. With a management key of any role, or with the id and secret of a client, which may ask about tokens of its own environment.',
    security: [{ managementKey: [] }, { clientSecret: [] }],
    request: form(
      z
        .object({ token: z.string().describe('The token.'), token_type_hint: tokenHint, ...clientInBody })
        .openapi('IntrospectionRequest')
        .describe('The token that is asked about.'),
    ),
    responses: {
      200: jsonAnswer('What is known of the token, or only that it is not active.', introspectionSchema),
      ...oauthErrors('invalid_request', 'invalid_client', 'invalid_token', 'rate_limited', 'temporarily_unavailable'),
      ...BODY_PROBLEMS,
    },
  },
  {
    method: 'post',
    path: '/oauth2/revoke',
    tags: oauthTags,
    summary: 'End a token, in the form of RFC 7009',
    description:
      'Ends one access token. A management key that may change keys can end an API key too, for good. The answer is 200 also for a token that is none, or is not the caller’s.',
    security: [{ managementKey: [] }, { clientSecret: [] }],
    request: form(
      z
        .object({ token: z.string().describe('The token.'), token_type_hint: tokenHint, ...clientInBody })
        .openapi('TokenRevocation')
        .describe('The token that is to end.'),
    ),
    responses: {
      200: jsonAnswer('The token does not work, or did not before. The body is an empty object.', z.object({})),
      ...withChallenge(
        oauthErrors(
          'invalid_request',
          'invalid_client',
          'invalid_token',
          'insufficient_scope',
          'rate_limited',
          'temporarily_unavailable',
        ),
      ),
      ...BODY_PROBLEMS,
    },
  },
]

const authMethods = z
  .array(z.enum(['client_secret_basic', 'client_secret_post']))
  .describe('How a client shows who it is there.')
const url = z.string().openapi({ format: 'uri' })

const serverMetadataSchema = z
  .object({
    issuer: url.describe('Who issues the access tokens: their `iss`.'),
    token_endpoint: url.describe('Where clients obtain access tokens.'),
    jwks_uri: url.describe('Where the public keys are.'),
    introspection_endpoint: url.describe('Where tokens are asked about.'),
    revocation_endpoint: url.describe('Where tokens are ended.'),
    grant_types_supported: z.array(z.literal('client_credentials')).describe('The grants there are.'),
    token_endpoint_auth_methods_supported: authMethods,
    introspection_endpoint_auth_methods_supported: authMethods,
    revocation_endpoint_auth_methods_supported: authMethods,
    protected_resources: z.array(url).describe('What the access tokens open.'),
    service_documentation: url.describe('Where the API reference is.'),
  })
  .openapi('AuthorizationServerMetadata')
  .describe('Where the OAuth endpoints are, and what they take (RFC 8414).')

const resourceMetadataSchema = z
  .object({
    resource: url.describe('The resource: the front door for access tokens.'),
    authorization_servers: z.array(url).describe('Who issues access tokens for it.'),
    bearer_methods_supported: z.array(z.literal('header')).describe('How access tokens are sent.'),
    resource_name: z.string().describe('Its name, for people.'),
    resource_documentation: url.describe('Where the API reference is.'),
  })
  .openapi('ProtectedResourceMetadata')
  .describe('Where a client of `/core` obtains access tokens (RFC 9728).')

const jwkMembers = {
  kid: z.string().describe('The id of the key, as in the header of the tokens.'),
  use: z.literal('sig').describe('It verifies signatures.'),
}
const jwkSetSchema = z
  .object({
    keys: z
      .array(
        z.union([
          z.object({
            kty: z.literal('OKP').describe('The type of the key.'),
            crv: z.literal('Ed25519').describe('The curve.'),
            x: z.string().describe('The public key, in base64url.'),
            alg: z.literal('EdDSA').describe('The algorithm.'),
            ...jwkMembers,
          }),
          z.object({
            kty: z.literal('RSA').describe('The type of the key.'),
            n: z.string().describe('The modulus, in base64url.'),
            e: z.string().describe('The exponent, in base64url.'),
            alg: z.literal('RS256').describe('The algorithm.'),
            ...jwkMembers,
          }),
        ]),
      )
      .describe(
        'The keys of every token that is still good, and the one that signs next. Empty before the first token.',
      ),
  })
  .openapi('JwkSet')
  .describe('The public keys that verify access tokens (RFC 7517).')

const resourceMetadata = {
  method: 'get' as const,
  tags: oauthTags,
  security: [],
  responses: { 200: jsonAnswer('The metadata.', resourceMetadataSchema) },
}

const DISCOVERY: RouteConfig[] = [
  {
    method: 'get',
    path: '/.well-known/oauth-authorization-server',
    tags: oauthTags,
    summary: 'Find the OAuth endpoints',
    security: [],
    responses: { 200: jsonAnswer('The metadata.', serverMetadataSchema) },
  },
  {
    method: 'get',
    path: '/.well-known/jwks.json',
    tags: oauthTags,
    summary: 'Read the public keys of access tokens',
    description:
      'For services that verify access tokens by themselves. They do not learn of a revocation: ask `/oauth2/introspect` or `/v1/keys/verify` where that matters.',
    security: [],
    responses: {
      200: jsonAnswer('The keys.', jwkSetSchema),
      ...oauthErrors('temporarily_unavailable'),
      ...problemResponses('internal_error'),
    },
  },
  { ...resourceMetadata, path: RESOURCE_METADATA_PATH, summary: 'Find out who issues tokens, by the host alone' },
  {
    ...resourceMetadata,
    path: `${RESOURCE_METADATA_PATH}/core`,
    summary: 'Find out who issues tokens for /core',
  },
]

const identity = (description: string) => ({ description, schema: { type: 'string' as const } })

const FORWARD_AUTH: RouteConfig = {
  method: 'get',
  path: '/forward-auth',
  tags: ['Front door'],
  summary: 'Let a proxy ask whether a request may pass',
  description:
    'For `auth_request` of nginx, `forward_auth` of Caddy, ForwardAuth of Traefik and `ext_authz` of Envoy. The proxy sends the credential of the request it received, and either the method and URI of that request, which are looked up in the route table, or `?scopes=`. Any method works: a proxy may keep that of the request. Whatever is wrong is 401, 403 or 503, because proxies take other statuses for an error of the server.',
  security: [{ apiKey: [] }, { apiKeyHeader: [] }, { oauth2: [] }],
  request: {
    query: z.strictObject({
      scopes: z
        .string()
        .optional()
        .describe('Scopes the key must hold, with commas or spaces between them. The route table is then not asked.'),
      environmentId: z.string().optional().describe('The environment the key must be of. Any by default.'),
    }),
    headers: z.object({
      'X-Forwarded-Method': z.string().optional().describe('The method of the request. Needed without `scopes`.'),
      'X-Forwarded-Uri': z.string().optional().describe('Its path and query. Needed without `scopes`.'),
      'X-Forwarded-Proto': z
        .string()
        .optional()
        .describe('Its scheme, to tell requests of web pages of the same origin from others.'),
      'X-Forwarded-Host': z.string().optional().describe('Its host, for the same.'),
    }),
  },
  responses: {
    200: {
      description: 'The request may pass. The body is empty; a header that has nothing to say is empty too.',
      headers: {
        'X-Keyward-Key-Id': identity('The id of the API key.'),
        'X-Keyward-Client-Id': identity('The id of the SDK credential, for an access token.'),
        'X-Keyward-Environment-Id': identity('The id of the environment.'),
        'X-Keyward-Project-Id': identity('The id of the project.'),
        'X-Keyward-Owner-Id': identity('The owner of the key, percent-encoded.'),
        'X-Keyward-Scopes': identity('The scopes, with spaces between them.'),
      },
    },
    ...withChallenge(
      problemResponses(
        'unauthenticated',
        'insufficient_scope',
        'forbidden',
        'browser_not_allowed',
        'internal_error',
        'unavailable',
      ),
    ),
  },
}

const SERVICE: RouteConfig[] = [
  {
    method: 'get',
    path: '/',
    tags: ['Service'],
    summary: 'Find the documentation and the console',
    description: 'A browser, which asks for `text/html`, is sent to the console instead.',
    security: [],
    responses: {
      200: jsonAnswer(
        'Where things are.',
        z
          .object({
            name: z.literal('keyward').describe('What answers here.'),
            version: z.string().describe('The version of Keyward.'),
            docs: url.describe('The API reference, for people.'),
            openapi: url.describe('The OpenAPI document.'),
            console: url.describe('The console.'),
          })
          .openapi('ServiceLinks')
          .describe('What answers here, and where the rest is.'),
      ),
      303: {
        description: 'For browsers: to the console.',
        headers: { Location: { description: 'The console.', schema: { type: 'string' } } },
      },
    },
  },
  {
    method: 'get',
    path: '/openapi.json',
    tags: ['Service'],
    summary: 'Read this document',
    security: [],
    responses: { 200: jsonAnswer('The OpenAPI 3.1 document.', z.record(z.string(), z.unknown())) },
  },
]
