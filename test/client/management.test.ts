import { setImmediate } from 'node:timers/promises'
import { describe, expect, expectTypeOf, it, vi } from 'vitest'
import {
  type components,
  createKeyward,
  etagOf,
  type Keyward,
  KeywardError,
  type KeywardOptions,
  type Page,
} from '../../packages/keyward/src/index.ts'
import { OPERATIONS } from '../../packages/keyward/src/openapi.ts'
import { aYes, breakOff, hang, json, MANAGEMENT_KEY, type Stub, TOKEN, withStub } from './stub-keyward.ts'

type ApiKey = components['schemas']['ApiKey']
type Handlers = Parameters<typeof withStub>[0]

/** A token in its exact form, which the one of the other client tests has not. */
const REAL_TOKEN = `nsl_4fK9aZ2q_${'a'.repeat(49)}`

const to = (stub: Stub, timeoutMs = 20_000) =>
  createKeyward({ url: stub.url, managementKey: MANAGEMENT_KEY, timeoutMs })

/** What one call returned or threw, and the requests that it took. */
const calling = (handlers: Handlers, use: (keyward: Keyward) => PromiseLike<unknown>, timeoutMs?: number) =>
  withStub(handlers, async (stub) => {
    const [result] = await Promise.allSettled([use(to(stub, timeoutMs))])
    const error = result.status === 'rejected' ? result.reason : undefined
    return { error, value: result.status === 'fulfilled' ? result.value : undefined, requests: stub.requests }
  })

const problem = (status: number, code: string, more: object = {}, headers: Record<string, string> = {}) =>
  json(
    { type: 'about:blank', title: 'Title', status, detail: 'Detail.', code, requestId: 'req', ...more },
    status,
    headers,
  )
const page = (data: unknown[], nextCursor: string | null = null) => json({ data, nextCursor })
const NAMED = { name: 'a' }

/** Each method of the client, in the order of the OpenAPI document's names. */
const CALLS: Record<keyof typeof OPERATIONS, ((keyward: Keyward) => PromiseLike<unknown>) | null> = {
  createProject: ({ projects }) => projects.create(NAMED),
  listProjects: ({ projects }) => projects.list(),
  getProject: ({ projects }) => projects.get('id1'),
  updateProject: ({ projects }) => projects.update('id1', NAMED),
  deleteProject: ({ projects }) => projects.delete('id1'),
  createEnvironment: ({ environments }) => environments.create('id1', { ...NAMED, tag: 'test' }),
  listEnvironments: ({ environments }) => environments.list('id1'),
  getEnvironment: ({ environments }) => environments.get('id1'),
  updateEnvironment: ({ environments }) => environments.update('id1', NAMED),
  deleteEnvironment: ({ environments }) => environments.delete('id1', { confirm: 'a' }),
  revokeEnvironmentKeys: ({ environments }) => environments.revokeKeys('id1', { reason: 'compromised' }),
  getRoutes: ({ routes }) => routes.get('id1'),
  replaceRoutes: ({ routes }) => routes.replace('id1', { routes: [] }),
  listRerankControls: ({ rerankControls }) => rerankControls.list('id1'),
  getRerankControls: ({ rerankControls }) => rerankControls.get('id1', 'id2'),
  setRerankControls: ({ rerankControls }) =>
    rerankControls.set('id1', 'id2', { global_default: { surface: 'search', rerank_mode: 'off', rerank_depth: 0 } }),
  verifyToken: ({ keys }) => keys.verify({ token: TOKEN }),
  createKey: ({ keys }) => keys.create('id1', { ...NAMED, scopes: [] }),
  listKeys: ({ keys }) => keys.list('id1'),
  getKey: ({ keys }) => keys.get('id1'),
  // The same as revokeKey.
  deleteKey: null,
  updateKey: ({ keys }) => keys.update('id1', NAMED),
  rotateKey: ({ keys }) => keys.rotate('id1', { overlapSeconds: 0 }),
  revokeKey: ({ keys }) => keys.revoke('id1'),
  createCredential: ({ credentials }) => credentials.create('id1', { ...NAMED, scopes: [] }),
  listCredentials: ({ credentials }) => credentials.list('id1'),
  getCredential: ({ credentials }) => credentials.get('id1'),
  updateCredential: ({ credentials }) => credentials.update('id1', NAMED),
  rotateCredential: ({ credentials }) => credentials.rotate('id1', { overlapSeconds: 0 }),
  revokeCredential: ({ credentials }) => credentials.revoke('id1'),
  endAccessTokens: ({ credentials }) => credentials.endTokens('id1'),
  createManagementKey: ({ managementKeys }) => managementKeys.create({ ...NAMED, role: 'member' }),
  listManagementKeys: ({ managementKeys }) => managementKeys.list(),
  revokeManagementKey: ({ managementKeys }) => managementKeys.revoke('id1'),
  listAuditEvents: ({ auditEvents }) => auditEvents.list(),
}
const EACH = Object.entries(CALLS).flatMap(([name, call]) => {
  const operation = OPERATIONS[name as keyof typeof OPERATIONS]
  return call === null ? [] : [{ name, call, ...operation }]
})
const REPEATABLE = EACH.filter(({ method, takesIdempotencyKey }) => method === 'GET' || takesIdempotencyKey)
const SENT_ONCE = EACH.filter((each) => !REPEATABLE.includes(each) && each.name !== 'verifyToken')

