// The OpenAPI 3.1 document: made from the schemas that validate, with what holds for all operations added in one place.
import type { OpenAPIHono } from '@hono/zod-openapi'
import { version } from '../../package.json'
import type { AppEnv } from '../http/app-env.ts'
import { OPERATION_IDS } from './operation-ids.ts'

type Document = ReturnType<OpenAPIHono<AppEnv>['getOpenAPI31Document']>
type Operation = {
  operationId?: string
  parameters?: object[]
  responses: Record<string, { headers?: object; content?: Record<string, object> }>
}

/** The document of all routes registered so far, without its server, which is the Worker that is asked. */
export function documentFor(api: OpenAPIHono<AppEnv>): Document {
  const schemes = { managementKey: MANAGEMENT_KEY, apiKey: API_KEY }
  for (const [name, scheme] of Object.entries(schemes)) {
    api.openAPIRegistry.registerComponent('securitySchemes', name, scheme)
  }
  const document = api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Keyward',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    tags: TAGS,
  })
  for (const [path, methods] of Object.entries<Record<string, Operation>>(Object(document.paths))) {
    for (const [method, operation] of Object.entries(methods)) complete(`${method.toUpperCase()} ${path}`, operation)
  }
  return withConstants(document)
}

/** Adds the name of the operation, the conditions it takes, and the headers of its responses. */
function complete(name: string, operation: Operation): void {
  const operationId = OPERATION_IDS.get(name)
  if (operationId !== undefined) operation.operationId = operationId
  if (CHANGES.test(name)) operation.parameters = [...(operation.parameters ?? []), ...CONDITIONS]
  for (const [status, response] of Object.entries(operation.responses)) {
    const isRecord = status.startsWith('2') && RECORD.test(name)
    response.headers = {
      ...response.headers,
      'X-Request-Id': REQUEST_ID,
      ...(isRecord ? { ETag: ENTITY_TAG } : {}),
      ...RESPONSE_HEADERS.get(status),
    }
  }
}

/** `const` for a boolean that has one value: generators make a plain boolean of an `enum` of one, by which nothing narrows. */
function withConstants(document: Document): Document {
  return JSON.parse(JSON.stringify(document), (_name, value) =>
    value?.type === 'boolean' && value.enum?.length === 1 ? { type: 'boolean', const: value.enum[0] } : value,
  )
}

const DESCRIPTION = [
  'API keys at the edge: issue, verify and revoke. Errors are `application/problem+json` (RFC 9457).',
  'Bodies are JSON in UTF-8, at most 64 KiB, in which no member is given twice and every number can be kept exactly; names of',
  'unknown fields and parameters are refused.',
  'Not described here: `/oauth2/*`, whose metadata (RFC 8414) is at `/.well-known/oauth-authorization-server` and whose keys are',
  'at `/.well-known/jwks.json`; `/forward-auth`, which a proxy asks; and the front door, `/api/*` and `/core/*`, which passes',
  'requests to your own API.',
].join(' ')

const TAGS = [
  { name: 'Projects', description: 'What environments are grouped in.' },
  { name: 'Environments', description: 'A scope catalogue, and the keys that live in it.' },
  { name: 'API keys', description: 'Keys for servers that call your API.' },
  { name: 'SDK credentials', description: 'OAuth clients, whose access tokens open `/core/*`.' },
  { name: 'Verification', description: 'Whether a token is good, and for what.' },
  { name: 'Front door', description: 'Where requests with a good key are sent.' },
  { name: 'Rerank controls', description: 'What the front door asks of reranking.' },
  { name: 'Management keys', description: 'Who may use this API.' },
  { name: 'Audit log', description: 'Who changed what.' },
  { name: 'Service', description: 'The Worker itself.' },
]

const MANAGEMENT_KEY = {
  type: 'http',
  scheme: 'bearer',
  description: 'A management key (`nslm_…`) or the ROOT_KEY.',
} as const
const API_KEY = { type: 'http', scheme: 'bearer', description: 'An API key (`nsl_…`).' } as const

const header = (description: string) => ({ description, schema: { type: 'string' } })
const REQUEST_ID = header('The id of the request, as the log and the audit log have it.')
const ENTITY_TAG = header('The version of the record, for `If-Match`. `lastUsedAt` does not count.')
const RETRY_AFTER = { 'Retry-After': header('How many seconds to wait before trying again.') }
const RESPONSE_HEADERS = new Map<string, object>([
  ['401', { 'WWW-Authenticate': header('The challenge of RFC 6750.') }],
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
  /^(?!DELETE \/v1\/(projects|environments)\/).*(\{(projectId|environmentId|keyId|credentialId|contextId)\}$|\/routes$|\/(rotate|revoke|end-tokens)$|(?<=^POST .*)\/(projects|environments|keys|credentials|management-keys)$)/
