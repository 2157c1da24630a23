import { beforeAll, describe, expect, it } from 'vitest'
import {
  aManagementKey,
  call,
  expectFaults,
  expectProblem,
  SECRET_MATERIAL,
  type Sent,
  TIMESTAMP,
  walkToKey,
} from '../support/client.ts'

let environmentId: string
beforeAll(async () => {
  environmentId = (await walkToKey()).environment.id
})

const pathOf = (id: string) => `/v1/environments/${id}/routes`
const read = (id = environmentId, sent: Sent = {}) => call('GET', pathOf(id), sent)
const put = (routes: unknown, id = environmentId, sent: Sent = {}) =>
  call('PUT', pathOf(id), { body: { routes }, ...sent })

const aRoute = (route: Record<string, unknown> = {}) => ({
  methods: ['GET'],
  path: '/api/items',
  scopes: ['read'],
  upstream: { url: 'https://api.example.com' },
  ...route,
})

const DEFAULTS = { rerank: false, webSocket: false, timeoutMs: 30_000 }

describe('the route table of a new environment', () => {
  const routesOf = async (input: object) => {
    const { project } = await walkToKey()
    const body = { name: 'Live', tag: 'live', ...input }
    const created = await call('POST', `/v1/projects/${project.id}/environments`, { body })
    return (await read(created.body.id)).body
  }
  const summary = ({ routes }: { routes: { methods: string[]; path: string; scopes: string[]; rerank: boolean }[] }) =>
    routes.map(({ methods, path, scopes, rerank }) => [methods.join(), path, scopes.join(), rerank])

  it('has what its template promises', async () => {
    expect(summary(await routesOf({ template: 'recommendations' }))).toEqual([
      ['GET', '/api/recommendations', 'recommendations', true],
      ['POST', '/api/events', 'events', false],
      ['POST', '/api/items', 'items', false],
      ['PATCH', '/api/items/:id', 'items', false],
      ['DELETE', '/api/items', 'items', false],
      ['DELETE', '/api/items/:id', 'items', false],
      ['GET', '/api/v1/recommendations', 'recommendations', true],
      ['POST', '/api/v1/search', 'recommendations', true],
      ['POST', '/api/v1/events', 'events', false],
      ['POST', '/api/v1/items', 'items', false],
      ['POST,PATCH,DELETE', '/api/v1/items/:id', 'items', false],
    ])
    expect(summary(await routesOf({ template: 'data-api' }))).toEqual([
      ['GET', '/api/rest/*', 'read', false],
      ['*', '/api/rest/*', 'write', false],
      ['*', '/api/custom/*', 'read,write', false],
    ])
  })

  it.each(['recommendations', 'data-api'])('of the template %s can be put back as it was read', async (template) => {
    const { project } = await walkToKey()
    const body = { name: 'Live', tag: 'live', template }
    const { id } = (await call('POST', `/v1/projects/${project.id}/environments`, { body })).body
    const { routes } = (await read(id)).body

    expect(routes.every(({ upstream }: { upstream: unknown }) => upstream === null)).toBe(true)
    expect(await put(routes, id)).toMatchObject({ status: 200, body: { routes } })
  })

  it('is empty without a template', async () => {
    expect(await routesOf({})).toEqual({ routes: [] })
    expect(await routesOf({ scopes: [{ name: 'read' }] })).toEqual({ routes: [] })
  })
})

