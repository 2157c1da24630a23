import { beforeAll, describe, expect, it } from 'vitest'
import { aKeyIn, call, expectFaults, expectProblem, TIMESTAMP, verdictOn, walkToKey } from '../support/client.ts'

let environmentId: string
let projectId: string
beforeAll(async () => {
  const { environment, project } = await walkToKey()
  environmentId = environment.id
  projectId = project.id
})

const create = (input: object) =>
  call('POST', `/v1/environments/${environmentId}/keys`, { body: { name: 'billing', scopes: ['read'], ...input } })
const edit = (id: string, body: object) => call('PATCH', `/v1/keys/${id}`, { body })
const read = async (id: string) => (await call('GET', `/v1/keys/${id}`)).body
const PAST = '2020-01-01T00:00:00.000Z'
const FUTURE = '2999-01-01T00:00:00.000Z'
const RECEIPT = {
  committedAt: expect.stringMatching(TIMESTAMP),
  effectiveBy: expect.stringMatching(TIMESTAMP),
  recorded: 'recorded',
}

describe('a new key', () => {
  it('comes back whole with its token', async () => {
    const { status, body } = await create({})

    expect(status).toBe(201)
    expect(body).toEqual({
      key: expect.any(Object),
      token: expect.stringMatching(/^nsl_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$/),
    })
    const prefix = body.token.split('_')[1]
    const createdAt = expect.stringMatching(TIMESTAMP)
    expect(body.key).toEqual({
      id: expect.stringMatching(/^key_[0-9a-z]{26}$/),
      environmentId,
      projectId,
      name: 'billing',
      prefix,
      scopes: ['read'],
      status: 'active',
      enabled: true,
      ownerId: null,
      metadata: {},
      createdAt,
      createdBy: 'root',
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
      revokedReason: null,
      secrets: [{ prefix, createdAt, expiresAt: null }],
    })
  })

  it('keeps all it was given', async () => {
    const given = { ownerId: 'customer-42', metadata: { a: [1] }, expiresAt: FUTURE, scopes: ['read', 'write'] }

    expect((await create(given)).body.key).toMatchObject(given)
  })

  it('can start disabled', async () => {
    const { body } = await create({ enabled: false })

    expect(body.key).toMatchObject({ status: 'disabled', enabled: false })
    expect(await verdictOn(body.token)).toMatchObject({ code: 'disabled' })
  })

  it('never shows its token again', async () => {
    const { body } = await create({})

    const later = [
      await read(body.key.id),
      (await call('GET', `/v1/environments/${environmentId}/keys`)).body,
      (await edit(body.key.id, { name: 'other' })).body,
      (await call('POST', `/v1/keys/${body.key.id}/revoke`)).body,
    ]

    expect(JSON.stringify(later)).not.toContain(body.token.slice(13))
  })

  it('names every scope that is not in the catalogue, and the required one that is missing', async () => {
    expectFaults(await create({ scopes: ['nope', 'write', 'never'] }), ['scopes.0', 'scopes.2', 'scopes'])
  })

  it.each([
    ['no scopes at all', undefined],
    ['the required scope missing', ['write']],
    ['an empty list', []],
  ])('is refused with %s', async (_, scopes) => {
    expectFaults(await create({ scopes }), ['scopes'])
  })

  it('holds each scope once, in the order of the catalogue', async () => {
    expect((await create({ scopes: ['write', 'read', 'write'] })).body.key.scopes).toEqual(['read', 'write'])
  })

  it.each(['id', 'prefix', 'token', 'secrets', 'revokedAt', 'createdBy', 'environmentId', 'status'])(
    'cannot be given its %s',
    async (field) => {
      expectFaults(await create({ [field]: 'x' }), [field])
    },
  )
})

