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

let projectId: string
beforeAll(async () => {
  const { project } = await walkToKey()
  projectId = project.id
})

const create = (input: object) =>
  call('POST', `/v1/projects/${projectId}/environments`, { body: { name: 'Live', tag: 'production', ...input } })
const anEnvironment = async (input: object = { template: 'data-api' }) => (await create(input)).body
const edit = (id: string, body: object) => call('PATCH', `/v1/environments/${id}`, { body })

describe('a new environment', () => {
  it('comes back whole, with the bounds it starts with', async () => {
    const { status, body } = await create({ scopes: [{ name: 'read', description: 'Read', required: true }] })

    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.stringMatching(/^env_[0-9a-z]{26}$/),
      projectId,
      name: 'Live',
      tag: 'production',
      scopes: [{ name: 'read', description: 'Read', required: true }],
      bounds: { maxStalenessMs: 5000, onUnknown: 'deny' },
      browserOrigins: [],
      audiences: [],
      createdAt: expect.stringMatching(TIMESTAMP),
      createdBy: 'root',
    })
  })

  it.each([
    ['data-api', { read: true, write: false }],
    ['recommendations', { recommendations: false, events: false, items: false }],
  ])('made from the template %s has its catalogue', async (template, required) => {
    const { body } = await create({ template })

    const catalogue = body.scopes.map((scope: { name: string; required: boolean }) => [scope.name, scope.required])
    expect(Object.fromEntries(catalogue)).toEqual(required)
  })

  it('keeps the aliases of its scopes, each once, and leaves them out where there are none', async () => {
    const scopes = [
      { name: 'a', aliases: ['vendor/x', 'vendor/x', 'vendor/y'] },
      { name: 'b', aliases: ['vendor/x'] },
    ]
    const { id } = await anEnvironment({ scopes: [...scopes, { name: 'c', aliases: [] }] })

    const { body } = await call('GET', `/v1/environments/${id}`)

    const without = { description: null, required: false }
    expect(body.scopes).toEqual([
      { name: 'a', ...without, aliases: ['vendor/x', 'vendor/y'] },
      { name: 'b', ...without, aliases: ['vendor/x'] },
      { name: 'c', ...without },
    ])
  })

  it('without a template or scopes has an empty catalogue', async () => {
    expect((await create({})).body.scopes).toEqual([])
  })

  it('is refused a template together with scopes', async () => {
    expectFaults(await create({ template: 'data-api', scopes: [{ name: 'read' }] }), ['scopes'])
    expectFaults(await create({ template: 'data-api', scopes: [] }), ['scopes'])
  })

  it.each<[string, object, string[]]>([
    ['a template there is not', { template: 'everything' }, ['template']],
    ['a scope twice', { scopes: [{ name: 'read' }, { name: 'read' }] }, ['scopes.1.name']],
    ['more than 100 scopes', { scopes: Array.from({ length: 101 }, (_, n) => ({ name: `s${n}` })) }, ['scopes']],
    [
      'a description of 201 characters',
      { scopes: [{ name: 'a', description: 'x'.repeat(201) }] },
      ['scopes.0.description'],
    ],
    [
      'an alias that is a scope',
      { scopes: [{ name: 'a' }, { name: 'b', aliases: ['c', 'a'] }] },
      ['scopes.1.aliases.1'],
    ],
    ['an alias that is its own scope', { scopes: [{ name: 'a', aliases: ['a'] }] }, ['scopes.0.aliases.0']],
    ['an alias that no client can request', { scopes: [{ name: 'a', aliases: ['A b'] }] }, ['scopes.0.aliases.0']],
    [
      'more than 10 aliases',
      { scopes: [{ name: 'a', aliases: Array.from({ length: 11 }, (_, n) => `b${n}`) }] },
      ['scopes.0.aliases'],
    ],
    ['bounds', { bounds: { maxStalenessMs: 1 } }, ['bounds']],
    ['an id of its own', { id: 'env_1' }, ['id']],
  ])('is refused %s', async (_, input, paths) => {
    expectFaults(await create(input), paths)
  })
})

