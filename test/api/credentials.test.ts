// /v1/environments/{environmentId}/credentials and /v1/credentials/{credentialId}
import { beforeAll, describe, expect, it } from 'vitest'
import {
  aKeyIn,
  call,
  expectFaults,
  expectProblem,
  ORIGIN,
  TIMESTAMP,
  verdictOn,
  walkToKey,
} from '../support/client.ts'
import { CLIENT_CREDENTIALS } from '../support/oauth.ts'

let environmentId: string
let projectId: string
let keyId: string
beforeAll(async () => {
  const { environment, project, key } = await walkToKey()
  ;[environmentId, projectId, keyId] = [environment.id, project.id, key.id]
})

const create = async (input: Record<string, unknown> = {}, environment = environmentId) =>
  call('POST', `/v1/environments/${environment}/credentials`, { body: { name: 'sdk', scopes: ['read'], ...input } })

type Shown = { clientId: string; clientSecret: string }

const obtainToken = ({ clientId, clientSecret }: Shown, form: Record<string, string> = {}) =>
  call('POST', '/oauth2/token', {
    body: String(new URLSearchParams({ ...CLIENT_CREDENTIALS, ...form })),
    type: 'application/x-www-form-urlencoded',
    headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
  })

describe('a new credential', () => {
  it('shows its secret once, and its client id for good', async () => {
    const { status, headers, body } = await create({ scopes: ['write', 'read'] })

    expect(status).toBe(201)
    expect(headers.get('Cache-Control')).toBe('no-store')
    expect(Object.keys(body).sort()).toEqual(['clientId', 'clientSecret', 'credential'])
    expect(body.clientSecret).toMatch(/^nsls_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$/)
    expect(body.credential).toEqual({
      id: body.clientId,
      clientId: expect.stringMatching(/^cred_[0-9a-z]{26}$/),
      environmentId,
      projectId,
      name: 'sdk',
      scopes: ['read', 'write'],
      status: 'active',
      createdAt: expect.stringMatching(TIMESTAMP),
      createdBy: 'root',
      lastUsedAt: null,
      revokedAt: null,
      revokedReason: null,
      secrets: [
        { prefix: body.clientSecret.slice(5, 13), createdAt: expect.stringMatching(TIMESTAMP), expiresAt: null },
      ],
    })
    const read = await call('GET', `/v1/credentials/${body.clientId}`)
    expect(read).toMatchObject({ status: 200, body: body.credential })
    expect(JSON.stringify(read.body)).not.toContain(body.clientSecret.slice(-49))
  })

  it.each<[string, Record<string, unknown>, string[]]>([
    ['no name', { name: undefined }, ['name']],
    ['an empty name', { name: '' }, ['name']],
    ['a long name', { name: 'x'.repeat(101) }, ['name']],
    ['no scopes', { scopes: undefined }, ['scopes']],
    ['a scope of another environment', { scopes: ['read', 'items'] }, ['scopes.1']],
    ['a required scope missing', { scopes: ['write'] }, ['scopes']],
    ['a scope that cannot be one', { scopes: ['READ'] }, ['scopes.0']],
    ['101 scopes', { scopes: Array.from({ length: 101 }, (_, index) => `s${index}`) }, ['scopes']],
    ['a secret of its own', { clientSecret: 'mine' }, ['clientSecret']],
    ['an end', { expiresAt: '2999-01-01T00:00:00Z' }, ['expiresAt']],
    ['a kind', { kind: 'key' }, ['kind']],
    ['a moment before which tokens are dead', { tokensNotBefore: 0 }, ['tokensNotBefore']],
  ])('with %s is refused by name', async (_, input, paths) => {
    expectFaults(await create(input), paths)
  })

  it('needs an environment that is there', async () => {
    expectProblem(await create({}, 'env_00000000000000000000000000'), 'not_found')
  })
})

