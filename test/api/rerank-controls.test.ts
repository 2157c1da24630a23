import { beforeAll, describe, expect, it } from 'vitest'
import {
  aManagementKey,
  call,
  expectFaults,
  expectProblem,
  SECRET_MATERIAL,
  TIMESTAMP,
  walkToKey,
} from '../support/client.ts'

const BALANCED = { surface: 'search', rerank_mode: 'balanced', rerank_depth: 50 }
const ONE_PRESET = { global_default: BALANCED, surface_presets: { results: { rerank_mode: 'off', rerank_depth: 0 } } }

let environmentId: string
beforeAll(async () => {
  environmentId = (await walkToKey()).environment.id
})

const pathOf = (contextId: string, environment = environmentId) =>
  `/v1/environments/${environment}/rerank-controls/${contextId}`
const put = (contextId: string, body: unknown) => call('PUT', pathOf(contextId), { body })
const read = (contextId: string) => call('GET', pathOf(contextId))

describe('rerank controls', () => {
  it.each<[string, object]>([
    ['without presets', { global_default: BALANCED }],
    ['with no preset among the presets', { global_default: BALANCED, surface_presets: {} }],
    ['with one preset', ONE_PRESET],
    [
      'with all presets',
      {
        global_default: { surface: 'recommendations', rerank_mode: 'off', rerank_depth: 0 },
        surface_presets: {
          search: { rerank_mode: 'balanced', rerank_depth: 0 },
          results: { rerank_mode: 'aggressive', rerank_depth: 1000 },
          recommendations: { rerank_mode: 'off', rerank_depth: 1 },
        },
      },
    ],
  ])('%s come back exactly as they were set', async (_, controls) => {
    const answer = await put('round-trip', controls)

    expect(answer.status).toBe(200)
    expect(answer.body).toStrictEqual(controls)
    expect((await read('round-trip')).body).toStrictEqual(controls)
  })

  it('are replaced whole: a preset that is left out is gone', async () => {
    await put('replaced', ONE_PRESET)

    await put('replaced', { global_default: BALANCED })

    expect((await read('replaced')).body).toStrictEqual({ global_default: BALANCED })
  })

  it('are told apart by the case of the context id', async () => {
    await put('Case', { global_default: BALANCED })

    expectProblem(await read('case'), 'not_found')
  })

  it('that were never set are not there', async () => {
    expectProblem(await read('never-set'), 'not_found')
  })

  it('of one environment are not those of another', async () => {
    const other = (await walkToKey()).environment.id
    await put('mine', ONE_PRESET)

    expectProblem(await call('GET', pathOf('mine', other)), 'not_found')
    expect((await call('GET', `/v1/environments/${other}/rerank-controls`)).body.data).toEqual([])
  })

  it.each(['env_1', 'env_00000000000000000000000000', 'proj_1', '%00', "'"])(
    'of the environment %s are not there, to read or to set',
    async (environment) => {
      expectProblem(await call('GET', pathOf('home', environment)), 'not_found')
      expectProblem(await call('GET', `/v1/environments/${environment}/rerank-controls`), 'not_found')
      const body = { global_default: BALANCED }
      expectProblem(await call('PUT', pathOf('home', environment), { body }), 'not_found')
    },
  )

  it.each(['a', '0', 'Shop.Home_page:v2-b', 'x'.repeat(128), '__proto__x'.slice(2)])(
    'are set under the context id %s',
    async (contextId) => {
      expect((await put(contextId, ONE_PRESET)).status).toBe(200)
      expect((await read(contextId)).body).toStrictEqual(ONE_PRESET)
    },
  )

  it.each(['-a', '_a', '.a', 'a%20b', 'a%2Fb', 'a%0A', '%00', '%C3%A9', 'a%25', 'x'.repeat(129), '*', "a'b"])(
    'are refused the context id %s by name',
    async (contextId) => {
      expectFaults(await put(contextId, ONE_PRESET), ['contextId'])
      expectFaults(await read(contextId), ['contextId'])
    },
  )
})