describe('changing a key', () => {
  it.each([
    ['name', 'invoices'],
    ['scopes', ['read', 'write']],
    ['expiresAt', FUTURE],
    ['ownerId', 'customer-7'],
    ['metadata', { plan: 'pro' }],
  ])('changes its %s and nothing else', async (field, value) => {
    const { key } = await aKeyIn(environmentId)

    const { status, body } = await edit(key.id, { [field]: value })

    expect(status).toBe(200)
    expect(body).toEqual({ key: { ...key, [field]: value }, receipt: RECEIPT })
    expect(await read(key.id)).toEqual(body.key)
  })

  it.each(['expiresAt', 'ownerId'])('takes its %s away with null', async (field) => {
    const { key } = await aKeyIn(environmentId, { expiresAt: FUTURE, ownerId: 'customer-7' })

    expect((await edit(key.id, { [field]: null })).body.key).toEqual({ ...key, [field]: null })
  })

  it('disables it and enables it again', async () => {
    const { key, token } = await aKeyIn(environmentId)

    expect((await edit(key.id, { enabled: false })).body.key.status).toBe('disabled')
    expect(await verdictOn(token)).toMatchObject({ code: 'disabled', keyId: key.id })
    expect((await edit(key.id, { enabled: true })).body.key.status).toBe('active')
    expect(await verdictOn(token)).toMatchObject({ code: 'valid' })
  })

  it('expires it at once with a moment in the past', async () => {
    const { key, token } = await aKeyIn(environmentId)

    expect((await edit(key.id, { expiresAt: PAST })).body.key.status).toBe('expired')

    expect(await verdictOn(token)).toMatchObject({ code: 'expired', keyId: key.id })
  })

  it('names the scopes that do not fit the catalogue', async () => {
    const { key } = await aKeyIn(environmentId)

    expectFaults(await edit(key.id, { scopes: ['read', 'nope'] }), ['scopes.1'])
    expectFaults(await edit(key.id, { scopes: ['write'] }), ['scopes'])
    expect((await read(key.id)).scopes).toEqual(['read'])
  })

  it('is a conflict once it is revoked, even when nothing would change', async () => {
    const { key } = await aKeyIn(environmentId)
    await call('POST', `/v1/keys/${key.id}/revoke`)

    expectProblem(await edit(key.id, { name: 'other' }), 'conflict')
    expectProblem(await edit(key.id, { enabled: true }), 'conflict')
    expectProblem(await edit(key.id, {}), 'conflict')
  })

  it('gives a receipt that is effective no earlier than it was committed', async () => {
    const { key } = await aKeyIn(environmentId)

    const { receipt } = (await edit(key.id, { enabled: false })).body

    expect(Date.parse(receipt.effectiveBy)).toBeGreaterThanOrEqual(Date.parse(receipt.committedAt))
  })
})

describe.each([
  ['POST …/revoke', (id: string, query = '') => call('POST', `/v1/keys/${id}/revoke${query}`)],
  ['DELETE', (id: string, query = '') => call('DELETE', `/v1/keys/${id}${query}`)],
])('revoking a key by %s', (_, revoke) => {
  it('answers with the dead key and the receipt', async () => {
    const { key } = await aKeyIn(environmentId)

    const { status, body } = await revoke(key.id)

    expect(status).toBe(200)
    expect(body).toEqual({
      key: { ...key, status: 'revoked', revokedAt: body.receipt.committedAt, revokedReason: 'unspecified' },
      receipt: RECEIPT,
    })
    expect(await read(key.id)).toEqual(body.key)
  })

  it('ends its token at once', async () => {
    const { key, token } = await aKeyIn(environmentId)

    await revoke(key.id)

    expect(await verdictOn(token)).toMatchObject({ valid: false, code: 'revoked', keyId: key.id })
  })

  it('again gives the same receipt and the same key', async () => {
    const { key } = await aKeyIn(environmentId)
    const first = await revoke(key.id)

    const again = await revoke(key.id)

    expect(again.body).toEqual(first.body)
  })

  it('ends both secrets of a rotated key', async () => {
    const { key, token } = await aKeyIn(environmentId)
    const rotated = await call('POST', `/v1/keys/${key.id}/rotate`, { body: { overlapSeconds: 3600 } })

    await revoke(key.id)

    expect(await verdictOn(token)).toMatchObject({ code: 'revoked' })
    expect(await verdictOn(rotated.body.token)).toMatchObject({ code: 'revoked' })
  })

  it('answers no earlier than it is effective when asked to wait for that', { timeout: 20_000 }, async () => {
    const { environment, key } = await walkToKey()
    await call('PATCH', `/v1/environments/${environment.id}`, { body: { bounds: { maxStalenessMs: 1000 } } })

    const { status, body } = await revoke(key.id, '?wait=effective')

    expect({ status, body }).toMatchObject({ status: 200, body: { key: { status: 'revoked' } } })
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(body.receipt.effectiveBy))
  })

  it('cannot be asked to wait for anything else', async () => {
    const { key, token } = await aKeyIn(environmentId)

    expectFaults(await revoke(key.id, '?wait=forever'), ['wait'])
    expect(await verdictOn(token)).toMatchObject({ valid: true })
  })
})