describe('each operation of the document', () => {
  it.each(EACH)('$name is asked by its method and path, with the management key', async ({ call, method, path }) => {
    const { requests } = await calling(page([]), call)

    const filled = path.replace(/\{contextId\}/, 'id2').replace(/\{\w+\}/, 'id1')
    expect(requests.map((request) => request.path.split('?')[0])).toEqual([filled])
    expect(requests).toMatchObject([
      { method, headers: { authorization: `Bearer ${MANAGEMENT_KEY}`, accept: 'application/json' } },
    ])
  })

  it.each(EACH)('$name has an Idempotency-Key exactly if it takes one', async ({ call, takesIdempotencyKey }) => {
    const { requests } = await calling(page([]), call)

    expect(requests[0]?.headers['idempotency-key'] !== undefined).toBe(takesIdempotencyKey)
  })

  it.each(REPEATABLE)('$name is tried again after a broken connection, as the same request', async ({ call }) => {
    const { requests, error } = await calling([breakOff, page([])], call)

    const [first, second] = requests
    expect(error).toBeUndefined()
    expect([second?.body, second?.headers['idempotency-key']]).toEqual([first?.body, first?.headers['idempotency-key']])
  })

  it.each(SENT_ONCE)('$name is sent once, whatever becomes of it', async ({ call }) => {
    const broken = await calling([breakOff, page([])], call)
    const unavailable = await calling([problem(503, 'unavailable', {}, { 'Retry-After': '0' }), page([])], call)

    expect([broken.error?.code, broken.requests.length]).toEqual(['unreachable', 1])
    expect([unavailable.error?.code, unavailable.requests.length]).toEqual(['unavailable', 1])
  })

  it.each(EACH)('$name follows no redirect', async ({ call, name }) => {
    const redirect = withHeaders(302, { Location: '/elsewhere' })
    const { error, value, requests } = await calling(redirect, call)

    expect(requests).toHaveLength(1)
    // A verification never throws.
    if (name === 'verifyToken') expect(value).toMatchObject({ valid: false, code: 'unavailable' })
    else expect(error).toMatchObject({ status: 302, code: 'unexpected_answer' })
  })
})

const withHeaders = (status: number, headers: Record<string, string>) => json({}, status, headers)