describe('a route table', () => {
  it('comes back whole as it was put, with the defaults filled in and a receipt', async () => {
    const full = {
      ...aRoute({ methods: ['GET', 'POST', 'PROPFIND'], path: '/api/:a/*' }),
      rerank: true,
      webSocket: true,
      timeoutMs: 600_000,
    }

    const answer = await put([full, aRoute(), aRoute({ methods: ['*'], scopes: [], upstream: null })])

    const routes = [
      full,
      { ...aRoute(), ...DEFAULTS },
      { ...aRoute({ methods: ['*'], scopes: [], upstream: null }), ...DEFAULTS },
    ]
    expect(answer).toMatchObject({ status: 200 })
    expect(answer.body).toEqual({
      routes,
      receipt: {
        committedAt: expect.stringMatching(TIMESTAMP),
        effectiveBy: expect.stringMatching(TIMESTAMP),
        recorded: 'recorded',
      },
    })
    expect((await read()).body).toEqual({ routes })
  })

  it('is in force by the bound of its environment', async () => {
    const { environment } = await walkToKey()
    await call('PATCH', `/v1/environments/${environment.id}`, { body: { bounds: { maxStalenessMs: 1000 } } })

    const { committedAt, effectiveBy } = (await put([aRoute()], environment.id)).body.receipt

    expect(Date.parse(effectiveBy) - Date.parse(committedAt)).toBeGreaterThanOrEqual(1000)
    expect(Date.parse(effectiveBy) - Date.parse(committedAt)).toBeLessThanOrEqual(60_500)
  })

  it('is replaced whole, also by an empty one', async () => {
    await put([aRoute(), aRoute({ path: '/api/other' })])

    expect((await put([aRoute({ path: '/api/third' })])).body.routes).toHaveLength(1)
    expect((await put([])).body.routes).toEqual([])
    expect((await read()).body).toEqual({ routes: [] })
  })

  it('of 200 routes is taken, and of 201 is not', async () => {
    const many = Array.from({ length: 201 }, (_, index) => aRoute({ path: `/api/r${index}` }))

    expectFaults(await put(many), ['routes'])
    expect((await put(many.slice(0, 200))).body.routes).toHaveLength(200)
  })

  it('that is refused leaves the one before', async () => {
    await put([aRoute()])

    await put([aRoute({ path: '/api/new' }), aRoute({ scopes: ['nope'] })])

    expect((await read()).body.routes.map(({ path }: { path: string }) => path)).toEqual(['/api/items'])
  })

  it('names every fault of every route at once', async () => {
    const answer = await put([
      aRoute({ scopes: ['read', 'nope'] }),
      aRoute({ path: '/api/other', upstream: { service: 'NOBODY' } }),
      aRoute(),
    ])

    expectFaults(answer, ['routes.0.scopes.1', 'routes.1.upstream.service', 'routes.2.path'])
  })
})

const BAD_FIELDS: [string, unknown, string[]][] = [
  ['methods that are missing', aRoute({ methods: undefined }), ['routes.0.methods']],
  ['no method', aRoute({ methods: [] }), ['routes.0.methods']],
  ['a method in lower case', aRoute({ methods: ['get'] }), ['routes.0.methods.0']],
  ['a method with a space', aRoute({ methods: ['GET', 'PO ST'] }), ['routes.0.methods.1']],
  ['an empty method', aRoute({ methods: [''] }), ['routes.0.methods.0']],
  ['TRACE', aRoute({ methods: ['TRACE'] }), ['routes.0.methods.0']],
  ['CONNECT', aRoute({ methods: ['GET', 'CONNECT'] }), ['routes.0.methods.1']],
  ['a method twice', aRoute({ methods: ['GET', 'GET'] }), ['routes.0.methods']],
  ['too many methods', aRoute({ methods: [...'ABCDEFGHIJKLMNOPQRSTU'] }), ['routes.0.methods']],
  ['methods that are no list', aRoute({ methods: 'GET' }), ['routes.0.methods']],
  ['a method that is no text', aRoute({ methods: [1] }), ['routes.0.methods.0']],
  ['a path that is missing', aRoute({ path: undefined }), ['routes.0.path']],
  ['an empty path', aRoute({ path: '' }), ['routes.0.path']],
  ['a path elsewhere', aRoute({ path: '/v1/keys' }), ['routes.0.path']],
  ['a path that is /api alone', aRoute({ path: '/api' }), ['routes.0.path']],
  ['a path with a slash at its end', aRoute({ path: '/api/items/' }), ['routes.0.path']],
  ['a path with empty segments', aRoute({ path: '/api//items' }), ['routes.0.path']],
  ['a path with dots', aRoute({ path: '/api/../v1' }), ['routes.0.path']],
  ['a path with encodings', aRoute({ path: '/api/%2e%2e/v1' }), ['routes.0.path']],
  ['a path with a regular expression', aRoute({ path: '/api/:id{(a+)+$}' }), ['routes.0.path']],
  ['a path with a query', aRoute({ path: '/api/items?x=1' }), ['routes.0.path']],
  ['a path beyond ASCII', aRoute({ path: '/api/häuser' }), ['routes.0.path']],
  ['a path with a control character', aRoute({ path: '/api/a\u0000' }), ['routes.0.path']],
  ['a path with a line break', aRoute({ path: '/api/items\n' }), ['routes.0.path']],
  ['a path of 513 characters', aRoute({ path: `/api/${'a'.repeat(508)}` }), ['routes.0.path']],
  ['a path with a parameter twice', aRoute({ path: '/api/:id/:id' }), ['routes.0.path']],
  ['a path that is no text', aRoute({ path: 1 }), ['routes.0.path']],
  ['scopes that are missing', aRoute({ scopes: undefined }), ['routes.0.scopes']],
  ['a scope the environment has not', aRoute({ scopes: ['admin'] }), ['routes.0.scopes.0']],
  ['a scope of the wrong form', aRoute({ scopes: ['READ'] }), ['routes.0.scopes.0']],
  ['a scope twice', aRoute({ scopes: ['read', 'read'] }), ['routes.0.scopes']],
  ['an upstream that is missing', aRoute({ upstream: undefined }), ['routes.0.upstream']],
  ['an upstream that is a text', aRoute({ upstream: 'https://api.example.com' }), ['routes.0.upstream']],
  ['an upstream that is empty', aRoute({ upstream: {} }), ['routes.0.upstream']],
  ['two upstreams', aRoute({ upstream: { url: 'https://a.example.com', service: 'A' } }), ['routes.0.upstream']],
  ['an unknown service', aRoute({ upstream: { service: 'NOBODY' } }), ['routes.0.upstream.service']],
  ['our own database as a service', aRoute({ upstream: { service: 'DB' } }), ['routes.0.upstream.service']],
  ['our own ledger as a service', aRoute({ upstream: { service: 'LEDGER' } }), ['routes.0.upstream.service']],
  ['our own files as a service', aRoute({ upstream: { service: 'ASSETS' } }), ['routes.0.upstream.service']],
  ['a variable as a service', aRoute({ upstream: { service: 'ROOT_KEY' } }), ['routes.0.upstream.service']],
  [
    'a member of every object as a service',
    aRoute({ upstream: { service: '__proto__' } }),
    ['routes.0.upstream.service'],
  ],
  ['a constructor as a service', aRoute({ upstream: { service: 'constructor' } }), ['routes.0.upstream.service']],
  ['a rerank that is no boolean', aRoute({ rerank: 'true' }), ['routes.0.rerank']],
  ['a webSocket that is no boolean', aRoute({ webSocket: 1 }), ['routes.0.webSocket']],
  ['a time that is too short', aRoute({ timeoutMs: 99 }), ['routes.0.timeoutMs']],
  ['a time that is too long', aRoute({ timeoutMs: 600_001 }), ['routes.0.timeoutMs']],
  ['a time that is not whole', aRoute({ timeoutMs: 1000.5 }), ['routes.0.timeoutMs']],
  ['an unknown field', aRoute({ upstreams: [] }), ['routes.0.upstreams']],
  ['null', null, ['routes.0']],
]

