import { beforeAll, describe, expect, it } from 'vitest'
import { type Answer, call, expectFaults, verdictOn, walkToKey } from '../support/client.ts'

let projectId: string
let environmentId: string
let keyId: string
beforeAll(async () => {
  const { project, environment, key } = await walkToKey()
  projectId = project.id
  environmentId = environment.id
  keyId = key.id
})

const KEY = { name: 'billing', scopes: ['read'] }
const createKey = (input: object) =>
  call('POST', `/v1/environments/${environmentId}/keys`, { body: { ...KEY, ...input } })
/** With text that JSON.stringify would not write, such as an escape of half a pair. */
const createKeyRaw = (field: string, json: string) =>
  call('POST', `/v1/environments/${environmentId}/keys`, {
    body: `${JSON.stringify(KEY).slice(0, -1)},"${field}":${json}}`,
  })

const GOOD_TEXTS = [
  ['one character', 'x'],
  ['100 characters', 'a'.repeat(100)],
  ['100 emoji', '😀'.repeat(100)],
  ['right-to-left marks', '\u202eabc\u200f עברית'],
  ['a combining mark', 'e\u0301'],
  ['markup', '<script>alert(1)</script>'],
  ['SQL', "'; DROP TABLE api_keys; --"],
  ['spaces around', ' padded '],
  ['a joined emoji', '👩‍💻'],
  ['a digit', '7'],
  ['punctuation', '…'],
  ['a soft hyphen inside', 'bil\u00adling'],
  ['decomposed', 'Mu\u0308ller'],
] as const

const BAD_TEXTS: [string, string][] = [
  ['nothing', '""'],
  ['only spaces', '"   "'],
  ['only unusual spaces', '"\\u00a0\\u3000\\u2028"'],
  ['a zero-width space', '"\\u200b"'],
  ['joiners', '"\\u200d\\u2060"'],
  ['a Hangul filler', '"\\u3164"'],
  ['Hangul jamo fillers', '"\\u115f\\u1160"'],
  ['a half-width Hangul filler', '"\\uffa0"'],
  ['an empty Braille cell', '"\\u2800"'],
  ['a null note head', '"\\ud834\\udd59"'],
  ['tag characters', '"\\udb40\\udc41\\udb40\\udc42"'],
  ['a variation selector', '"\\ufe0f"'],
  ['a combining mark on nothing', '"\\u0301"'],
  ['Khmer inherent vowels', '"\\u17b4\\u17b5"'],
  ['a byte order mark', '"\\ufeff"'],
  ['direction marks', '"\\u200e\\u202e\\u2066"'],
  ['a line separator', '"a\\u2028b"'],
  ['a paragraph separator', '"a\\u2029b"'],
  ['a NUL', '"a\\u0000b"'],
  ['a newline', '"a\\nb"'],
  ['a tab', '"a\\tb"'],
  ['an escape', '"a\\u001bb"'],
  ['a C1 control', '"a\\u0085b"'],
  ['half a surrogate pair', '"\\ud800"'],
  ['the halves of a pair in the wrong order', '"\\udc00\\ud800"'],
  ['a number', '1'],
  ['null', 'null'],
  ['an array', '["x"]'],
  ['an object', '{"x":1}'],
]

describe('a name', () => {
  const PLACES = [
    ['a project', (body: string) => call('POST', '/v1/projects', { body })],
    ['a project that is renamed', (body: string) => call('PATCH', `/v1/projects/${projectId}`, { body })],
    ['an environment that is renamed', (body: string) => call('PATCH', `/v1/environments/${environmentId}`, { body })],
    ['a key that is renamed', (body: string) => call('PATCH', `/v1/keys/${keyId}`, { body })],
  ] as const

  describe.each(PLACES)('of %s', (_, send) => {
    it.each(GOOD_TEXTS)('may be %s and is kept as it came', async (_, name) => {
      const { body } = await send(JSON.stringify({ name }))

      expect((body.key ?? body).name).toBe(name)
    })

    it.each([...BAD_TEXTS, ['101 characters', JSON.stringify('a'.repeat(101))]])('must not be %s', async (_, json) => {
      expectFaults(await send(`{"name":${json}}`), ['name'])
    })
  })

  it.each([
    ['a key', () => createKeyRaw('name', '""')],
    [
      'an environment',
      () => call('POST', `/v1/projects/${projectId}/environments`, { body: { name: '', tag: 'staging' } }),
    ],
    ['a management key', () => call('POST', '/v1/management-keys', { body: { name: '', role: 'admin' } })],
  ])('of %s must not be empty', async (_, send) => {
    expectFaults(await send(), ['name'])
  })
})

