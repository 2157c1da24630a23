// The OpenAPI 3.1 document: made from the schemas that validate, with what holds for all operations added in one place.
import type { OpenAPIHono } from '@hono/zod-openapi'
import { version } from '../../package.json'
import type { AppEnv } from '../http/app-env.ts'
import { EXAMPLES } from './examples.ts'
import { INTRODUCTION, TAGS } from './openapi-prose.ts'
import { OPERATION_IDS } from './operation-ids.ts'

type Document = ReturnType<OpenAPIHono<AppEnv>['getOpenAPI31Document']>
type Content = Record<string, { example?: unknown }>
type Operation = {
  operationId?: string
  parameters?: object[]
  requestBody?: { content: Content }
  responses: Record<string, { headers?: object; content?: Content }>
}

/** The document of all routes registered so far, without its server: `servedBy` adds it. */
export function documentFor(api: OpenAPIHono<AppEnv>): Document {
  for (const [name, scheme] of Object.entries(SECURITY_SCHEMES)) {
    api.openAPIRegistry.registerComponent('securitySchemes', name, scheme)
  }
  const document = api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Keyward',
      version,
      description: INTRODUCTION,
      contact: { name: 'Keyward', url: HOME_PAGE },
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    externalDocs: { description: 'The source, the guides and the issues.', url: HOME_PAGE },
    tags: TAGS,
  })
  for (const [path, methods] of Object.entries<Record<string, Operation>>(Object(document.paths))) {
    for (const [method, operation] of Object.entries(methods)) complete(`${method.toUpperCase()} ${path}`, operation)
  }
  return withConstants(document)
}

/** The document as the Worker at this origin serves it. */
export function servedBy(document: Document, origin: string): Document {
  const oauth2 = clientCredentialsAt(`${origin}/oauth2/token`)
  const securitySchemes = { ...document.components?.securitySchemes, oauth2 }
  return { ...document, servers: [{ url: origin }], components: { ...document.components, securitySchemes } }
}

/** Adds the name of the operation, the conditions it takes, its example, and the headers of its responses. */
function complete(name: string, operation: Operation): void {
  const operationId = OPERATION_IDS.get(name)
  if (operationId !== undefined) operation.operationId = operationId
  if (CHANGES.test(name)) operation.parameters = [...(operation.parameters ?? []), ...CONDITIONS]
  const example = EXAMPLES[operationId ?? '']
  setExample(operation.requestBody?.content, example?.request)
  for (const [status, response] of Object.entries(operation.responses)) {
    const isSuccess = status.startsWith('2')
    if (isSuccess) setExample(response.content, example?.response)
    response.headers = {
      ...response.headers,
      'X-Request-Id': REQUEST_ID,
      ...(isSuccess && RECORD.test(name) ? { ETag: ENTITY_TAG } : {}),
      ...RESPONSE_HEADERS.get(status),
    }
  }
}

function setExample(content: Content | undefined, example: unknown): void {
  if (content === undefined || example === undefined) return
  for (const media of Object.values(content)) media.example = example
}

/** `const` for a boolean that has one value: generators make a plain boolean of an `enum` of one, by which nothing narrows. */
function withConstants(document: Document): Document {
  return JSON.parse(JSON.stringify(document), (_name, value) => {
    if (value?.type !== 'boolean' || value.enum?.length !== 1) return value
    const { enum: only, ...rest } = value
    return { ...rest, const: only[0] }
  })
}

const HOME_PAGE = 'https://github.com/keyward/keyward'

const clientCredentialsAt = (tokenUrl: string) => ({
  type: 'oauth2' as const,
  description:
    'An access token that an SDK credential obtained. It opens `/core/*`, and `/forward-auth` for such paths.',
  flows: { clientCredentials: { tokenUrl, scopes: {} } },
})

const SECURITY_SCHEMES = {
  managementKey: { type: 'http', scheme: 'bearer', description: 'A management key (`nslm_…`) or the ROOT_KEY.' },
  apiKey: { type: 'http', scheme: 'bearer', description: 'An API key (`nsl_…`).' },
  apiKeyHeader: {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description: 'An API key (`nsl_…`), instead of `Authorization`. Never both.',
  },
  oauth2: clientCredentialsAt('/oauth2/token'),
  clientSecret: {
    type: 'http',
    scheme: 'basic',
    description: 'The id (`cred_…`) and the secret (`nsls_…`) of an SDK credential, as user name and password.',
  },
} as const

const header = (description: string) => ({ description, schema: { type: 'string' } })
const REQUEST_ID = header('The id of the request, as the log and the audit log have it.')
const ENTITY_TAG = header('The version of the record, for `If-Match`. `lastUsedAt` does not count.')
const RETRY_AFTER = { 'Retry-After': header('How many seconds to wait before trying again.') }
const RESPONSE_HEADERS = new Map<string, object>([
  ['401', { 'WWW-Authenticate': header('The challenge: how to authenticate (RFC 6750, RFC 7617).') }],
  ['415', { 'Accept-Encoding': header('`identity`, where the body had a `Content-Encoding`.') }],
  ['429', RETRY_AFTER],
  ['503', RETRY_AFTER],
])

const condition = (name: string, description: string) => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string' },
})
const CONDITIONS = [
  condition('If-Match', 'Entity tags, or `*`: the change is made only to one of these versions, else 412.'),
  condition('If-None-Match', 'Entity tags, or `*`: the change is made only to none of these versions, else 412.'),
]

/** What changes a record, and so heeds conditions: all but verification and what makes something. */
export const CHANGES =
  /^(PUT|PATCH|DELETE) |^POST \/v1\/(keys|credentials|management-keys)\/\{\w+\}\/[\w-]+$|^POST .*\/revoke-keys$/
/** What answers with one record: all but lists, verification, and what is gone. */
const RECORD =
  /^(?!DELETE \/v1\/(projects|environments)\/)\w+ \/v1(?=\/).*(\{(projectId|environmentId|keyId|credentialId|contextId)\}$|\/routes$|\/(rotate|revoke|end-tokens)$|(?<=^POST .*)\/(projects|environments|keys|credentials|management-keys)$)/