describe('a route with', () => {
  it.each(BAD_FIELDS)('%s is refused by its place', async (_, route, paths) => {
    expectFaults(await put([route]), paths)
  })

  it.each<[string, Sent['body'], string[]]>([
    ['no table', {}, ['routes']],
    ['a table that is no list', { routes: {} }, ['routes']],
    ['a field besides', { routes: [], upstream: null }, ['upstream']],
    ['no object', [], ['']],
  ])('%s is refused', async (_, body, paths) => {
    const answer = await call('PUT', pathOf(environmentId), { body })

    expectProblem(answer, 'invalid_request')
    if (paths[0] !== '') expectFaults(answer, paths)
  })
})

describe('the address of an upstream', () => {
  it.each([
    'https://10.0.0.1',
    'https://172.16.0.1:8443/x',
    'https://192.168.1.1',
    'https://169.254.169.254/latest/meta-data',
    'http://169.254.169.254',
    'https://2852039166',
    'https://0xa9fea9fe',
    'https://0251.0376.0251.0376',
    'https://169.254.43518',
    'https://169.0xfe.0xa9fe',
    'https://１６９.254.169.254',
    'https://169。254。169。254',
    'https://%31%36%39.254.169.254',
    'https://169.254.169.254.',
    'https://168.63.129.16',
    'https://100.100.100.200',
    'https://[fd00:ec2::254]',
    'https://[fe80::1]',
    'https://[::ffff:10.0.0.1]',
    'https://[::ffff:0:10.0.0.1]',
    'https://[::10.0.0.1]',
    'https://[64:ff9b::10.0.0.1]',
    'https://[2002:a00:1::]',
    'https://[::]',
    'https://0.0.0.0',
    'https://metadata.google.internal',
    'https://metadata',
    'https://printer.local',
    'https:10.0.0.1',
    'https:/\\10.0.0.1',
    ' https://10.0.0.1',
    'https://[::7f00:1]',
    'https://[64:ff9b:1::10.0.0.1]',
    'https://[fec0::1]',
    'https://[4000::1]',
    'http://api.example.com',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'ftp://api.example.com',
    'file:///etc/passwd',
    'data:text/plain,x',
    'javascript:alert(1)',
    'wss://api.example.com',
    'https://user:password@api.example.com',
    'https://user@api.example.com',
    'https://api.example.com?key=1',
    'https://api.example.com#x',
    'https://api.example.com//x',
    'https://api.example.com/a%2fb',
    'api.example.com',
    '//api.example.com',
    'https://',
    '',
  ])('must not be %j', async (url) => {
    expectFaults(await put([aRoute({ upstream: { url } })]), ['routes.0.upstream.url'])
  })

  it.each([
    'https://api.example.com',
    'https://api.example.com:8443/base',
    'https://93.184.216.34',
    'http://localhost:8788',
    'http://127.0.0.1:8788',
    'http://[::1]:8788',
  ])('may be %j', async (url) => {
    expect((await put([aRoute({ upstream: { url } })])).body.routes[0].upstream).toEqual({ url })
  })
})