describe('the list of credentials', () => {
  it('is newest first, in pages, without keys', async () => {
    const { environment } = await walkToKey()
    const ids: string[] = []
    for (let count = 0; count < 3; count += 1) ids.unshift((await create({}, environment.id)).body.clientId)
    const path = `/v1/environments/${environment.id}/credentials`

    const first = await call('GET', `${path}?limit=2`)
    const second = await call('GET', `${path}?limit=2&cursor=${first.body.nextCursor}`)

    const listed = [...first.body.data, ...second.body.data].map(({ id }: { id: string }) => id)
    expect(listed).toEqual(ids)
    expect(second.body.nextCursor).toBeNull()
  })

  it('is filtered by status', async () => {
    const { environment } = await walkToKey()
    const [live, revoked] = [await create({}, environment.id), await create({}, environment.id)]
    await call('POST', `/v1/credentials/${revoked.body.clientId}/revoke`)
    const idsOf = async (status: string) =>
      (await call('GET', `/v1/environments/${environment.id}/credentials?status=${status}`)).body.data.map(
        ({ id }: { id: string }) => id,
      )

    expect(await idsOf('active')).toEqual([live.body.clientId])
    expect(await idsOf('revoked')).toEqual([revoked.body.clientId])
    expect(await idsOf('disabled')).toEqual([])
  })

  it('refuses a cursor of the list of keys, and what it does not filter by', async () => {
    await aKeyIn(environmentId)
    await aKeyIn(environmentId)
    const { body } = await call('GET', `/v1/environments/${environmentId}/keys?limit=1`)
    const path = `/v1/environments/${environmentId}/credentials`

    expectFaults(await call('GET', `${path}?cursor=${body.nextCursor}`), ['cursor'])
    expectFaults(await call('GET', `${path}?search=x`), ['search'])
  })
})