describe('an environment', () => {
  it('is read as it was made', async () => {
    const environment = await anEnvironment()

    const answer = await call('GET', `/v1/environments/${environment.id}`)

    expect(answer).toMatchObject({ status: 200, body: environment })
  })

  it.each([
    ['name', 'Other'],
    ['tag', 'eu-1'],
    ['scopes', [{ name: 'only', description: null, required: true }]],
  ])('changes its %s and nothing else', async (field, value) => {
    const environment = await anEnvironment({ scopes: [{ name: 'read' }] })

    const { status, body } = await edit(environment.id, { [field]: value })

    expect(status).toBe(200)
    expect(body).toEqual({ ...environment, [field]: value })
    expect((await call('GET', `/v1/environments/${environment.id}`)).body).toEqual(body)
  })

  it('changes one bound and keeps the other', async () => {
    const { id } = await anEnvironment()

    await edit(id, { bounds: { maxStalenessMs: 0 } })
    const { body } = await edit(id, { bounds: { onUnknown: { graceSeconds: 900 } } })

    expect(body.bounds).toEqual({ maxStalenessMs: 0, onUnknown: { graceSeconds: 900 } })
  })

  it.each([
    ['maxStalenessMs', -1],
    ['maxStalenessMs', 60_001],
    ['maxStalenessMs', 1.5],
    ['maxStalenessMs', '1000'],
    ['onUnknown', 'allow'],
    ['onUnknown', { graceSeconds: 0 }],
    ['onUnknown', { graceSeconds: 901 }],
    ['onUnknown', { graceSeconds: 1, forever: true }],
  ])('is refused the bound %s = %j', async (field, value) => {
    const { id } = await anEnvironment()

    const answer = await edit(id, { bounds: { [field]: value } })

    expectProblem(answer, 'invalid_request')
    expect(answer.body.errors[0].path).toMatch(new RegExp(`^bounds\\.${field}`))
  })

  it('keeps a scope that a live key holds, and says which', async () => {
    const { environment, key } = await walkToKey({ scopes: ['read', 'write'] })
    await call('PUT', `/v1/environments/${environment.id}/routes`, { body: { routes: [] } })

    const answer = await edit(environment.id, { scopes: [{ name: 'read', required: true }] })

    expectProblem(answer, 'conflict')
    expect(JSON.stringify(answer.body.errors)).toContain('write')
    await call('POST', `/v1/keys/${key.id}/revoke`)
    expect((await edit(environment.id, { scopes: [{ name: 'read' }] })).status).toBe(200)
  })

  it('makes no scope required that a live key lacks, and says which', async () => {
    const { environment } = await walkToKey({ scopes: ['read'] })
    const scopes = [{ name: 'read' }, { name: 'write', required: true }]

    const answer = await edit(environment.id, { scopes })

    expectProblem(answer, 'conflict')
    expect(JSON.stringify(answer.body.errors)).toContain('write')
  })
})

