// The front door's decision on the real stores: what it takes from memory, what it has to ask, and for how long an old
// table may still be followed.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { DEFAULT_TIMEOUT_MS, type Route } from '../../src/core/route-table.ts'
import { type AccessNeed, decideRequest } from '../../src/service/decide-request.ts'
import { editEnvironment } from '../../src/service/environments.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { replaceRoutes } from '../../src/service/routes.ts'
import { openDatabase } from '../../src/store/database.ts'
import { failingD1, flakyLedger, laggingD1, staleD1 } from '../support/broken-bindings.ts'
import { aCaller, anotherIsolate, aStoredKey, NOON, type TestDeps, testDeps } from '../support/factory.ts'

const BOUND_MS = 5000
const SLACK_MS = 250

const aRoute = (scopes: string[]): Route => ({
  methods: ['GET'],
  path: '/api/books',
  scopes,
  upstream: null,
  rerank: false,
  webSocket: false,
  timeoutMs: DEFAULT_TIMEOUT_MS,
})

const READ_BOOKS: AccessNeed = { method: 'GET', path: ['api', 'books'] }

async function aGuardedKey(deps: TestDeps, scopes = ['read']) {
  const { token, key, environment } = await aStoredKey(deps)
  await replaceRoutes(deps, aCaller(), environment.id, [aRoute(scopes)])
  return { token, key, environment }
}

const ask = (
  deps: TestDeps,
  token: string,
  { need = READ_BOOKS, origin = null }: { need?: AccessNeed; origin?: string | null } = {},
) => decideRequest(deps, { token, kind: 'api_key', need, origin, environmentId: null })

/** The same isolate, whose stores cannot be asked any more. */
const cutOff = (deps: TestDeps): TestDeps => {
  const db = openDatabase(failingD1())
  return { ...deps, db, nearest: () => db, ledger: flakyLedger(deps.ledger, { down: true }) }
}

describe('admit', () => {
  it('lets a key through that holds what the route asks for', async () => {
    const deps = testDeps()
    const { token, key } = await aGuardedKey(deps)

    expect(await ask(deps, token)).toMatchObject({
      state: 'admitted',
      key: { keyId: key.id },
      route: { path: '/api/books' },
    })
  })

  it('finds no key of another environment than the one it is asked about', async () => {
    const deps = testDeps()
    const { token, environment } = await aGuardedKey(deps)
    const arrival = { token, kind: 'api_key', need: READ_BOOKS, origin: null } as const

    expect(await decideRequest(deps, { ...arrival, environmentId: environment.id })).toMatchObject({
      state: 'admitted',
    })
    expect(await decideRequest(deps, { ...arrival, environmentId: 'env_other' })).toEqual({ state: 'refused' })
  })

  it('asks nobody once key and routes are known', async () => {
    const deps = testDeps()
    const { token } = await aGuardedKey(deps)
    await ask(deps, token)

    expect(await ask(cutOff(deps), token)).toMatchObject({ state: 'admitted' })
  })

  it('does not know the answer while the routes cannot be read', async () => {
    const deps = testDeps()
    const { token } = await aGuardedKey(deps)

    expect(await ask(cutOff(deps), token)).toEqual({ state: 'unknown' })
  })

  it('names every scope the route asks for when one is missing', async () => {
    const deps = testDeps()
    const { token } = await aGuardedKey(deps, ['read', 'write'])

    expect(await ask(deps, token)).toEqual({ state: 'insufficient_scope', requiredScopes: ['read', 'write'] })
  })

  it('speaks of routes only to a good key', async () => {
    const deps = testDeps()
    const { token, key } = await aGuardedKey(deps)
    const nowhere: AccessNeed = { method: 'GET', path: ['api', 'nothing'] }

    expect(await ask(deps, token, { need: nowhere })).toEqual({ state: 'no_route' })
    await revokeKey(deps, aCaller(), key.id, {})
    expect(await ask(deps, token, { need: nowhere })).toEqual({ state: 'refused' })
  })

  it('decides on scopes alone when it is asked for scopes', async () => {
    const deps = testDeps()
    const { token } = await aGuardedKey(deps)

    expect(await ask(deps, token, { need: { scopes: ['read'] } })).toMatchObject({ state: 'admitted', route: null })
    expect(await ask(deps, token, { need: { scopes: ['write'] } })).toMatchObject({ state: 'insufficient_scope' })
  })

  it('lets in pages of the environment of the key, and of no other', async () => {
    const deps = testDeps()
    const { token, environment } = await aGuardedKey(deps)
    const other = await aGuardedKey(deps)
    await editEnvironment(deps, aCaller(), environment.id, { browserOrigins: ['https://app.example'] })

    expect(await ask(deps, token, { origin: 'https://app.example' })).toMatchObject({ state: 'admitted' })
    expect(await ask(deps, other.token, { origin: 'https://app.example' })).toEqual({ state: 'origin_refused' })
    expect(await ask(deps, token, { origin: 'https://evil.example' })).toEqual({ state: 'origin_refused' })
  })
})