describe('routes that take the same requests', () => {
  it.each<[string, object[], string]>([
    ['the same path and method', [aRoute(), aRoute()], 'routes.1.path'],
    ['the same path by other parameters', [aRoute({ path: '/api/:a' }), aRoute({ path: '/api/:b' })], 'routes.1.path'],
    ['a parameter and a star', [aRoute({ path: '/api/:a/x' }), aRoute({ path: '/api/*/x' })], 'routes.1.path'],
    ['one method in common', [aRoute({ methods: ['GET', 'PUT'] }), aRoute({ methods: ['PUT'] })], 'routes.1.path'],
    ['every method twice', [aRoute({ methods: ['*'] }), aRoute({ methods: ['*'] })], 'routes.1.path'],
  ])('by %s are refused', async (_, routes, path) => {
    expectFaults(await put(routes), [path])
  })

  it.each<[string, object[]]>([
    ['one is more specific', [aRoute({ path: '/api/:a' }), aRoute({ path: '/api/x' }), aRoute({ path: '/api/*' })]],
    ['one names the method', [aRoute({ methods: ['*'] }), aRoute({ methods: ['GET'] })]],
    ['the methods differ', [aRoute({ methods: ['GET'] }), aRoute({ methods: ['PUT'] })]],
  ])('only in part are taken: %s', async (_, routes) => {
    expect((await put(routes)).status).toBe(200)
  })
})

describe('who may', () => {
  it.each(['admin', 'member'])('read and replace a table: %s', async (role) => {
    const { token } = await aManagementKey({ role })

    expect((await put([aRoute()], environmentId, { token })).status).toBe(200)
    expect((await read(environmentId, { token })).status).toBe(200)
  })

  it('read and replace a table: not a verifier, not even of this environment', async () => {
    for (const input of [{ role: 'verifier' }, { role: 'verifier', environmentId }]) {
      const { token } = await aManagementKey(input)

      expectProblem(await put([aRoute()], environmentId, { token }), 'forbidden')
      expectProblem(await read(environmentId, { token }), 'forbidden')
    }
  })

  it('read and replace a table: not an API key, not nobody', async () => {
    const { token } = await walkToKey()

    expectProblem(await read(environmentId, { token }), 'unauthenticated')
    expectProblem(await put([aRoute()], environmentId, { token: null }), 'unauthenticated')
  })

  it.each(['env_1', 'env_00000000000000000000000000', 'proj_1', '%00', "'"])(
    'find the environment %s: nobody',
    async (id) => {
      expectProblem(await read(id), 'not_found')
      expectProblem(await put([aRoute()], id), 'not_found')
    },
  )

  it('find the table of a deleted environment: nobody', async () => {
    const { environment } = await walkToKey()
    await call('DELETE', `/v1/environments/${environment.id}?confirm=Production`)

    expectProblem(await read(environment.id), 'not_found')
    expectProblem(await put([], environment.id), 'not_found')
  })

  it('change one environment without another hearing of it: everybody', async () => {
    const [one, other] = [await walkToKey(), await walkToKey()]
    const before = (await read(other.environment.id)).body

    await put([], one.environment.id)

    expect((await read(other.environment.id)).body).toEqual(before)
  })
})

