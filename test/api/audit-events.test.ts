import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import {
  aKeyIn,
  aManagementKey,
  call,
  expectFaults,
  expectProblem,
  SECRET_MATERIAL,
  TIMESTAMP,
  walkToKey,
} from '../support/client.ts'

const events = async (query: string) => (await call('GET', `/v1/audit-events?${query}`)).body.data
const actions = async (query: string) => (await events(query)).map(({ action }: { action: string }) => action)

describe('an audit event', () => {
  it('says who did what to which record, when, from where, and in which request', async () => {
    const { project, environment, key } = await walkToKey()
    const { managementKey, token } = await aManagementKey({ name: 'deploys', role: 'member' })

    const askedAt = Date.now()
    const answer = await call('PATCH', `/v1/keys/${key.id}`, {
      token,
      body: { name: 'invoices' },
      headers: { 'CF-Connecting-IP': '203.0.113.9' },
    })

    const [event] = await events(`keyId=${key.id}`)
    expect(Date.parse(event.at)).toBeGreaterThanOrEqual(askedAt)
    expect(Date.parse(event.at)).toBeLessThanOrEqual(Date.parse(answer.body.receipt.committedAt))
    expect(event).toEqual({
      id: expect.stringMatching(/^evt_[0-9a-z]{26}$/),
      at: expect.stringMatching(TIMESTAMP),
      actor: { type: 'management_key', id: managementKey.id, name: 'deploys' },
      action: 'key.updated',
      projectId: project.id,
      environmentId: environment.id,
      keyId: key.id,
      managementKeyId: null,
      before: { name: 'billing' },
      after: { name: 'invoices' },
      requestId: answer.headers.get('X-Request-Id'),
      address: '203.0.113.9',
    })
  })

  it('names the root key as its actor', async () => {
    const { key } = await walkToKey()

    expect((await events(`keyId=${key.id}`))[0].actor).toEqual({ type: 'root', id: 'root', name: 'root key' })
  })

  it('is kept for every change, newest first', async () => {
    const { project, environment, key } = await walkToKey()
    await call('PATCH', `/v1/projects/${project.id}`, { body: { name: 'Two' } })
    await call('PATCH', `/v1/environments/${environment.id}`, { body: { tag: 'live' } })
    await call('PATCH', `/v1/keys/${key.id}`, { body: { enabled: true, ownerId: 'ada' } })
    await call('POST', `/v1/keys/${key.id}/rotate`, { body: { overlapSeconds: 0 } })
    await call('POST', `/v1/keys/${key.id}/revoke`, { body: { reason: 'compromised', note: 'In a log.' } })
    await call('DELETE', `/v1/environments/${environment.id}?confirm=Production`)
    await call('DELETE', `/v1/projects/${project.id}`)

    expect(await actions(`projectId=${project.id}`)).toEqual([
      'project.deleted',
      'environment.deleted',
      'key.revoked',
      'key.rotated',
      'key.updated',
      'environment.updated',
      'project.updated',
      'key.created',
      'environment.created',
      'project.created',
    ])
  })

  it('is kept for management keys', async () => {
    const { managementKey } = await aManagementKey({ name: 'deploys', role: 'verifier' })
    await call('POST', `/v1/management-keys/${managementKey.id}/revoke`)

    const [revoked] = await events('action=management_key.revoked')
    const [created] = await events('action=management_key.created')

    expect(created).toMatchObject({
      managementKeyId: managementKey.id,
      before: null,
      after: { name: 'deploys', role: 'verifier' },
    })
    expect(revoked).toMatchObject({
      managementKeyId: managementKey.id,
      before: { revokedAt: null },
      after: { revokedAt: expect.stringMatching(TIMESTAMP) },
    })
  })

  it('keeps the reason and the note of a revocation', async () => {
    const { key } = await walkToKey()

    const { body } = await call('POST', `/v1/keys/${key.id}/revoke`, {
      body: { reason: 'compromised', note: 'In a log.' },
    })

    expect((await events(`keyId=${key.id}&action=key.revoked`))[0]).toMatchObject({
      before: { revokedAt: null },
      after: { revokedAt: body.receipt.committedAt, revokedReason: 'compromised', note: 'In a log.' },
    })
  })

  it('of each key is kept when a whole environment goes', async () => {
    const { environment, key } = await walkToKey()
    const other = await aKeyIn(environment.id)

    const { headers } = await call('DELETE', `/v1/environments/${environment.id}?confirm=Production`)

    for (const id of [key.id, other.key.id]) {
      expect((await events(`keyId=${id}&action=key.revoked`))[0]).toMatchObject({
        requestId: headers.get('X-Request-Id'),
        after: { revokedReason: 'no_longer_used' },
      })
    }
  })

  it('writes moments as the wire does', async () => {
    const { key } = await walkToKey({ expiresAt: '2999-01-01T00:00:00Z' })
    const { body } = await call('POST', `/v1/keys/${key.id}/rotate`, { body: { overlapSeconds: 60 } })
    await call('PATCH', `/v1/keys/${key.id}`, { body: { expiresAt: null } })

    const [updated, rotated, created] = await events(`keyId=${key.id}`)

    expect(created.after.expiresAt).toBe('2999-01-01T00:00:00.000Z')
    expect(rotated.after.previousExpiresAt).toBe(body.previous.expiresAt)
    expect(updated).toMatchObject({ before: { expiresAt: '2999-01-01T00:00:00.000Z' }, after: { expiresAt: null } })
  })

  it('is not written for what changes nothing', async () => {
    const { project, environment, key } = await walkToKey()
    const before = await actions(`projectId=${project.id}`)

    await call('PATCH', `/v1/projects/${project.id}`, { body: { name: project.name } })
    await call('PATCH', `/v1/environments/${environment.id}`, { body: {} })
    await call('PATCH', `/v1/keys/${key.id}`, { body: { scopes: ['read'], metadata: {} } })
    await call('DELETE', `/v1/projects/${project.id}`)
    await call('PATCH', `/v1/keys/${key.id}`, { body: { scopes: ['nope'] } })

    expect(await actions(`projectId=${project.id}`)).toEqual(before)
  })

  it('is not written twice for a key revoked twice', async () => {
    const { key } = await walkToKey()

    await call('DELETE', `/v1/keys/${key.id}`)
    await call('DELETE', `/v1/keys/${key.id}`)

    expect(await actions(`keyId=${key.id}`)).toEqual(['key.revoked', 'key.created'])
  })

  it('never holds a token or a hash', async () => {
    const { key, token } = await walkToKey()
    const { body } = await call('POST', `/v1/keys/${key.id}/rotate`, { body: { overlapSeconds: 60 } })
    const management = await aManagementKey()

    const log = JSON.stringify(await events('limit=100'))

    for (const secret of [token, body.token, management.token]) expect(log).not.toContain(secret.split('_')[2])
    expect(log).not.toMatch(SECRET_MATERIAL)
    expect(log).not.toContain(env.ROOT_KEY)
  })

  it('cannot be altered over HTTP', async () => {
    const [event] = await events('limit=1')

    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expectProblem(await call(method, '/v1/audit-events'), 'method_not_allowed')
      expectProblem(await call(method, `/v1/audit-events/${event?.id}`), 'not_found')
    }
  })
})