describe('revoking the keys of an environment', () => {
  const revokeKeys = (id: string, body: object, query = '') =>
    call('POST', `/v1/environments/${id}/revoke-keys${query}`, { body })

  it('kills what was issued before now, says how many, and lets new keys work', async () => {
    const { environment, token } = await walkToKey()
    const other = await aKeyIn(environment.id)
    await expect.poll(() => Date.now()).toBeGreaterThan(Date.parse(other.key.createdAt))

    const { status, body } = await revokeKeys(environment.id, { reason: 'compromised' })

    expect({ status, body }).toEqual({
      status: 200,
      body: {
        revokedKeys: 2,
        receipt: {
          committedAt: expect.stringMatching(TIMESTAMP),
          effectiveBy: expect.stringMatching(TIMESTAMP),
          recorded: 'recorded',
        },
      },
    })
    for (const dead of [token, other.token]) expect(await verdictOn(dead)).toMatchObject({ code: 'revoked' })
    expect(await verdictOn((await aKeyIn(environment.id)).token)).toMatchObject({ valid: true })
  })

  it('leaves alone what was issued since the moment it is given', async () => {
    const { environment, key, token } = await walkToKey()

    const { body } = await revokeKeys(environment.id, { issuedBefore: key.createdAt, reason: 'unspecified' })

    expect(body.revokedKeys).toBe(0)
    expect(await verdictOn(token)).toMatchObject({ valid: true })
  })

  it('answers no earlier than it is effective when asked to wait for that', { timeout: 20_000 }, async () => {
    const { environment } = await walkToKey()
    await edit(environment.id, { bounds: { maxStalenessMs: 0 } })

    const { body } = await revokeKeys(environment.id, { reason: 'unspecified' }, '?wait=effective')

    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(body.receipt.effectiveBy))
  })

  it.each<[string, object]>([
    ['issuedBefore', { issuedBefore: '2999-01-01T00:00:00Z' }],
    ['issuedBefore', { issuedBefore: 'yesterday' }],
    ['issuedBefore', { issuedBefore: 1 }],
    ['reason', { reason: 'because' }],
    ['note', { note: 'x'.repeat(501) }],
    ['keyIds', { keyIds: [] }],
  ])('is refused and changes nothing for %s in %j', async (field, body) => {
    const { environment, token } = await walkToKey()

    expectFaults(await revokeKeys(environment.id, { reason: 'unspecified', ...body }), [field])

    expect(await verdictOn(token)).toMatchObject({ valid: true })
  })

  it('is refused without a reason, and without a body', async () => {
    const { environment, token } = await walkToKey()

    expectFaults(await revokeKeys(environment.id, {}), ['reason'])
    expectProblem(await call('POST', `/v1/environments/${environment.id}/revoke-keys`), 'invalid_request')

    expect(await verdictOn(token)).toMatchObject({ valid: true })
  })

  it('is 404 for an environment that does not exist, or no longer', async () => {
    const { environment } = await walkToKey()
    await call('DELETE', `/v1/environments/${environment.id}?confirm=Production`)

    expectProblem(await revokeKeys(environment.id, { reason: 'unspecified' }), 'not_found')
    expectProblem(await revokeKeys('env_none', { reason: 'unspecified' }), 'not_found')
  })

  it('is told in the audit log, once for the environment and once for each key', async () => {
    const { environment, key } = await walkToKey()
    await expect.poll(() => Date.now()).toBeGreaterThan(Date.parse(key.createdAt))
    await revokeKeys(environment.id, { reason: 'owner_left', note: 'gone' })

    const { body } = await call('GET', `/v1/audit-events?environmentId=${environment.id}&limit=2`)

    expect(body.data.map(({ action }: { action: string }) => action).sort()).toEqual([
      'environment.keys_revoked',
      'key.revoked',
    ])
  })
})

describe('the web pages an environment lets in', () => {
  it('are none until they are set, and can be taken back', async () => {
    const { id, browserOrigins } = await anEnvironment()
    const origins = ['https://app.example.com', 'http://localhost:3000', 'https://example.com:8443']

    expect(browserOrigins).toEqual([])
    expect((await edit(id, { browserOrigins: origins })).body.browserOrigins).toEqual(origins)
    expect((await edit(id, { name: 'Other' })).body.browserOrigins).toEqual(origins)
    expect((await edit(id, { browserOrigins: [] })).body.browserOrigins).toEqual([])
  })

  it('are named once each', async () => {
    const { id } = await anEnvironment()

    const { body } = await edit(id, { browserOrigins: ['https://a.example', 'https://a.example'] })

    expect(body.browserOrigins).toEqual(['https://a.example'])
  })

  it.each([
    '*',
    'null',
    'unknown',
    '',
    'app.example.com',
    'http://app.example.com',
    'https://app.example.com/',
    'https://app.example.com/path',
    'https://*.example.com',
    'https://APP.example.com',
    'https://app.example.com:443',
    'https://user@app.example.com',
    'https://bücher.example',
    'file:///x',
    'https://a.example, https://b.example',
  ])('cannot be %j', async (origin) => {
    const { id } = await anEnvironment()

    expectFaults(await edit(id, { browserOrigins: ['https://a.example', origin] }), ['browserOrigins.1'])
  })

  it('are not those of Keyward itself: there a page would be the console’s', async () => {
    const { id } = await anEnvironment()

    const answer = await edit(id, { browserOrigins: ['https://a.example', ORIGIN] })

    expectFaults(answer, ['browserOrigins.1'])
    expect(answer.body.detail).toContain('must be the origin of another host')
  })

  it('are fifty at most', async () => {
    const { id } = await anEnvironment()
    const many = Array.from({ length: 51 }, (_, at) => `https://a${at}.example`)

    expectFaults(await edit(id, { browserOrigins: many }), ['browserOrigins'])
    expect((await edit(id, { browserOrigins: many.slice(1) })).status).toBe(200)
  })
})

