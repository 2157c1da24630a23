import { describe, expect, it } from 'vitest'
import { aManagementKey, call, expectFaults, expectProblem, TIMESTAMP, walkToKey } from '../support/client.ts'

const create = (input: object) =>
  call('POST', '/v1/management-keys', { body: { name: 'ops', role: 'admin', ...input } })

describe('a management key', () => {
  it.each(['admin', 'member', 'verifier'])('with the role %s comes back whole with its token', async (role) => {
    const { status, body } = await create({ role })

    expect(status).toBe(201)
    expect(body).toEqual({
      managementKey: {
        id: expect.stringMatching(/^mk_[0-9a-z]{26}$/),
        name: 'ops',
        prefix: body.token.split('_')[1],
        role,
        environmentId: null,
        createdAt: expect.stringMatching(TIMESTAMP),
        createdBy: 'root',
        lastUsedAt: null,
        revokedAt: null,
      },
      token: expect.stringMatching(/^nslm_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$/),
    })
  })

  it('names who made it', async () => {
    const maker = await aManagementKey()

    const { body } = await call('POST', '/v1/management-keys', {
      token: maker.token,
      body: { name: 'child', role: 'admin' },
    })

    expect(body.managementKey.createdBy).toBe(maker.managementKey.id)
  })

  it('is bound to an environment when it is a verifier', async () => {
    const { environment } = await walkToKey()

    const { body } = await create({ role: 'verifier', environmentId: environment.id })

    expect(body.managementKey.environmentId).toBe(environment.id)
  })

  it.each(['admin', 'member'])('cannot be bound when its role is %s', async (role) => {
    const { environment } = await walkToKey()

    expectFaults(await create({ role, environmentId: environment.id }), ['environmentId'])
  })

  it.each(['env_00000000000000000000000000', '', '\u0000', 1, {}])('cannot be bound to %j', async (environmentId) => {
    expectFaults(await create({ role: 'verifier', environmentId }), ['environmentId'])
  })

  it('cannot be bound to an environment that was deleted', async () => {
    const { environment } = await walkToKey()
    await call('DELETE', `/v1/environments/${environment.id}?confirm=Production`)

    expectFaults(await create({ role: 'verifier', environmentId: environment.id }), ['environmentId'])
  })

  it.each(['root', 'Admin', '', null, 1, ['admin']])('cannot have the role %j', async (role) => {
    expectFaults(await create({ role }), ['role'])
  })

  it('is listed without its token', async () => {
    const { managementKey, token } = await aManagementKey({ name: 'listed' })

    const { body } = await call('GET', '/v1/management-keys')

    expect(body.data).toContainEqual(managementKey)
    expect(JSON.stringify(body)).not.toContain(token.slice(14))
  })

  it('shows when it was last used', async () => {
    const { managementKey, token } = await aManagementKey()

    await call('GET', '/v1/projects', { token })

    const lastUsedAt = async () => {
      const { body } = await call('GET', '/v1/management-keys?limit=100')
      return body.data.find(({ id }: { id: string }) => id === managementKey.id).lastUsedAt
    }
    await expect.poll(lastUsedAt).toMatch(TIMESTAMP)
  })
})

describe('revoking a management key', () => {
  it('ends it at once and says since when', async () => {
    const { managementKey, token } = await aManagementKey()

    const { status, body } = await call('POST', `/v1/management-keys/${managementKey.id}/revoke`)

    expect(status).toBe(200)
    expect(body).toEqual({ managementKey: { ...managementKey, revokedAt: expect.stringMatching(TIMESTAMP) } })
    expectProblem(await call('GET', '/v1/projects', { token }), 'unauthenticated')
  })

  it('again is the same answer', async () => {
    const { managementKey } = await aManagementKey()
    const first = await call('POST', `/v1/management-keys/${managementKey.id}/revoke`)

    const again = await call('POST', `/v1/management-keys/${managementKey.id}/revoke`)

    expect(again).toMatchObject({ status: 200, body: first.body })
  })

  it('is something a key can do to itself', async () => {
    const { managementKey, token } = await aManagementKey()

    expect((await call('POST', `/v1/management-keys/${managementKey.id}/revoke`, { token })).status).toBe(200)

    expectProblem(await call('POST', `/v1/management-keys/${managementKey.id}/revoke`, { token }), 'unauthenticated')
  })

  it('does not reach the root key', async () => {
    expectProblem(await call('POST', '/v1/management-keys/root/revoke'), 'not_found')
  })
})
