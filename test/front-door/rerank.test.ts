// Rerank controls on the way through the front door: what the operator set reaches the upstream, and never what a client did.
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RerankControls, RerankPolicy } from '../../src/core/rerank.ts'
import type { Deps } from '../../src/service/deps.ts'
import { setRerankControls } from '../../src/service/rerank-controls.ts'
import { failingD1, untouchable } from '../support/broken-bindings.ts'
import { aCaller, anotherIsolate, NOON, testDeps } from '../support/factory.ts'
import { aDoor, askDoor, type Door } from '../support/upstream.ts'

const CONTROLS = {
  global_default: { surface: 'search', rerank_mode: 'balanced', rerank_depth: 50 },
  surface_presets: { recommendations: { rerank_mode: 'aggressive', rerank_depth: 80 } },
} as const

let door: Door
beforeAll(async () => {
  door = await aDoor({ routes: [{ path: '/api/ranked', rerank: true }, { path: '/api/plain' }] })
  await setHome(door, CONTROLS)
})
beforeEach(() => {
  door.upstream.seen.length = 0
  vi.spyOn(console, 'warn').mockReturnValue()
})

const setHome = ({ deps, environment }: Pick<Door, 'deps' | 'environment'>, controls: RerankControls) =>
  setRerankControls(deps, aCaller(), { environmentId: environment.id, contextId: 'home' }, controls)

const under = (policy: Partial<RerankPolicy>, deps: Deps = door.deps): Deps => ({
  ...deps,
  config: { ...deps.config, rerank: { ...deps.config.rerank, ...policy } },
})

/** The query the upstream gets for this one. */
async function passedQuery(query: string, deps: Deps = door.deps): Promise<string> {
  const { status } = await askDoor(deps, `/api/ranked${query}`, { token: door.token })
  expect(status).toBe(200)
  return new URL(door.passed().url).search
}

describe('a request to a route with rerank', () => {
  it.each([
    ['?context_id=home', '?context_id=home&rerank_mode=balanced&rerank_depth=50'],
    ['?context_id=home&surface=search', '?context_id=home&surface=search&rerank_mode=balanced&rerank_depth=50'],
    [
      '?context_id=home&surface=recommendations',
      '?context_id=home&surface=recommendations&rerank_mode=aggressive&rerank_depth=80',
    ],
    ['?context_id=%68ome', '?context_id=%68ome&rerank_mode=balanced&rerank_depth=50'],
    ['?q=a%20b+c&context_id=home&x', '?q=a%20b+c&context_id=home&x&rerank_mode=balanced&rerank_depth=50'],
    ['?context_id=other', '?context_id=other&rerank_mode=off&rerank_depth=0'],
    ['?context_id=HOME', '?context_id=HOME&rerank_mode=off&rerank_depth=0'],
    ['', '?rerank_mode=off&rerank_depth=0'],
  ])('with the query %j reaches the upstream with %j', async (query, expected) => {
    expect(await passedQuery(query)).toBe(expected)
  })

  it.each([
    'rerank_mode=aggressive',
    'rerank_depth=1000',
    'rerank_mode=aggressive&rerank_depth=1000',
    'rerank_mode=a&rerank_mode=b',
    'Rerank_Mode=aggressive',
    'RERANK_DEPTH=1000',
    'rerank-mode=aggressive',
    'rerankMode=aggressive',
    'rerankDepth=1000',
    'rerank%5Fmode=aggressive',
    '%72erank_mode=aggressive',
    'rerank_mode[]=aggressive',
    'rerank_mode%5B%5D=aggressive',
    'rerank_depth[0]=1000',
    'rerank[mode]=aggressive',
    'rerank.depth=1000',
    'rerank%20mode=aggressive',
    'rerank+depth=1000',
    '%20rerank_mode=aggressive',
    '+rerank_depth=1000',
    'rerank_mode%00=aggressive',
    'rerank_mode%20=aggressive',
    'rerank_depth',
    'rerank_depth=',
    '?rerank_mode=aggressive',
    'q=1;rerank_mode=aggressive',
    'q=1;rerank_depth=1000',
    ';rerank_depth=1000',
    'q;Rerank_Mode=aggressive;x=1',
    'rerank_mode;=aggressive',
  ])('cannot set the mode or depth by %s', async (sent) => {
    const query = await passedQuery(`?${sent}&context_id=home`)

    const left = query
      .slice(1)
      .split(/[&;]/)
      .map((pair) => decodeURIComponent(pair.replaceAll('+', ' ')))
    expect(left.filter((pair) => /rerank/i.test(pair))).toEqual(['rerank_mode=balanced', 'rerank_depth=50'])
  })

  it.each(['rerank_model=x', 'my_rerank_mode=x', 'rerank=1', 'depth=3'])(
    'keeps %s, which is something else',
    async (sent) => {
      expect(await passedQuery(`?${sent}`)).toBe(`?${sent}&rerank_mode=off&rerank_depth=0`)
    },
  )

  it.each<[string, string]>([
    ['context_id', '?context_id=home&context_id=other'],
    ['context_id', '?context_id=home&context_id=home'],
    ['context_id', '?context_id=home&%63ontext_id=other'],
    ['surface', '?context_id=home&surface=search&surface=results'],
    ['context_id', '?context_id='],
    ['context_id', '?context_id=../x'],
    ['context_id', '?context_id=a%00'],
    ['context_id', `?context_id=${'a'.repeat(129)}`],
    ['context_id', '?context_id=home;context_id=other'],
  ])('names %s when it cannot be read in one way: %s', async (path, query) => {
    const answer = await door.ask(`/api/ranked${query}`)

    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ path }] } })
    expect(door.upstream.seen).toEqual([])
  })

  it('has the key taken out of its query as well', async () => {
    expect(await passedQuery(`?api_key=${door.token}&context_id=home`)).toBe(
      '?context_id=home&rerank_mode=balanced&rerank_depth=50',
    )
  })

  it('is answered from the controls of its own environment', async () => {
    const other = await aDoor({ routes: [{ rerank: true }] })

    await other.ask('/api/x?context_id=home')

    expect(new URL(other.passed().url).search).toBe('?context_id=home&rerank_mode=off&rerank_depth=0')
  })
})