describe('a body of rerank controls', () => {
  const preset = (given: object) => ({ rerank_mode: 'balanced', rerank_depth: 1, ...given })

  it.each<[string, unknown, string[]]>([
    ['nothing', {}, ['global_default']],
    ['a default of null', { global_default: null }, ['global_default']],
    [
      'an empty default',
      { global_default: {} },
      ['global_default.surface', 'global_default.rerank_mode', 'global_default.rerank_depth'],
    ],
    ['an unknown surface', { global_default: { ...BALANCED, surface: 'basket' } }, ['global_default.surface']],
    ['a mode in capitals', { global_default: { ...BALANCED, rerank_mode: 'OFF' } }, ['global_default.rerank_mode']],
    ['a depth below zero', { global_default: { ...BALANCED, rerank_depth: -1 } }, ['global_default.rerank_depth']],
    ['a depth above 1000', { global_default: { ...BALANCED, rerank_depth: 1001 } }, ['global_default.rerank_depth']],
    ['half a depth', { global_default: { ...BALANCED, rerank_depth: 0.5 } }, ['global_default.rerank_depth']],
    ['a depth as text', { global_default: { ...BALANCED, rerank_depth: '50' } }, ['global_default.rerank_depth']],
    ['a depth of 1e308', { global_default: { ...BALANCED, rerank_depth: 1e308 } }, ['global_default.rerank_depth']],
    ['camelCase', { globalDefault: BALANCED }, ['global_default', 'globalDefault']],
    ['more in the default', { global_default: { ...BALANCED, boost: 1 } }, ['global_default.boost']],
    ['presets of null', { global_default: BALANCED, surface_presets: null }, ['surface_presets']],
    ['presets in a list', { global_default: BALANCED, surface_presets: [] }, ['surface_presets']],
    ['a preset of null', { global_default: BALANCED, surface_presets: { search: null } }, ['surface_presets.search']],
    [
      'a preset for an unknown surface',
      { global_default: BALANCED, surface_presets: { basket: preset({}) } },
      ['surface_presets.basket'],
    ],
    [
      'a preset without a depth',
      { global_default: BALANCED, surface_presets: { results: { rerank_mode: 'off' } } },
      ['surface_presets.results.rerank_depth'],
    ],
    [
      'a preset with a surface',
      { global_default: BALANCED, surface_presets: { results: preset({ surface: 'results' }) } },
      ['surface_presets.results.surface'],
    ],
    [
      'faults in several places',
      {
        global_default: { ...BALANCED, rerank_depth: 1001 },
        surface_presets: { search: preset({ rerank_mode: 1 }) },
        x: 1,
      },
      ['global_default.rerank_depth', 'surface_presets.search.rerank_mode', 'x'],
    ],
  ])('is refused with %s, by field, and changes nothing', async (_, body, paths) => {
    await put('refused', ONE_PRESET)

    expectFaults(await put('refused', body), paths)
    expect((await read('refused')).body).toStrictEqual(ONE_PRESET)
  })
})

describe('who may set rerank controls', () => {
  it('is a member, and reads them', async () => {
    const { token } = await aManagementKey({ role: 'member' })

    expect((await call('PUT', pathOf('by-member'), { token, body: ONE_PRESET })).status).toBe(200)
    expect((await call('GET', pathOf('by-member'), { token })).body).toEqual(ONE_PRESET)
  })

  it('is not a verifier, not even of that environment, whether they are there or not', async () => {
    await put('kept', ONE_PRESET)
    const { token } = await aManagementKey({ role: 'verifier', environmentId })

    expectProblem(await call('PUT', pathOf('kept'), { token, body: { global_default: BALANCED } }), 'forbidden')
    expectProblem(await call('GET', pathOf('kept'), { token }), 'forbidden')
    expectProblem(await call('GET', pathOf('never-set'), { token }), 'forbidden')
    expect((await read('kept')).body).toEqual(ONE_PRESET)
  })

  it('is nobody with an API key of the environment', async () => {
    const { environment, token } = await walkToKey()

    expectProblem(await call('PUT', pathOf('x', environment.id), { token, body: ONE_PRESET }), 'unauthenticated')
  })
})

describe('the list of rerank controls', () => {
  const CONTEXTS = ['B', 'Z.1', 'a', 'a-b', 'a:b', 'b', 'z']

  async function aFilledEnvironment() {
    const { environment } = await walkToKey()
    for (const contextId of [...CONTEXTS].reverse()) {
      await call('PUT', pathOf(contextId, environment.id), { body: ONE_PRESET })
    }
    return (query = '') => call('GET', `/v1/environments/${environment.id}/rerank-controls${query}`)
  }

  it('gives each context with its controls and when they were set', async () => {
    const list = await aFilledEnvironment()

    const { status, body } = await list('?limit=1')

    expect(status).toBe(200)
    expect(body.data).toEqual([{ contextId: 'B', ...ONE_PRESET, updatedAt: expect.stringMatching(TIMESTAMP) }])
    expect(JSON.stringify(body)).not.toMatch(SECRET_MATERIAL)
  })

  it.each([1, 2, 3, 6, 7, 100])('gives every context once, in order, in pages of %i', async (limit) => {
    const list = await aFilledEnvironment()

    const found: string[] = []
    let cursor: string | null = ''
    // A cursor that goes round must fail, not hang.
    while (cursor !== null && found.length <= CONTEXTS.length) {
      const { body } = await list(`?limit=${limit}${cursor && `&cursor=${cursor}`}`)
      expect(body.data.length).toBeLessThanOrEqual(limit)
      found.push(...body.data.map(({ contextId }: { contextId: string }) => contextId))
      cursor = body.nextCursor
    }

    expect(found).toEqual(CONTEXTS)
  })

  it('refuses what is no cursor of this list, also the cursor of a list of ids', async () => {
    const list = await aFilledEnvironment()
    const projects = (await call('GET', '/v1/projects?limit=1')).body.nextCursor
    const events = (await call('GET', '/v1/audit-events?limit=1')).body.nextCursor

    for (const cursor of ['', 'next', '%00', btoa('context a b').replaceAll('=', ''), projects, events]) {
      expectFaults(await list(`?cursor=${cursor}`), ['cursor'])
    }
  })
})
