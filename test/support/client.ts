// The management API as a black box: requests through the Worker's own fetch.
import { env, exports } from 'cloudflare:workers'

export const ORIGIN = 'https://keyward.test'

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever came back
export type Answer = { status: number; headers: Headers; body: any }

/** Calls the Worker with the root key, or with `token`; null for no credential. */
export async function call(
  method: string,
  path: string,
  {
    body,
    token = env.ROOT_KEY,
    headers = {},
  }: { body?: unknown; token?: string | null; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await exports.default.fetch(`${ORIGIN}${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('Content-Type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}

/** A project, an environment and a key made over HTTP; the answers' bodies. */
export async function walkToKey({ scopes = ['read'], template = 'data-api', ...key }: Record<string, unknown> = {}) {
  const { body: project } = await call('POST', '/v1/projects', { body: { name: 'Shop' } })
  const environment = await call('POST', `/v1/projects/${project.id}/environments`, {
    body: { name: 'Production', tag: 'production', template },
  })
  const created = await call('POST', `/v1/environments/${environment.body.id}/keys`, {
    body: { name: 'billing', scopes, ...key },
  })
  return { project, environment: environment.body, key: created.body.key, token: created.body.token as string }
}