describe('ownerId', () => {
  it.each([
    ['200 characters', 'a'.repeat(200)],
    ['200 emoji', '😀'.repeat(200)],
    ['an address', 'ada@example.com'],
    ['null', null],
  ])('may be %s', async (_, ownerId) => {
    expect((await createKey({ ownerId })).body.key.ownerId).toBe(ownerId)
  })

  it.each([...BAD_TEXTS.filter(([what]) => what !== 'null'), ['201 characters', JSON.stringify('a'.repeat(201))]])(
    'must not be %s',
    async (_, json) => {
      expectFaults(await createKeyRaw('ownerId', json), ['ownerId'])
    },
  )
})

describe('every other text for people', () => {
  const PLACES: [string, string, (json: string) => Promise<Answer>][] = [
    [
      'a note on a revocation',
      'note',
      (json) => call('POST', `/v1/keys/${keyId}/revoke`, { body: `{"note":${json}}` }),
    ],
    [
      'a note on a revocation of all keys',
      'note',
      (json) =>
        call('POST', `/v1/environments/${environmentId}/revoke-keys`, {
          body: `{"reason":"compromised","issuedBefore":"2020-01-01T00:00:00Z","note":${json}}`,
        }),
    ],
    [
      'the description of a scope',
      'scopes.0.description',
      (json) =>
        call('PATCH', `/v1/environments/${environmentId}`, {
          body: `{"scopes":[{"name":"read","description":${json}},{"name":"write"}]}`,
        }),
    ],
    [
      'the name of a management key',
      'name',
      (json) => call('POST', '/v1/management-keys', { body: `{"role":"verifier","name":${json}}` }),
    ],
  ]

  it.each(PLACES)('%s follows the same rules', async (_, path, send) => {
    for (const [, json] of BAD_TEXTS.filter(([what]) => what !== 'null')) expectFaults(await send(json), [path])
  })
})

