// The management API as a black box: requests through the Worker's own fetch, and what every refusal must look like.
import { env, exports } from 'cloudflare:workers'
import { expect } from 'vitest'

export const ORIGIN = 'https://keyward.test'

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever came back
export type Answer = { status: number; headers: Headers; body: any }

export type Sent = {
  /** Text and streams go as they are, anything else as JSON. */
  body?: unknown
  /** The body's Content-Type; `application/json` unless given, null for none (of a stream: text always has one). */
  type?: string | null
  /** The Bearer token; the root key unless given, null for none. */
  token?: string | null
  /** Replaces what `body` and `token` set; pairs send a header more than once. */
  headers?: Record<string, string> | [string, string][]
}

/** Calls the Worker with the root key, or with `token`; null for no credential. */
export async function call(
  method: string,
  path: string,
  { body, type = 'application/json', token = env.ROOT_KEY, headers = {} }: Sent = {},
): Promise<Answer> {
  const sent = new Headers(token === null ? {} : { Authorization: `Bearer ${token}` })
  if (body !== undefined && type !== null) sent.set('Content-Type', type)
  const given = Array.isArray(headers) ? headers : Object.entries(headers)
  for (const [name] of given) sent.delete(name)
  for (const [name, value] of given) sent.append(name, value)

  const isRaw = typeof body === 'string' || body instanceof ReadableStream
  const response = await exports.default.fetch(`${ORIGIN}${path}`, {
    method,
    headers: sent,
    ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = text !== '' && /json/.test(response.headers.get('Content-Type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}

/** A project, an environment and a key made over HTTP; the answers' bodies. */
export async function walkToKey({ scopes = ['read'], template = 'data-api', ...key }: Record<string, unknown> = {}) {
  const { body: project } = await call('POST', '/v1/projects', { body: { name: 'Shop' } })
  const environment = await call('POST', `/v1/projects/${project.id}/environments`, {
    body: { name: 'Production', tag: 'production', template },
  })
  const created = await aKeyIn(environment.body.id, { scopes, ...key })
  return { project, environment: environment.body, ...created }
}

/** A key of the environment, made over HTTP, with its token. */
export async function aKeyIn(environmentId: string, input: Record<string, unknown> = {}) {
  const { body } = await call('POST', `/v1/environments/${environmentId}/keys`, {
    body: { name: 'billing', scopes: ['read'], ...input },
  })
  return { key: body.key, token: body.token as string }
}

/** A management key made over HTTP, with its token. */
export async function aManagementKey(input: Record<string, unknown> = {}) {
  const { body } = await call('POST', '/v1/management-keys', { body: { name: 'ops', role: 'admin', ...input } })
  return { managementKey: body.managementKey, token: body.token as string }
}

/** Asks for the verdict on a token. */
export const verdictOn = async (token: string, question: Record<string, unknown> = {}) =>
  (await call('POST', '/v1/keys/verify', { body: { token, ...question } })).body

/** The HTTP status of each problem code, as CONTRACT.md has them. */
export const STATUS_OF_CODE = {
  invalid_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  insufficient_scope: 403,
  browser_not_allowed: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  precondition_failed: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal_error: 500,
  bad_gateway: 502,
  unavailable: 503,
  gateway_timeout: 504,
} as const

/** Asserts that the answer is the problem `code`, whole and with nothing besides. */
export function expectProblem({ status, headers, body }: Answer, code: keyof typeof STATUS_OF_CODE): void {
  expect({ status, code: body.code }).toEqual({ status: STATUS_OF_CODE[code], code })
  expect(headers.get('Content-Type')).toBe('application/problem+json')
  expect(body).toEqual({
    type: `${ORIGIN}/problems/${code}`,
    title: expect.stringMatching(/./),
    status: STATUS_OF_CODE[code],
    detail: expect.stringMatching(/./),
    code,
    requestId: headers.get('X-Request-Id'),
    ...('errors' in Object(body) ? { errors: expect.any(Array) } : {}),
  })
}

/** Asserts 400 `invalid_request` that names exactly these paths, in any order. */
export function expectFaults(answer: Answer, paths: string[]): void {
  expectProblem(answer, 'invalid_request')
  const named = (answer.body.errors ?? []).map(({ path }: { path: string }) => path)
  expect([...new Set(named)].sort()).toEqual([...paths].sort())
}

/** RFC 3339 in UTC with milliseconds. */
export const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** A token of any brand, or something as long as a stored hash. */
export const SECRET_MATERIAL = /nsl[ms]?_[0-9A-Za-z]{8}_[0-9A-Za-z]{20}|[0-9a-f]{64}/i