describe('the reason of a revocation', () => {
  it.each(['unspecified', 'compromised', 'superseded', 'no_longer_used', 'owner_left'])('may be %s', async (reason) => {
    const { key } = await aKeyIn(environmentId)

    const { body } = await call('POST', `/v1/keys/${key.id}/revoke`, { body: { reason, note: 'x' } })

    expect(body.key.revokedReason).toBe(reason)
  })

  it.each([
    ['reason', 'because'],
    ['reason', null],
    ['note', 1],
    ['note', 'x'.repeat(501)],
    ['note', 'a\u0000'],
  ])('is refused, and the key lives on, with %s = %j', async (field, value) => {
    const { key, token } = await aKeyIn(environmentId)

    expectFaults(await call('POST', `/v1/keys/${key.id}/revoke`, { body: { [field]: value } }), [field])

    expect(await verdictOn(token)).toMatchObject({ valid: true })
  })

  it('is the first one given', async () => {
    const { key } = await aKeyIn(environmentId)
    await call('POST', `/v1/keys/${key.id}/revoke`, { body: { reason: 'compromised' } })

    const { body } = await call('POST', `/v1/keys/${key.id}/revoke`, { body: { reason: 'superseded' } })

    expect(body.key.revokedReason).toBe('compromised')
  })
})

describe('rotating a key', () => {
  const rotate = (id: string, overlapSeconds: unknown = 3600) =>
    call('POST', `/v1/keys/${id}/rotate`, { body: { overlapSeconds } })

  it('answers with the same key, a new token and the end of the one before', async () => {
    const { key } = await aKeyIn(environmentId)

    const { status, body } = await rotate(key.id)

    expect(status).toBe(201)
    expect(Object.keys(body).sort()).toEqual(['key', 'previous', 'token'])
    expect(body.previous).toEqual({ prefix: key.prefix, expiresAt: expect.stringMatching(TIMESTAMP) })
    expect(body.key).toMatchObject({ id: key.id, prefix: body.token.split('_')[1], createdAt: key.createdAt })
    expect(body.key.secrets.map(({ prefix }: { prefix: string }) => prefix)).toEqual([body.key.prefix, key.prefix])
  })

  it('lets both tokens verify as the same key during the overlap', async () => {
    const { key, token } = await aKeyIn(environmentId)

    const { body } = await rotate(key.id)

    expect(await verdictOn(token)).toMatchObject({ keyId: key.id, expiresAt: body.previous.expiresAt })
    expect(await verdictOn(body.token)).toMatchObject({ keyId: key.id, expiresAt: null })
  })

  it('ends the old token at once without an overlap', async () => {
    const { key, token } = await aKeyIn(environmentId)

    const { body } = await rotate(key.id, 0)

    expect(await verdictOn(token)).toMatchObject({ code: 'expired', keyId: key.id })
    expect(await verdictOn(body.token)).toMatchObject({ valid: true })
  })

  it('leaves at most two live secrets', async () => {
    const { key, token } = await aKeyIn(environmentId)
    const second = await rotate(key.id)

    const third = await rotate(key.id)

    expect(third.body.key.secrets).toHaveLength(2)
    expect(await verdictOn(token)).toMatchObject({ code: 'expired' })
    expect(await verdictOn(second.body.token)).toMatchObject({ valid: true })
    expect(await verdictOn(third.body.token)).toMatchObject({ valid: true })
  })

  it('never gives the old token longer than its key has', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString()
    const { key } = await aKeyIn(environmentId, { expiresAt })

    const { body } = await rotate(key.id, 604_800)

    expect(body.previous.expiresAt).toBe(expiresAt)
    expect(body.key.expiresAt).toBe(expiresAt)
  })

  it.each([
    ['disabled', { enabled: false }],
    ['expired', { expiresAt: PAST }],
  ])('is a conflict while the key is %s', async (_, change) => {
    const { key } = await aKeyIn(environmentId)
    await edit(key.id, change)

    expectProblem(await rotate(key.id), 'conflict')
  })

  it('is a conflict once the key is revoked', async () => {
    const { key } = await aKeyIn(environmentId)
    await call('DELETE', `/v1/keys/${key.id}`)

    expectProblem(await rotate(key.id), 'conflict')
  })

  it.each([-1, 604_801, 1.5, '60', null, undefined, 1e300])('is refused with overlapSeconds = %j', async (overlap) => {
    const { key } = await aKeyIn(environmentId)

    const answer = await call('POST', `/v1/keys/${key.id}/rotate`, { body: { overlapSeconds: overlap } })

    expectFaults(answer, ['overlapSeconds'])
  })
})