describe('the audiences an environment grants', () => {
  const LONGEST = `https://api.example.com/${'a'.repeat(176)}`

  it('are none until they are set, at creation or later, and can be taken back', async () => {
    const { id, audiences } = await anEnvironment()
    const granted = ['https://api.example.com', 'https://api.example.com/v2/', 'urn:example:books', 'books', LONGEST]

    expect(audiences).toEqual([])
    expect((await anEnvironment({ audiences: granted })).audiences).toEqual(granted)
    expect((await edit(id, { audiences: granted })).body.audiences).toEqual(granted)
    expect((await edit(id, { name: 'Other' })).body.audiences).toEqual(granted)
    expect((await edit(id, { audiences: [] })).body.audiences).toEqual([])
  })

  it('are named once each', async () => {
    expect((await anEnvironment({ audiences: ['books', 'books'] })).audiences).toEqual(['books'])
  })

  it.each([
    '',
    ' ',
    'a b',
    'a\n',
    'bücher',
    'a"b',
    'a\\b',
    'https://api.example.com#x',
    'https://api.example.com#',
    `${LONGEST}a`,
  ])('cannot be %j', async (audience) => {
    const { id } = await anEnvironment()

    expectFaults(await edit(id, { audiences: ['books', audience] }), ['audiences.1'])
    expectFaults(await create({ audiences: [audience] }), ['audiences.0'])
  })

  it('are twenty at most', async () => {
    const { id } = await anEnvironment()
    const many = Array.from({ length: 21 }, (_, at) => `books-${at}`)

    expectFaults(await edit(id, { audiences: many }), ['audiences'])
    expect((await edit(id, { audiences: many.slice(1) })).status).toBe(200)
  })

  it('are in the audit log when they change', async () => {
    const { id } = await anEnvironment()
    await edit(id, { audiences: ['books'] })

    const { body } = await call('GET', `/v1/audit-events?environmentId=${id}&action=environment.updated`)

    expect(body.data[0]).toMatchObject({ before: { audiences: [] }, after: { audiences: ['books'] } })
  })
})

describe('deleting an environment', () => {
  it('revokes every key in it and says how many', async () => {
    const { environment, token } = await walkToKey()
    const other = await aKeyIn(environment.id)

    const { status, body } = await call('DELETE', `/v1/environments/${environment.id}?confirm=Production`)

    expect(status).toBe(200)
    expect(body).toEqual({
      revokedKeys: 2,
      receipt: {
        committedAt: expect.stringMatching(TIMESTAMP),
        effectiveBy: expect.stringMatching(TIMESTAMP),
        recorded: 'recorded',
      },
    })
    expect(await verdictOn(token)).toMatchObject({ valid: false, code: 'revoked' })
    expect(await verdictOn(other.token)).toMatchObject({ valid: false, code: 'revoked' })
  })

  it('leaves nothing to be found', async () => {
    const { project, environment } = await walkToKey()

    await call('DELETE', `/v1/environments/${environment.id}?confirm=Production`)

    expectProblem(await call('GET', `/v1/environments/${environment.id}`), 'not_found')
    expectProblem(await edit(environment.id, { name: 'x' }), 'not_found')
    expectProblem(await call('GET', `/v1/environments/${environment.id}/keys`), 'not_found')
    expectProblem(await call('DELETE', `/v1/environments/${environment.id}?confirm=Production`), 'not_found')
    expect((await call('GET', `/v1/projects/${project.id}/environments`)).body.data).toEqual([])
  })

  it.each(['', '?confirm=', '?confirm=production', '?confirm=Production%20', '?confirm=Production&confirm=Production'])(
    'is refused and changes nothing with the query "%s"',
    async (query) => {
      const { environment, token } = await walkToKey()

      expectFaults(await call('DELETE', `/v1/environments/${environment.id}${query}`), ['confirm'])

      expect(await verdictOn(token)).toMatchObject({ valid: true })
    },
  )

  it('takes a name that has to be encoded', async () => {
    const { id } = await anEnvironment({ name: 'Häuser & Höfe +1' })

    const query = new URLSearchParams({ confirm: 'Häuser & Höfe +1' })

    expect((await call('DELETE', `/v1/environments/${id}?${query}`)).status).toBe(200)
  })
})
