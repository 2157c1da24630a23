// One request that succeeds for every operation of the OpenAPI document, so that what holds for all is tested on all.
import { aKeyIn, aManagementKey, call, type Sent, walkToKey } from '../support/client.ts'

export type Ids = Record<
  'projectId' | 'emptyProjectId' | 'environmentId' | 'keyId' | 'credentialId' | 'managementKeyId' | 'token',
  string
>

type Sample = { status: number; body?: unknown; query?: string; ids?: (ids: Ids) => Record<string, string> }

const CONTEXT_ID = 'homepage'
const RERANK_CONTROLS = {
  global_default: { surface: 'search', rerank_mode: 'balanced', rerank_depth: 50 },
  surface_presets: { recommendations: { rerank_mode: 'aggressive', rerank_depth: 200 } },
}

/** A project with an environment, a key, a credential and rerank controls, a project without, and a management key. */
export async function freshIds(): Promise<Ids> {
  const { project, environment, key, token } = await walkToKey()
  const empty = await call('POST', '/v1/projects', { body: { name: 'Empty' } })
  const { managementKey } = await aManagementKey()
  const credential = await call('POST', `/v1/environments/${environment.id}/credentials`, {
    body: { name: 'sdk', scopes: ['read'] },
  })
  await call('PUT', `/v1/environments/${environment.id}/rerank-controls/${CONTEXT_ID}`, { body: RERANK_CONTROLS })
  return {
    projectId: project.id,
    emptyProjectId: empty.body.id,
    environmentId: environment.id,
    keyId: key.id,
    credentialId: credential.body.clientId,
    managementKeyId: managementKey.id,
    token,
  }
}