describe('attempts', () => {
  it('are at most three', async () => {
    const { error, requests } = await calling(breakOff, ({ keys }) => keys.get('key_1'))

    expect([error?.code, requests.length]).toEqual(['unreachable', 3])
  })

  it('are made again as soon as Keyward said', async () => {
    const again = problem(503, 'unavailable', {}, { 'Retry-After': '1' })
    const started = Date.now()

    const { value, requests } = await calling([again, json({ id: 'key_1' })], ({ keys }) => keys.get('key_1'))

    expect([value, requests.length]).toEqual([{ id: 'key_1' }, 2])
    expect(Date.now() - started).toBeGreaterThanOrEqual(1000)
  })

  it.each<[string, Handlers]>([
    ['a 503 that does not say when', problem(503, 'unavailable')],
    ['a 503 that says a date', problem(503, 'unavailable', {}, { 'Retry-After': 'Fri, 27 Nov 2026 00:00:00 GMT' })],
    ['a 503 that asks for more time than there is', problem(503, 'unavailable', {}, { 'Retry-After': '60' })],
    ['a 429', problem(429, 'rate_limited', {}, { 'Retry-After': '0' })],
    ['a 500', problem(500, 'internal_error', {}, { 'Retry-After': '0' })],
  ])('are not made again after %s', async (_, handler) => {
    const { requests } = await calling(handler, ({ keys }) => keys.get('key_1'))

    expect(requests).toHaveLength(1)
  })

  it('take no longer than the time limit, all together', async () => {
    const { error, requests } = await calling([breakOff, hang], ({ keys }) => keys.get('key_1'), 600)

    expect(error).toMatchObject({ name: 'KeywardError', status: null, code: 'timed_out' })
    expect(requests).toHaveLength(2)
  })

  it('of two calls have two Idempotency-Keys, and of one call the one that it was given', async () => {
    await withStub(json({}), async (stub) => {
      const { projects } = to(stub)
      await projects.create(NAMED)
      await projects.create(NAMED)
      await projects.create(NAMED, { idempotencyKey: 'order-4711-4711-4711' })

      const [first, second, third] = stub.requests.map(({ headers }) => headers['idempotency-key'])
      expect(first).not.toBe(second)
      expect(first).toMatch(/^[0-9a-f-]{36}$/)
      expect(third).toBe('order-4711-4711-4711')
    })
  })
})