describe('the operator’s policy', () => {
  it.each<[string, Partial<RerankPolicy>, string]>([
    ['the kill switch', { killSwitch: true }, 'rerank_mode=off&rerank_depth=0'],
    ['the stage off', { stage: 'off' }, 'rerank_mode=off&rerank_depth=0'],
    ['the stage internal', { stage: 'internal' }, 'rerank_mode=off&rerank_depth=0'],
    ['the stage canary at 0 %', { stage: 'canary', canaryPercent: 0 }, 'rerank_mode=off&rerank_depth=0'],
    ['the stage canary at 100 %', { stage: 'canary', canaryPercent: 100 }, 'rerank_mode=balanced&rerank_depth=50'],
    ['a cap', { maxDepth: 7 }, 'rerank_mode=balanced&rerank_depth=7'],
  ])('is followed: %s', async (_, policy, expected) => {
    expect(await passedQuery('?context_id=home', under(policy))).toBe(`?context_id=home&${expected}`)
  })

  it('is followed for the environments that are in early', async () => {
    const policy = { stage: 'internal', internalEnvironmentIds: [door.environment.id] } as const

    expect(await passedQuery('?context_id=home', under(policy))).toContain('rerank_mode=balanced')
  })
})

describe('a route without rerank', () => {
  it.each([
    '?context_id=home',
    '?rerank_mode=aggressive&rerank_depth=1000',
    '?context_id=a&context_id=b',
    '?a=1&&b=%2f%2F+%20;c&=&d=',
    '?%ff=%zz&%',
  ])('leaves the query as it came, byte for byte: %s', async (query) => {
    await door.ask(`/api/plain${query}`)

    expect(new URL(door.passed().url).search).toBe(query)
  })
})

describe('edited controls', () => {
  const edited = { global_default: { surface: 'search', rerank_mode: 'off', rerank_depth: 1 } } as const

  it('are in force at once where they were edited, and everywhere within the bound', async () => {
    const { deps, environment, token, upstream, ask } = await aDoor({ routes: [{ rerank: true }] })
    await setHome({ deps, environment }, CONTROLS)
    const there = anotherIsolate(deps)
    const askThere = () => askDoor(there, '/api/x?context_id=home', { token })
    await ask('/api/x?context_id=home')
    await askThere()

    await setHome({ deps, environment }, edited)
    await ask('/api/x?context_id=home')
    deps.setTime(NOON + 5001)
    await askThere()

    expect(upstream.seen.map(({ url }) => new URL(url).searchParams.get('rerank_depth'))).toEqual([
      '50',
      '50',
      '1',
      '1',
    ])
  })

  it('that are not there yet are found within the bound once they are', async () => {
    const { deps, environment, upstream, ask } = await aDoor({ routes: [{ rerank: true }] })
    await ask('/api/x?context_id=home')

    await setHome({ deps, environment }, CONTROLS)
    await ask('/api/x?context_id=home')

    expect(upstream.seen.map(({ url }) => new URL(url).searchParams.get('rerank_depth'))).toEqual(['0', '50'])
  })
})

describe('while D1 is down', () => {
  it('controls that are not remembered are unknown: 503, and no default is made up', async () => {
    await door.ask('/api/plain')
    const { db, nearest } = testDeps({ db: failingD1() })

    const answer = await askDoor({ ...door.deps, db, nearest }, '/api/ranked?context_id=cold', { token: door.token })

    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(answer.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)
  })

  it('controls that are remembered are applied with no I/O at all', async () => {
    await door.ask('/api/ranked?context_id=home')
    await door.deps.settled()
    const cutOff: Deps = { ...door.deps, db: untouchable(), nearest: () => untouchable(), revocations: untouchable() }

    const answer = await askDoor(cutOff, '/api/ranked?context_id=home', { token: door.token })

    expect(answer.status).toBe(200)
  })
})