export const SAMPLES: Record<string, Sample> = {
  'POST /v1/projects': { status: 201, body: { name: 'Shop' } },
  'GET /v1/projects': { status: 200, query: '?limit=2' },
  'GET /v1/projects/{projectId}': { status: 200 },
  'PATCH /v1/projects/{projectId}': { status: 200, body: { name: 'Shop two' } },
  'DELETE /v1/projects/{projectId}': { status: 204, ids: ({ emptyProjectId }) => ({ projectId: emptyProjectId }) },
  'POST /v1/projects/{projectId}/environments': {
    status: 201,
    body: {
      name: 'Staging',
      tag: 'staging',
      scopes: [{ name: 'read', description: 'Read', required: true, aliases: ['vendor/read'] }],
    },
  },
  'GET /v1/projects/{projectId}/environments': { status: 200, query: '?limit=2' },
  'GET /v1/environments/{environmentId}': { status: 200 },
  'PATCH /v1/environments/{environmentId}': {
    status: 200,
    body: { name: 'Live', tag: 'live', bounds: { maxStalenessMs: 1000, onUnknown: { graceSeconds: 60 } } },
  },
  'DELETE /v1/environments/{environmentId}': { status: 200, query: '?confirm=Production' },
  'POST /v1/environments/{environmentId}/revoke-keys': {
    status: 200,
    body: { issuedBefore: '2020-01-01T00:00:00Z', reason: 'compromised', note: 'A laptop was stolen.' },
  },
  'POST /v1/environments/{environmentId}/keys': {
    status: 201,
    body: {
      name: 'billing',
      scopes: ['read', 'write'],
      expiresAt: '2999-01-31T12:00:00Z',
      ownerId: 'customer-42',
      metadata: { team: 'billing', tiers: [1, { two: null }] },
      enabled: true,
    },
  },
  'GET /v1/environments/{environmentId}/keys': {
    status: 200,
    query: '?limit=2&status=active&scope=read&search=billing',
  },
  'GET /v1/environments/{environmentId}/routes': { status: 200 },
  'PUT /v1/environments/{environmentId}/routes': {
    status: 200,
    body: {
      routes: [
        {
          methods: ['GET'],
          path: '/api/rest/:id',
          scopes: ['read'],
          upstream: { url: 'https://api.example.com' },
          rerank: false,
          webSocket: true,
          timeoutMs: 5000,
        },
        { methods: ['*'], path: '/api/custom/*', scopes: ['read', 'write'], upstream: null },
      ],
    },
  },
  'GET /v1/environments/{environmentId}/rerank-controls': { status: 200, query: '?limit=2' },
  'GET /v1/environments/{environmentId}/rerank-controls/{contextId}': {
    status: 200,
    ids: () => ({ contextId: CONTEXT_ID }),
  },
  'PUT /v1/environments/{environmentId}/rerank-controls/{contextId}': {
    status: 200,
    body: { ...RERANK_CONTROLS, surface_presets: { search: { rerank_mode: 'off', rerank_depth: 0 } } },
    ids: () => ({ contextId: CONTEXT_ID }),
  },
  'GET /v1/keys/{keyId}': { status: 200 },
  'PATCH /v1/keys/{keyId}': {
    status: 200,
    body: { name: 'invoices', scopes: ['read', 'write'], ownerId: 'customer-7' },
  },
  'POST /v1/keys/{keyId}/rotate': { status: 201, body: { overlapSeconds: 60 } },
  'POST /v1/keys/{keyId}/revoke': {
    status: 200,
    body: { reason: 'compromised', note: 'Seen in a log.' },
  },
  'DELETE /v1/keys/{keyId}': { status: 200 },
  'POST /v1/environments/{environmentId}/credentials': {
    status: 201,
    body: { name: 'sdk', scopes: ['read', 'write'] },
  },
  'GET /v1/environments/{environmentId}/credentials': { status: 200, query: '?limit=2&status=active' },
  'GET /v1/credentials/{credentialId}': { status: 200 },
  'PATCH /v1/credentials/{credentialId}': { status: 200, body: { name: 'mobile', scopes: ['read', 'write'] } },
  'POST /v1/credentials/{credentialId}/rotate': { status: 201, body: { overlapSeconds: 60 } },
  'POST /v1/credentials/{credentialId}/end-tokens': { status: 200 },
  'POST /v1/credentials/{credentialId}/revoke': {
    status: 200,
    body: { reason: 'compromised', note: 'Seen in a log.' },
  },
  'POST /v1/keys/verify': { status: 200, body: { token: 'nsl_x', scopes: ['read'], maxStalenessMs: 0 } },
  'POST /v1/management-keys': { status: 201, body: { name: 'deploys', role: 'verifier' } },
  'GET /v1/management-keys': { status: 200, query: '?limit=2' },
  'POST /v1/management-keys/{managementKeyId}/revoke': { status: 200 },
  'GET /v1/audit-events': { status: 200, query: '?limit=2&from=2020-01-01T00:00:00Z&action=key.created&actor=root' },
}

/** Every operation behind a management key, as `METHOD /path`. */
export const MANAGED = Object.keys(SAMPLES)

/** The operation's path with real ids in it. */
export function pathOf(operation: string, ids: Ids): string {
  const filled = { ...ids, ...SAMPLES[operation]?.ids?.(ids) }
  const known = new Map<string, string>(Object.entries(filled))
  const path = operation.slice(operation.indexOf(' ') + 1)
  return path.replace(/\{(\w+)\}/g, (_, name: string) => known.get(name) ?? name)
}

export const methodOf = (operation: string) => operation.slice(0, operation.indexOf(' '))

/** Sends the sample of the operation; `sent` replaces parts of it. */
export function callSample(operation: string, ids: Ids, sent: Sent & { query?: string } = {}) {
  const { body, query = '' } = SAMPLES[operation] ?? {}
  const path = pathOf(operation, ids) + (sent.query ?? query)
  return call(methodOf(operation), path, { ...(body === undefined ? {} : { body }), ...sent })
}

/** A token of each state a key can be in. */
export async function tokensOfEveryState(environmentId: string) {
  const [revoked, expired, disabled] = [
    await aKeyIn(environmentId),
    await aKeyIn(environmentId),
    await aKeyIn(environmentId, { enabled: false }),
  ]
  await call('POST', `/v1/keys/${revoked.key.id}/revoke`)
  await call('PATCH', `/v1/keys/${expired.key.id}`, { body: { expiresAt: '2020-01-01T00:00:00Z' } })
  return { revoked: revoked.token, expired: expired.token, disabled: disabled.token }
}