describe('a KeywardError', () => {
  it('is the problem that Keyward answered', async () => {
    const errors = [{ path: 'scopes.0', message: 'is unknown' }]
    const { error } = await calling(problem(429, 'rate_limited', { errors }, { 'Retry-After': '7' }), ({ keys }) =>
      keys.update('key_1', NAMED),
    )

    expect(error).toBeInstanceOf(KeywardError)
    expect({ ...error, message: error.message }).toEqual({
      name: 'KeywardError',
      message: 'Title. Detail.',
      status: 429,
      code: 'rate_limited',
      title: 'Title',
      detail: 'Detail.',
      requestId: 'req',
      errors,
      retryAfterSeconds: 7,
    })
  })

  it.each<[string, Handlers]>([
    ['a web page', (_, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>Hello</h1>')],
    ['a list', json([])],
    ['text', json('no')],
    ['an error of a proxy', (_, response) => response.writeHead(502).end('Bad gateway')],
    ['more than any answer', (_, response) => response.end(`{"name":"${'a'.repeat(9_000_000)}"}`)],
  ])('says that %s is no answer of Keyward', async (_, handler) => {
    const { error } = await calling(handler, ({ keys }) => keys.get('key_1'))

    expect(error).toMatchObject({ name: 'KeywardError', code: 'unexpected_answer' })
  })

  const echo = `Bearer ${MANAGEMENT_KEY} ${REAL_TOKEN} idempotency-key-of-4711`
  const echoing = { title: echo, detail: echo, requestId: echo, errors: [{ path: echo, message: echo }] }
  it.each<[string, Handlers]>([
    ['an answer that repeats the request', problem(400, 'invalid_request', echoing)],
    ['a code that repeats it', problem(400, echo)],
    ['a page that repeats it', (_, response) => response.writeHead(400, { 'X-Request-Id': echo }).end(echo)],
    ['a broken connection', breakOff],
  ])('tells no secret after %s', async (_, handler) => {
    const idempotencyKey = 'idempotency-key-of-4711'
    const { error } = await calling(handler, ({ projects }) => projects.create(NAMED, { idempotencyKey }))

    const text = `${error.stack} ${JSON.stringify({ ...error, cause: error.cause })}`
    for (const secret of [MANAGEMENT_KEY, REAL_TOKEN, idempotencyKey]) expect(text).not.toContain(secret)
  })

  it('tells nothing of what a fetch throws, but the code of the operating system', async () => {
    const fetch = vi.fn(async (_: string, init: RequestInit) => {
      throw Object.assign(new Error(JSON.stringify(init)), { code: 'ECONNREFUSED', cause: init })
    })
    const keyward = createKeyward({ url: 'https://keys.example.com', managementKey: MANAGEMENT_KEY, fetch })

    const error = await keyward.projects.delete('proj_1').catch((thrown) => thrown)

    expect(error).toMatchObject({ code: 'unreachable', detail: 'The connection broke (ECONNREFUSED).' })
    expect(`${error.stack} ${JSON.stringify({ ...error, cause: error.cause })}`).not.toContain(MANAGEMENT_KEY)
  })
})

describe('a list', () => {
  it('is a page when it is awaited', async () => {
    const { value, requests } = await calling(page([{ id: 'key_1' }], 'next'), ({ keys }) =>
      keys.list('env_1', { status: 'active', limit: 1 }),
    )

    expect(value).toEqual({ data: [{ id: 'key_1' }], nextCursor: 'next' })
    expect(requests.map(({ path }) => path)).toEqual(['/v1/environments/env_1/keys?status=active&limit=1'])
  })

  it('is every record when it is iterated over, with its filters on each page', async () => {
    await withStub([page([1, 2], 'b'), page([], 'c'), page([3])], async (stub) => {
      const seen: unknown[] = []
      for await (const key of to(stub).keys.list('env_1', { ownerId: 'a&b' })) seen.push(key)

      expect(seen).toEqual([1, 2, 3])
      expect(stub.requests.map(({ path }) => path.split('?')[1])).toEqual([
        'ownerId=a%26b',
        'ownerId=a%26b&cursor=b',
        'ownerId=a%26b&cursor=c',
      ])
    })
  })

  it('asks nothing before it is wanted', async () => {
    const fetch = vi.fn()
    const { keys } = createKeyward({ url: 'https://keys.example.com', managementKey: MANAGEMENT_KEY, fetch })

    keys.list('env_1')
    await setImmediate()

    expect(fetch).not.toHaveBeenCalled()
  })

  it('asks for no page that is not reached', async () => {
    await withStub(page([1], 'b'), async (stub) => {
      for await (const _ of to(stub).keys.list('env_1')) break

      expect(stub.requests).toHaveLength(1)
    })
  })

  it.each<[string, Handlers, number]>([
    ['a cursor that comes again', page([1], 'same'), 2],
    ['something else than a page', json({ data: 'none', nextCursor: null }), 1],
    ['a page without its end', json({ data: [] }), 1],
  ])('ends with an error at %s', async (_, handler, times) => {
    await withStub(handler, async (stub) => {
      const iterate = async () => {
        for await (const _ of to(stub).keys.list('env_1'));
      }

      await expect(iterate()).rejects.toMatchObject({ code: 'unexpected_answer' })
      expect(stub.requests).toHaveLength(times)
    })
  })

  it('rejects where the first page cannot be had', async () => {
    const { error } = await calling(problem(403, 'forbidden'), ({ keys }) => keys.list('env_1'))

    expect(error).toMatchObject({ code: 'forbidden', status: 403 })
  })
})

describe('a condition', () => {
  const tagged = (body: object) => json(body, 200, { ETag: '"v1"' })

  it.each([
    ['the record itself', { id: 'key_1' }, (answer: { id: string }) => answer],
    ['a record beside a token', { key: { id: 'key_1' }, token: 't' }, (answer: { key: object }) => answer.key],
  ])('is made of %s, and sent with a change', async (_, body, recordOf) => {
    await withStub(tagged(body), async (stub) => {
      const { keys } = to(stub)
      const record = recordOf(Object(await keys.get('key_1')))
      await keys.update('key_1', NAMED, { ifMatch: etagOf(record) })

      expect(stub.requests[1]?.headers['if-match']).toBe('"v1"')
      expect(JSON.stringify(record)).not.toContain('v1')
    })
  })

  it('is never left out by mistake', async () => {
    const { projects } = createKeyward({ url: 'https://keys.example.com', managementKey: MANAGEMENT_KEY })
    const change = (options: object) => projects.update('proj_1', NAMED, options)

    expect(() => etagOf({ id: 'proj_1' })).toThrow(/ETag/)
    await expect(change({ ifMatch: undefined })).rejects.toThrow(/ifMatch/)
    await expect(change({ ifmatch: '"v1"' })).rejects.toThrow(/ifmatch/)
  })
})

describe('what is not sent', () => {
  const fetch = vi.fn()
  const { keys, rerankControls, projects, environments } = createKeyward({
    url: 'https://keys.example.com',
    managementKey: MANAGEMENT_KEY,
    fetch,
  })
  // What a caller without types may pass.
  const any = <T>(value: unknown) => value as T

  it.each<[string, () => PromiseLike<unknown>, RegExp]>([
    ['a token for an id', () => keys.get(REAL_TOKEN), /must not be a token/],
    ['a token in a filter', () => keys.list('env_1', { search: REAL_TOKEN }), /search must not be a token/],
    [
      'an access token in a filter',
      () => keys.list('env_1', { search: 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl' }),
      /token/,
    ],
    ['an id that is none', () => keys.get(any(undefined)), /keyId must be an id/],
    ['an empty id', () => keys.get(''), /keyId/],
    ['an id that is another path', () => keys.get('..'), /keyId/],
    ['a context that is another path', () => rerankControls.get('env_1', '.'), /contextId/],
    [
      'an expiry left unset',
      () => keys.create('env_1', any({ name: 'a', scopes: [], expiresAt: undefined })),
      /expiresAt/,
    ],
    ['a filter left unset', () => keys.list('env_1', any({ ownerId: undefined })), /ownerId/],
    ['a confirmation left unset', () => environments.delete('env_1', any({})), /confirm/],
    ['no body', () => projects.create(any(undefined)), /body/],
    ['a short Idempotency-Key', () => projects.create(NAMED, { idempotencyKey: '1' }), /16 to 255/],
    [
      'an Idempotency-Key of two lines',
      () => projects.create(NAMED, { idempotencyKey: `${'a'.repeat(20)}\n` }),
      /ASCII/,
    ],
    [
      'an Idempotency-Key where none is taken',
      () => keys.update('key_1', NAMED, any({ idempotencyKey: 'a'.repeat(20) })),
      /idempotencyKey/,
    ],
  ])('is %s', async (_, call, message) => {
    const error = await Promise.resolve(call()).catch((thrown) => thrown)

    expect(error).toMatchObject({ name: 'KeywardConfigError', message: expect.stringMatching(message) })
    expect(String(error)).not.toContain(REAL_TOKEN)
    expect(fetch).not.toHaveBeenCalled()
  })

  it('is a slash inside an id as a slash', async () => {
    const { requests } = await calling(json({}), (keyward) => keyward.rerankControls.get('env_1', 'a/../b?c'))

    expect(requests[0]?.path).toBe('/v1/environments/env_1/rerank-controls/a%2F..%2Fb%3Fc')
  })
})

describe('createKeyward', () => {
  it.each<[string, object, RegExp]>([
    ['no URL', {}, /url/],
    ['plain http', { url: 'http://keys.example.com' }, /https/],
    ['a URL with a user', { url: 'https://a:secret@keys.example.com' }, /user/],
    ['no key', { url: 'https://keys.example.com' }, /managementKey/],
    ['no time', { url: 'https://keys.example.com', managementKey: MANAGEMENT_KEY, timeoutMs: 0 }, /timeoutMs/],
    ['an option that does not exist', { url: 'https://keys.example.com', key: 'secret' }, /"key"/],
  ])('refuses %s, and says what is wrong without its value', (_, options, message) => {
    const make = () => createKeyward(options as KeywardOptions)

    expect(make).toThrow(message)
    expect(make).not.toThrow(/secret/)
  })

  it('verifies as createKeyVerifier does: an answer that is no verdict is none', async () => {
    const yes = await calling(json(aYes()), ({ keys }) => keys.verify({ token: TOKEN }))
    const none = await calling(json({ valid: true }), ({ keys }) => keys.verify({ token: TOKEN }))

    expect(yes.value).toEqual(aYes())
    expect(none.value).toMatchObject({ valid: false, code: 'unavailable' })
  })

  it('has the types of the document', () => {
    const use = async ({ keys, environments, projects }: Keyward) => {
      expectTypeOf(await keys.list('env_1')).toEqualTypeOf<Page<ApiKey>>()
      expectTypeOf((await keys.create('env_1', { name: 'a', scopes: [] })).token).toBeString()
      expectTypeOf(await environments.get('env_1')).toEqualTypeOf<components['schemas']['Environment']>()
      expectTypeOf(await projects.delete('proj_1')).toBeUndefined()
      for await (const key of keys.list('env_1')) expectTypeOf(key).toEqualTypeOf<ApiKey>()
      // @ts-expect-error: a key has a name
      await keys.create('env_1', { scopes: [] })
      // @ts-expect-error: there is no such filter
      await keys.list('env_1', { owner: 'a' })
    }
    expect(use).toBeTypeOf('function')
  })
})