const EDITS: [string, (deps: TestDeps, environmentId: string) => Promise<unknown>, object][] = [
  [
    'a new table',
    (deps, id) => replaceRoutes(deps, aCaller(), id, [aRoute(['read', 'write'])]),
    { state: 'insufficient_scope' },
  ],
  ['an emptied table', (deps, id) => replaceRoutes(deps, aCaller(), id, []), { state: 'no_route' }],
]

describe.each(EDITS)('%s', (_, edit, after) => {
  it('is followed at once where it was made', async () => {
    const deps = testDeps()
    const { token, environment } = await aGuardedKey(deps)
    await ask(deps, token)

    await edit(deps, environment.id)

    expect(await ask(deps, token)).toMatchObject(after)
  })

  it('is followed by an isolate that remembers the old one, from the bound on', async () => {
    const deps = testDeps()
    const { token, environment } = await aGuardedKey(deps)
    const elsewhere = anotherIsolate(deps)
    await ask(elsewhere, token)

    await edit(deps, environment.id)
    deps.setTime(NOON + BOUND_MS + SLACK_MS + 1)

    expect(await ask(elsewhere, token)).toMatchObject(after)
  })

  it('is followed by an isolate whose nearest copy of D1 never hears of it', async () => {
    const deps = testDeps()
    const { token, environment } = await aGuardedKey(deps)
    const behind = openDatabase(staleD1(env.DB))
    const elsewhere = { ...anotherIsolate(deps), nearest: () => behind }
    await ask(elsewhere, token)

    await edit(deps, environment.id)
    deps.setTime(NOON + BOUND_MS + SLACK_MS + 1)

    expect(await ask(elsewhere, token)).toMatchObject(after)
  })

  it('is not undone by a reading of the old one that arrives late', async () => {
    const deps = testDeps()
    const { token, environment } = await aGuardedKey(deps)
    let edited = false
    const db = openDatabase(
      laggingD1(env.DB, async () => {
        if (edited) return
        edited = true
        await edit(deps, environment.id)
      }),
    )
    const elsewhere = { ...deps, nearest: () => db }

    await ask(elsewhere, token)

    expect(await ask(elsewhere, token)).toMatchObject(after)
  })
})

describe('routes that change while they are read, for longer than the bound', () => {
  it('are read again: the request is decided by the new ones', async () => {
    const deps = testDeps()
    const { token, environment } = await aGuardedKey(deps)
    const isolate = anotherIsolate(deps)
    await ask(isolate, token)
    isolate.isolate.routeSettings.forgetAll()
    let isChanged = false
    const slow = openDatabase(
      laggingD1(env.DB, async () => {
        if (isChanged) return
        isChanged = true
        await replaceRoutes(anotherIsolate(deps), aCaller(), environment.id, [])
        deps.setTime(NOON + BOUND_MS + SLACK_MS + 1)
      }),
    )

    expect(await ask({ ...isolate, nearest: () => slow }, token)).toEqual({ state: 'no_route' })
  })
})

describe('a key that is revoked while its routes are read', () => {
  it('is not let through', async () => {
    const deps = testDeps()
    const { token, key } = await aGuardedKey(deps)
    const isolate = anotherIsolate(deps)
    await decideRequest(isolate, { token, kind: 'api_key', need: { scopes: [] }, origin: null, environmentId: null })
    isolate.isolate.routeSettings.forgetAll()
    const slow = openDatabase(laggingD1(env.DB, () => revokeKey(isolate, aCaller(), key.id, {})))

    expect(await ask({ ...isolate, nearest: () => slow }, token)).toEqual({ state: 'refused' })
  })
})