describe('the audit log', () => {
  const eventsOf = async (id: string) =>
    (await call('GET', `/v1/audit-events?environmentId=${id}&action=routes.updated`)).body.data

  it('says who replaced a table, with what was there before and is there now', async () => {
    const { environment } = await walkToKey()
    await put([aRoute()], environment.id)
    const answer = await put([aRoute({ path: '/api/other' })], environment.id)

    const [newest, oldest, ...more] = await eventsOf(environment.id)

    expect(more).toEqual([])
    expect(newest).toMatchObject({
      action: 'routes.updated',
      requestId: answer.headers.get('X-Request-Id'),
      before: { routes: [{ path: '/api/items' }] },
      after: { routes: [{ path: '/api/other' }] },
    })
    expect(oldest.after).toEqual({ routes: [{ ...aRoute(), ...DEFAULTS }] })
    expect(JSON.stringify([newest, oldest])).not.toMatch(SECRET_MATERIAL)
  })

  it('says nothing of a table that was refused', async () => {
    const { environment } = await walkToKey()

    await put([aRoute({ scopes: ['nope'] })], environment.id)

    expect(await eventsOf(environment.id)).toEqual([])
  })
})

describe('tables that are put at once', () => {
  it('are never mixed: one of them stands whole, and each that was taken is in the audit log', async () => {
    const { environment } = await walkToKey()
    const tables = Array.from({ length: 5 }, (_, at) => [
      aRoute({ path: `/api/a${at}` }),
      aRoute({ path: `/api/b${at}` }),
    ])

    const answers = await Promise.all(tables.map((table) => put(table, environment.id)))

    expect(answers.every(({ status }) => [200, 409].includes(status))).toBe(true)
    expect(answers.some(({ status }) => status === 200)).toBe(true)
    const { routes } = (await read(environment.id)).body
    const standing = routes.map(({ path }: { path: string }) => path.replace('/api/', ''))
    expect(standing).toEqual([`a${standing[0]?.slice(1)}`, `b${standing[0]?.slice(1)}`])
    const { data } = (await call('GET', `/v1/audit-events?environmentId=${environment.id}&action=routes.updated`)).body
    expect(data).toHaveLength(answers.filter(({ status }) => status === 200).length)
  })

  it('together with an edit of the environment lose neither', async () => {
    const { environment } = await walkToKey()

    const [table, edit] = await Promise.all([
      put([aRoute()], environment.id),
      call('PATCH', `/v1/environments/${environment.id}`, { body: { name: 'Renamed' } }),
    ])

    expect([table.status, edit.status]).toEqual([200, 200])
    expect((await read(environment.id)).body.routes).toHaveLength(1)
    expect((await call('GET', `/v1/environments/${environment.id}`)).body.name).toBe('Renamed')
  })
})

describe('a scope that a route asks for', () => {
  it('cannot be taken from the catalogue, though no key holds it', async () => {
    const { project } = await walkToKey()
    const body = { name: 'Live', tag: 'live', scopes: [{ name: 'read' }, { name: 'rare' }] }
    const { id } = (await call('POST', `/v1/projects/${project.id}/environments`, { body })).body
    await put([aRoute({ scopes: ['rare'] })], id)

    const refused = await call('PATCH', `/v1/environments/${id}`, { body: { scopes: [{ name: 'read' }] } })

    expectProblem(refused, 'conflict')
    expect(refused.body.errors).toEqual([{ path: 'scopes', message: expect.stringContaining('rare') }])
    await put([], id)
    expect((await call('PATCH', `/v1/environments/${id}`, { body: { scopes: [{ name: 'read' }] } })).status).toBe(200)
  })

  it('is there while a table that asks for it is put, whatever else is done to the catalogue at once', async () => {
    const { project } = await walkToKey()
    const body = { name: 'Live', tag: 'live', scopes: [{ name: 'read' }, { name: 'rare' }] }
    const { id } = (await call('POST', `/v1/projects/${project.id}/environments`, { body })).body

    await Promise.all([
      put([aRoute({ scopes: ['rare'] })], id),
      call('PATCH', `/v1/environments/${id}`, { body: { scopes: [{ name: 'read' }] } }),
    ])

    const asked = (await read(id)).body.routes.flatMap(({ scopes }: { scopes: string[] }) => scopes)
    const held = (await call('GET', `/v1/environments/${id}`)).body.scopes.map(({ name }: { name: string }) => name)
    expect(held).toEqual(expect.arrayContaining(asked))
  })
})