describe('the list of keys', () => {
  let home: string
  beforeAll(async () => {
    const { environment } = await walkToKey({ name: 'Active one', ownerId: 'ada' })
    home = environment.id
    await aKeyIn(home, { name: 'Disabled two', enabled: false, ownerId: 'bob' })
    const expired = await aKeyIn(home, { name: 'Expired three', scopes: ['read', 'write'] })
    const revoked = await aKeyIn(home, { name: 'Revoked four' })
    await edit(expired.key.id, { expiresAt: PAST })
    await call('DELETE', `/v1/keys/${revoked.key.id}`)
  })

  const names = async (query: string) =>
    (await call('GET', `/v1/environments/${home}/keys${query}`)).body.data.map(({ name }: { name: string }) => name)

  it.each([
    ['', ['Revoked four', 'Expired three', 'Disabled two', 'Active one']],
    ['?status=active', ['Active one']],
    ['?status=disabled', ['Disabled two']],
    ['?status=expired', ['Expired three']],
    ['?status=revoked', ['Revoked four']],
    ['?scope=write', ['Expired three']],
    ['?scope=nope', []],
    ['?ownerId=ada', ['Active one']],
    ['?ownerId=Ada', []],
    ['?search=two', ['Disabled two']],
    ['?search=ACT', ['Active one']],
    ['?search=%25', []],
    ['?search=re&status=revoked', ['Revoked four']],
    ['?ownerId=bob&status=active', []],
  ])('filtered by "%s" holds what fits, newest first', async (query, expected) => {
    expect(await names(query)).toEqual(expected)
  })

  it('finds a key by its prefix', async () => {
    const { key } = await aKeyIn(home, { name: 'By prefix' })

    expect(await names(`?search=${key.prefix}`)).toEqual(['By prefix'])
    await call('DELETE', `/v1/keys/${key.id}`)
  })

  it('shows each key as reading it alone does', async () => {
    const { data } = (await call('GET', `/v1/environments/${home}/keys`)).body

    for (const key of data) expect(await read(key.id)).toEqual(key)
  })

  it.each([
    ['status=gone', 'status'],
    ['search=', 'search'],
    ['search=%20', 'search'],
    [`search=${'x'.repeat(65)}`, 'search'],
    [`ownerId=${'x'.repeat(201)}`, 'ownerId'],
    [`scope=${'x'.repeat(65)}`, 'scope'],
    ['status=active&status=revoked', 'status'],
    ['name=x', 'name'],
  ])('refuses the filter %s', async (query, path) => {
    expectFaults(await call('GET', `/v1/environments/${home}/keys?${query}`), [path])
  })
})