describe('the filters of the audit log', () => {
  it('find the events of one project, environment, key or actor', async () => {
    const { project, environment, key } = await walkToKey()
    const { managementKey, token } = await aManagementKey()
    const own = await call('POST', '/v1/projects', { token, body: { name: 'Mine' } })

    expect(await actions(`projectId=${project.id}`)).toEqual(['key.created', 'environment.created', 'project.created'])
    expect(await actions(`environmentId=${environment.id}`)).toEqual(['key.created', 'environment.created'])
    expect(await actions(`keyId=${key.id}`)).toEqual(['key.created'])
    expect(await events(`actor=${managementKey.id}`)).toMatchObject([{ projectId: own.body.id }])
  })

  it('all have to be met', async () => {
    const { project, key } = await walkToKey()

    expect(await actions(`projectId=${project.id}&action=key.created`)).toEqual(['key.created'])
    expect(await actions(`keyId=${key.id}&action=key.revoked`)).toEqual([])
    expect(await actions(`keyId=${key.id}&actor=mk_nobody`)).toEqual([])
  })

  it('take `from` as inclusive and `to` as exclusive', async () => {
    const { key } = await walkToKey()
    const [{ at }] = await events(`keyId=${key.id}`)
    const later = new Date(Date.parse(at) + 1).toISOString()

    expect(await events(`keyId=${key.id}&from=${at}`)).toHaveLength(1)
    expect(await events(`keyId=${key.id}&from=${later}`)).toHaveLength(0)
    expect(await events(`keyId=${key.id}&to=${at}`)).toHaveLength(0)
    expect(await events(`keyId=${key.id}&to=${later}`)).toHaveLength(1)
    expect(await events(`keyId=${key.id}&from=${later}&to=${at}`)).toHaveLength(0)
  })

  it('read a moment with any offset', async () => {
    const { key } = await walkToKey()
    const [{ at }] = await events(`keyId=${key.id}`)
    const elsewhere = new Date(Date.parse(at) + 7_200_000).toISOString().replace('Z', '%2B02:00')

    expect(await events(`keyId=${key.id}&from=${elsewhere}`)).toHaveLength(1)
  })

  it('hold over all pages', async () => {
    const { project } = await walkToKey()
    const first = await call('GET', `/v1/audit-events?projectId=${project.id}&limit=2`)

    const second = await call('GET', `/v1/audit-events?projectId=${project.id}&limit=2&cursor=${first.body.nextCursor}`)

    const shown = [...first.body.data, ...second.body.data].map(({ action }) => action)
    expect(shown).toEqual(['key.created', 'environment.created', 'project.created'])
    expect(second.body.nextCursor).toBeNull()
  })

  it.each([
    ['from=yesterday', 'from'],
    ['to=2026-11-21', 'to'],
    ['from=1795262400000', 'from'],
    ['action=key.read', 'action'],
    ['action=', 'action'],
    ['role=admin', 'role'],
    [`actor=${'x'.repeat(101)}`, 'actor'],
    ['keyId=a&keyId=b', 'keyId'],
  ])('refuse %s', async (query, path) => {
    expectFaults(await call('GET', `/v1/audit-events?${query}`), [path])
  })
})