describe('changing a credential', () => {
  it('renames and rescopes it, with a receipt', async () => {
    const { clientId } = (await create()).body

    const { status, body } = await call('PATCH', `/v1/credentials/${clientId}`, {
      body: { name: 'other', scopes: ['read', 'write'] },
    })

    expect(status).toBe(200)
    expect(body.credential).toMatchObject({ id: clientId, name: 'other', scopes: ['read', 'write'] })
    expect(body.receipt).toEqual({
      committedAt: expect.stringMatching(TIMESTAMP),
      effectiveBy: expect.stringMatching(TIMESTAMP),
      recorded: 'recorded',
    })
  })

  it.each(['enabled', 'expiresAt', 'ownerId', 'metadata', 'tokensNotBefore', 'revokedAt'])(
    'takes no %s',
    async (field) => {
      const { clientId } = (await create()).body

      expectFaults(await call('PATCH', `/v1/credentials/${clientId}`, { body: { [field]: null } }), [field])
    },
  )

  it('rotates it: two secrets for the overlap, then one', async () => {
    const created = (await create()).body

    const { status, body } = await call('POST', `/v1/credentials/${created.clientId}/rotate`, {
      body: { overlapSeconds: 60 },
    })

    expect(status).toBe(201)
    expect(Object.keys(body).sort()).toEqual(['clientId', 'clientSecret', 'credential', 'previous'])
    expect(body.clientId).toBe(created.clientId)
    expect(body.credential.secrets).toHaveLength(2)
    expect(await obtainToken(created)).toMatchObject({ status: 200 })
    expect(await obtainToken(body)).toMatchObject({ status: 200 })
    await call('POST', `/v1/credentials/${created.clientId}/rotate`, { body: { overlapSeconds: 0 } })
    expect(await obtainToken(created)).toMatchObject({ status: 401 })
    expect(await obtainToken(body)).toMatchObject({ status: 401 })
  })

  it('revokes it for good, and again with the same receipt', async () => {
    const created = (await create()).body
    const { access_token: token } = (await obtainToken(created)).body

    const first = await call('POST', `/v1/credentials/${created.clientId}/revoke`, {
      body: { reason: 'compromised', note: 'Seen in a log.' },
    })
    const second = await call('POST', `/v1/credentials/${created.clientId}/revoke`)

    expect(first).toMatchObject({
      status: 200,
      body: { credential: { status: 'revoked', revokedReason: 'compromised' } },
    })
    expect(second.body.receipt).toEqual(first.body.receipt)
    expect(await obtainToken(created)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect(await verdictOn(token)).toMatchObject({ valid: false, code: 'revoked', keyId: created.clientId })
    for (const [path, body] of [
      ['', { name: 'x' }],
      ['/rotate', { overlapSeconds: 0 }],
    ] as const) {
      const method = path === '' ? 'PATCH' : 'POST'
      expectProblem(await call(method, `/v1/credentials/${created.clientId}${path}`, { body }), 'conflict')
    }
  })

  it.each(['', '?wait=never', '?wait=effective&x=1'].slice(1))('takes no %s when it revokes', async (query) => {
    const { clientId } = (await create()).body

    expectProblem(await call('POST', `/v1/credentials/${clientId}/revoke${query}`), 'invalid_request')
  })

  it('there is no DELETE: revoking is what there is', async () => {
    const { clientId } = (await create()).body

    expectProblem(await call('DELETE', `/v1/credentials/${clientId}`), 'method_not_allowed')
    expect(await call('GET', `/v1/credentials/${clientId}`)).toMatchObject({ status: 200, body: { status: 'active' } })
  })
})

const OPERATIONS: [string, string, object | undefined][] = [
  ['GET', '', undefined],
  ['PATCH', '', { name: 'x' }],
  ['POST', '/rotate', { overlapSeconds: 0 }],
  ['POST', '/revoke', {}],
]

describe.each(OPERATIONS)('%s …%s', (method, rest, body) => {
  const send = (path: string) => call(method, path, body ? { body } : {})

  it('finds no key among credentials', async () => {
    expectProblem(await send(`/v1/credentials/${keyId}${rest}`), 'not_found')
  })

  it('finds no credential among keys', async () => {
    const { clientId } = (await create()).body

    expectProblem(await send(`/v1/keys/${clientId}${rest}`), 'not_found')
    expect(await call('GET', `/v1/credentials/${clientId}`)).toMatchObject({
      body: { status: 'active', name: 'sdk', secrets: [expect.anything()] },
    })
  })

  it.each(['cred_00000000000000000000000000', 'cred_', 'cred_x', 'x', '%00', 'env_00000000000000000000000000'])(
    'finds nothing under %s',
    async (id) => {
      expectProblem(await send(`/v1/credentials/${id}${rest}`), 'not_found')
    },
  )
})

describe('a credential id where a key id is asked for', () => {
  it('is revoked by no DELETE of keys', async () => {
    const { clientId } = (await create()).body

    expectProblem(await call('DELETE', `/v1/keys/${clientId}`), 'not_found')
  })

  it('filters the audit log, where it is called keyId', async () => {
    const { clientId } = (await create()).body

    const { body } = await call('GET', `/v1/audit-events?keyId=${clientId}`)

    expect(body.data).toMatchObject([{ action: 'credential.created', keyId: clientId }])
    expect((await call('GET', '/v1/audit-events?action=credential.created&limit=1')).body.data).toHaveLength(1)
  })
})

describe('POST /v1/keys/verify', () => {
  it.each([
    ['as most requests are sent', 'application/json'],
    ['with a charset', 'application/json; charset=utf-8'],
  ])('says what kind of token it was asked about, %s', async (_, type) => {
    const { body: created } = await create({ scopes: ['read', 'write'] })
    const { access_token: accessToken } = (await obtainToken(created)).body
    const { token: apiKey } = await aKeyIn(environmentId)
    const ask = async (token: string) => (await call('POST', '/v1/keys/verify', { body: { token }, type })).body

    expect(await ask(apiKey)).toMatchObject({ valid: true, kind: 'api_key' })
    expect(await ask(accessToken)).toMatchObject({
      valid: true,
      kind: 'access_token',
      keyId: created.clientId,
      scopes: ['read', 'write'],
      environment: { id: environmentId },
    })
    expect(await ask(created.clientSecret)).toEqual({ valid: false, code: 'malformed' })
    expect(await ask(`${accessToken.slice(0, -3)}AAA`)).toMatchObject({ valid: false })
  })

  it('finds no access token of another environment', async () => {
    const { body: created } = await create()
    const { access_token: token } = (await obtainToken(created)).body
    const { environment } = await walkToKey()

    expect(await verdictOn(token, { environmentId: environment.id })).toEqual({ valid: false, code: 'not_found' })
  })
})

describe('over its own address', () => {
  it('a token is obtained, used for introspection, and ended', async () => {
    const { body: created } = await create()
    const { access_token: token } = (await obtainToken(created)).body
    const send = (path: string) =>
      call('POST', path, {
        body: String(new URLSearchParams({ token })),
        type: 'application/x-www-form-urlencoded',
        headers: { Authorization: `Basic ${btoa(`${created.clientId}:${created.clientSecret}`)}` },
      })

    expect((await send('/oauth2/introspect')).body).toMatchObject({ active: true, iss: ORIGIN })
    expect(await send('/oauth2/revoke')).toMatchObject({ status: 200 })
    expect((await send('/oauth2/introspect')).body).toEqual({ active: false })
  })
})
