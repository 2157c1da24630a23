import { beforeAll, describe, expect, it } from 'vitest'
import { aManagementKey, call, expectProblem, verdictOn, walkToKey } from '../support/client.ts'
import { callSample, freshIds, type Ids, MANAGED, SAMPLES } from './sample-requests.ts'

/** What CONTRACT.md gives to others than admins. */
const OPEN_TO: Record<string, string[]> = {
  'GET /v1/projects/{projectId}/environments': ['member'],
  'GET /v1/environments/{environmentId}': ['member'],
  'POST /v1/environments/{environmentId}/revoke-keys': ['member'],
  'GET /v1/environments/{environmentId}/routes': ['member'],
  'PUT /v1/environments/{environmentId}/routes': ['member'],
  'GET /v1/environments/{environmentId}/rerank-controls': ['member'],
  'GET /v1/environments/{environmentId}/rerank-controls/{contextId}': ['member'],
  'PUT /v1/environments/{environmentId}/rerank-controls/{contextId}': ['member'],
  'POST /v1/environments/{environmentId}/keys': ['member'],
  'GET /v1/environments/{environmentId}/keys': ['member'],
  'GET /v1/keys/{keyId}': ['member'],
  'PATCH /v1/keys/{keyId}': ['member'],
  'POST /v1/keys/{keyId}/rotate': ['member'],
  'POST /v1/keys/{keyId}/revoke': ['member'],
  'DELETE /v1/keys/{keyId}': ['member'],
  'POST /v1/environments/{environmentId}/credentials': ['member'],
  'GET /v1/environments/{environmentId}/credentials': ['member'],
  'GET /v1/credentials/{credentialId}': ['member'],
  'PATCH /v1/credentials/{credentialId}': ['member'],
  'POST /v1/credentials/{credentialId}/rotate': ['member'],
  'POST /v1/credentials/{credentialId}/end-tokens': ['member'],
  'POST /v1/credentials/{credentialId}/revoke': ['member'],
  'POST /v1/keys/verify': ['member', 'verifier', 'bound verifier'],
}

const tokens: Record<string, string> = {}
let ids: Ids
beforeAll(async () => {
  ids = await freshIds()
  for (const role of ['admin', 'member', 'verifier']) tokens[role] = (await aManagementKey({ role })).token
  tokens['bound verifier'] = (await aManagementKey({ role: 'verifier', environmentId: ids.environmentId })).token
})

const CASES = MANAGED.flatMap((operation) =>
  ['admin', 'member', 'verifier', 'bound verifier'].map((role) => ({
    operation,
    role,
    may: role === 'admin' || (OPEN_TO[operation] ?? []).includes(role),
  })),
)

describe('the role of a management key', () => {
  it.each(CASES.filter(({ may }) => may))('lets a $role use $operation', async ({ operation, role }) => {
    const answer = await callSample(operation, await freshIds(), { token: tokens[role] ?? null })

    expect(answer).toMatchObject({ status: SAMPLES[operation]?.status })
  })

  it.each(CASES.filter(({ may }) => !may))('keeps a $role from $operation', async ({ operation, role }) => {
    expectProblem(await callSample(operation, ids, { token: tokens[role] ?? null }), 'forbidden')
  })

  it('leaves everything as it was when it refuses', async () => {
    const { project, environment, key, token } = await walkToKey()
    const verifier = tokens['verifier'] ?? null

    await call('DELETE', `/v1/environments/${environment.id}?confirm=Production`, { token: verifier })
    await call('POST', `/v1/keys/${key.id}/revoke`, { token: verifier })
    await call('PATCH', `/v1/projects/${project.id}`, { token: verifier, body: { name: 'Mine' } })

    expect(await verdictOn(token)).toMatchObject({ valid: true })
    expect((await call('GET', `/v1/projects/${project.id}`)).body).toEqual(project)
  })
})

describe('a verifier bound to one environment', () => {
  const ask = async (question: Record<string, unknown>) =>
    (await call('POST', '/v1/keys/verify', { token: tokens['bound verifier'] ?? null, body: question })).body

  it('is told about the keys of that environment', async () => {
    expect(await ask({ token: ids.token })).toMatchObject({ valid: true, keyId: ids.keyId })
  })

  it('is told that a key of another environment does not exist', async () => {
    const { token } = await walkToKey()

    expect(await ask({ token })).toEqual({ valid: false, code: 'not_found' })
  })

  it('cannot step out by naming another environment', async () => {
    const { token, environment } = await walkToKey()

    expect(await ask({ token, environmentId: environment.id })).toEqual({ valid: false, code: 'not_found' })
    expect(await ask({ token: ids.token, environmentId: environment.id })).toEqual({ valid: false, code: 'not_found' })
  })

  it('does not learn whether a foreign key is revoked', async () => {
    const { token, key } = await walkToKey()

    await call('POST', `/v1/keys/${key.id}/revoke`)

    expect(await ask({ token })).toEqual({ valid: false, code: 'not_found' })
  })
})