describe('metadata', () => {
  const bytes = (count: number) => ({ a: 'x'.repeat(count - '{"a":""}'.length) })
  const nested = (levels: number): object => (levels === 1 ? {} : { a: nested(levels - 1) })

  it.each([
    ['an empty object', {}],
    ['4096 bytes of JSON', bytes(4096)],
    ['32 levels', nested(32)],
    ['any JSON value inside', { a: [null, true, 1.5, 'x', { b: [] }], '': 0, ключ: '😀', constructor: 1 }],
  ])('may be %s and comes back as it went', async (_, metadata) => {
    const { body } = await createKey({ metadata })

    expect(body.key.metadata).toEqual(metadata)
    expect(await verdictOn(body.token)).toMatchObject({ metadata })
  })

  it.each([
    ['4097 bytes of JSON', JSON.stringify(bytes(4097))],
    ['4096 characters of more bytes', JSON.stringify({ a: 'é'.repeat(2050) })],
    ['33 levels', JSON.stringify(nested(33))],
    ['10,000 levels', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['an array', '[]'],
    ['null', 'null'],
    ['text', '"x"'],
    ['a number', '1'],
    ['half a surrogate pair in a value', '{"a":"\\ud800"}'],
    ['half a surrogate pair in a name', '{"\\udfff":1}'],
  ])('must not be %s', async (_, json) => {
    expectFaults(await createKeyRaw('metadata', json), ['metadata'])
  })

  it('keeps a member called __proto__ as data', async () => {
    const { body } = await createKeyRaw('metadata', '{"__proto__":{"admin":true}}')

    expect(JSON.stringify(body.key.metadata)).toBe('{"__proto__":{"admin":true}}')
    expect(body.key.metadata.admin).toBeUndefined()
  })
})

describe('expiresAt', () => {
  it.each([
    ['2999-01-31T12:00:00Z', '2999-01-31T12:00:00.000Z'],
    ['2999-01-31T12:00:00.5Z', '2999-01-31T12:00:00.500Z'],
    ['2999-01-31T12:00:00.123456789Z', '2999-01-31T12:00:00.123Z'],
    ['2999-01-31T12:00:00+02:00', '2999-01-31T10:00:00.000Z'],
    ['2999-01-31T23:30:00-01:00', '2999-02-01T00:30:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    ['2999-01-31t12:00:00z', '2999-01-31T12:00:00.000Z'],
    ['2999-01-31T12:00:00-00:00', '2999-01-31T12:00:00.000Z'],
    ['2996-02-29T12:00:00Z', '2996-02-29T12:00:00.000Z'],
    [null, null],
  ])('%s is read as %s', async (expiresAt, read) => {
    expect((await createKey({ expiresAt })).body.key.expiresAt).toBe(read)
  })

  it.each([
    '2999-01-31',
    '2999-01-31T12:00:00',
    '2999-01-31T12:00Z',
    '2999-01-31 12:00:00Z',
    '2999-02-30T12:00:00Z',
    '2999-02-29T12:00:00Z',
    '2999-06-30T23:59:60Z',
    '2999-01-31T12:00:00+24:00',
    '2999-13-01T12:00:00Z',
    '2999-01-31T24:00:00Z',
    '2999-01-31T12:00:00+0200',
    '+012999-01-31T12:00:00Z',
    '9999-12-31T23:59:59-23:59',
    'tomorrow',
    '',
    ' 2999-01-31T12:00:00Z',
    32_500_000_000_000,
    true,
    ['2999-01-31T12:00:00Z'],
  ])('must not be %j', async (expiresAt) => {
    expectFaults(await createKey({ expiresAt }), ['expiresAt'])
  })

  it('must lie ahead when the key is made', async () => {
    expectFaults(await createKey({ expiresAt: new Date().toISOString() }), ['expiresAt'])
    expectFaults(await createKey({ expiresAt: '1969-12-31T23:59:59Z' }), ['expiresAt'])
  })
})

describe('the tag of an environment', () => {
  const create = (tag: unknown) =>
    call('POST', `/v1/projects/${projectId}/environments`, { body: { name: 'Some', tag } })

  it.each(['development', 'staging', 'production', 'eu-1', 'A.b_c', '1', 'a'.repeat(32)])('may be %s', async (tag) => {
    expect((await create(tag)).body.tag).toBe(tag)
  })

  it.each(['', ' ', 'a b', '-a', 'é', 'a\n', 'a'.repeat(33), 1, null, ['a']])('must not be %j', async (tag) => {
    expectFaults(await create(tag), ['tag'])
  })
})

describe('the name of a scope', () => {
  const create = (name: unknown) =>
    call('POST', `/v1/projects/${projectId}/environments`, { body: { name: 'Some', tag: 'x', scopes: [{ name }] } })

  it.each(['read', 'a', 'users:read', 'a.b_c/d-9', 'a'.repeat(64)])('may be %s', async (name) => {
    expect((await create(name)).body.scopes).toEqual([{ name, description: null, required: false }])
  })

  it.each(['', 'Read', '1read', ':read', 'a b', 'read\n', 'é', 'a*', 'a'.repeat(65), 1, null])(
    'must not be %j',
    async (name) => {
      expectFaults(await create(name), ['scopes.0.name'])
      expectFaults(await createKey({ scopes: ['read', name] }), ['scopes.1'])
    },
  )
})

describe('several faults', () => {
  it('of a new key are all named in one answer', async () => {
    const answer = await createKey({
      name: '',
      scopes: ['Read', 3],
      expiresAt: 'soon',
      ownerId: 7,
      metadata: [],
      enabled: 'yes',
      colour: 'red',
    })

    expectFaults(answer, ['name', 'scopes.0', 'scopes.1', 'expiresAt', 'ownerId', 'metadata', 'enabled', 'colour'])
  })

  it('of a new environment are all named in one answer', async () => {
    const scopes = [{ name: 'read' }, { name: 'read' }, { name: 'ok', required: 1, extra: true }]
    const answer = await call('POST', `/v1/projects/${projectId}/environments`, { body: { tag: '?', scopes, size: 1 } })

    expectFaults(answer, ['name', 'tag', 'scopes.2.required', 'scopes.2.extra', 'size'])
  })

  it('of a list are all named in one answer', async () => {
    const answer = await call('GET', '/v1/audit-events?limit=0&from=x&to=y&action=z&colour=red')

    expectFaults(answer, ['limit', 'from', 'to', 'action', 'colour'])
  })

  it('of a verification are all named in one answer', async () => {
    const answer = await call('POST', '/v1/keys/verify', {
      body: { token: 1, scopes: ['OK'], environmentId: 2, maxStalenessMs: 60_001, colour: 'red' },
    })

    expectFaults(answer, ['token', 'scopes.0', 'environmentId', 'maxStalenessMs', 'colour'])
  })
})
