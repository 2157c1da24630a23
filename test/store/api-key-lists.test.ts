import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { type ApiKey, KEY_STATUSES, type KeyStatus, statusOf } from '../../src/core/api-key.ts'
import type { Environment } from '../../src/core/environment.ts'
import { editKey, listKeys, rotateKey } from '../../src/service/keys.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { type ApiKeyFilter, buildListQuery, listApiKeys } from '../../src/store/api-key-lists.ts'
import {
  aCaller,
  anEnvironment,
  aStoredKey,
  everyPage,
  FIRST_PAGE,
  NOON,
  type TestDeps,
  testDeps,
} from '../support/factory.ts'

const HOUR_MS = 3_600_000

const allPages = (deps: TestDeps, filter: ApiKeyFilter, limit = 100): Promise<ApiKey[]> =>
  everyPage(limit, (page) => listKeys(deps, aCaller(), filter, page))

const namesFound = async (deps: TestDeps, filter: ApiKeyFilter) =>
  (await allPages(deps, filter)).map(({ name }) => name)

describe('listing by status', () => {
  const deps = testDeps()
  let environmentId: string

  beforeAll(async () => {
    const environment = await anEnvironment(deps)
    environmentId = environment.id
    await aStoredKey(deps, { environment, name: 'active' })
    await aStoredKey(deps, { environment, name: 'active until later', expiresAt: NOON + 1 })
    await aStoredKey(deps, { environment, name: 'disabled', enabled: false })
    deps.setTime(NOON - 1)
    await aStoredKey(deps, { environment, name: 'expired', expiresAt: NOON })
    await aStoredKey(deps, { environment, name: 'expired and disabled', expiresAt: NOON, enabled: false })
    const { key } = await aStoredKey(deps, {
      environment,
      name: 'revoked, expired and disabled',
      expiresAt: NOON,
      enabled: false,
    })
    await revokeKey(deps, aCaller(), key.id, {})
    deps.setTime(NOON)
  })

  const EXPECTED: [KeyStatus, string[]][] = [
    ['active', ['active until later', 'active']],
    ['disabled', ['disabled']],
    ['expired', ['expired and disabled', 'expired']],
    ['revoked', ['revoked, expired and disabled']],
  ]

  it.each(EXPECTED)('finds the %s keys and no others, by the most final thing true of them', async (status, names) => {
    const found = await namesFound(deps, { environmentId, status })

    expect(found).toEqual(names)
  })
})

describe('listing by any filters together', () => {
  const deps = testDeps()
  const OWNERS = ['ana', 'Ana', null]
  const NAMES = ['Billing prod EU', 'billing-staging', 'prod', 'Cron (nightly)', 'ÉTÉ 2026', 'under_score']
  let environment: Environment
  let keys: ApiKey[]

  beforeAll(async () => {
    environment = await anEnvironment(deps)
    const other = await anEnvironment(deps)
    for (let count = 0; count < 30; count += 1) {
      const { key } = await aStoredKey(deps, {
        environment: count % 7 === 0 ? other : environment,
        name: NAMES[count % NAMES.length] ?? '',
        scopes: count % 3 === 0 ? ['read'] : ['read', 'write'],
        ownerId: OWNERS[count % OWNERS.length] ?? null,
        expiresAt: count % 4 === 0 ? NOON + HOUR_MS : null,
        enabled: count % 5 !== 0,
      })
      if (count % 6 === 5) await revokeKey(deps, aCaller(), key.id, {})
    }
    deps.setTime(NOON + HOUR_MS)
    keys = await allPages(deps, { environmentId: environment.id })
  })

  /** What the filter means, said without SQL. */
  const fits = (key: ApiKey, { status, scope, ownerId, search }: Omit<ApiKeyFilter, 'environmentId'>) =>
    (status === undefined || statusOf(key, NOON + HOUR_MS) === status) &&
    (scope === undefined || key.scopes.includes(scope)) &&
    (ownerId === undefined || key.ownerId === ownerId) &&
    (search === undefined || findable(key, search.toLowerCase()))
  const findable = ({ name, prefix }: ApiKey, typed: string) => {
    const words = [...name.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)].map(({ index }) =>
      name.toLowerCase().slice(index),
    )
    return [...words, prefix.toLowerCase()].some((text) => text.startsWith(typed))
  }

  const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined })
  const filters = fc.record({
    status: optional(fc.constantFrom(...KEY_STATUSES)),
    scope: optional(fc.constantFrom('read', 'write', 'unheard-of')),
    ownerId: optional(fc.constantFrom('ana', 'Ana', 'nobody')),
    search: optional(
      fc.constantFrom('bill', 'BILLING P', 'prod', 'rod', 'nightly', 'été', 'score', '2026', 'eu', 'x%'),
    ),
  })

  it('finds exactly the keys that meet all of them, newest first, in pages of any size', async () => {
    expect(keys).toHaveLength(25)

    await fc.assert(
      fc.asyncProperty(filters, fc.integer({ min: 1, max: 9 }), async (filter, limit) => {
        const found = await allPages(deps, { environmentId: environment.id, ...filter }, limit)
        expect(found).toEqual(keys.filter((key) => fits(key, filter)))
      }),
      { numRuns: 60 },
    )
  })

  it('refuses an environment that does not exist', async () => {
    await expect(listKeys(deps, aCaller(), { environmentId: 'env_none' }, FIRST_PAGE)).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})

describe('paging', () => {
  it('visits every key exactly once, newest first, while keys are created between the pages', async () => {
    const deps = testDeps()
    const environment = await anEnvironment(deps)
    const before: string[] = []
    for (let count = 0; count < 11; count += 1) before.unshift((await aStoredKey(deps, { environment })).key.id)

    const visited = await everyPage(3, async (page) => {
      if (page.cursor) await aStoredKey(deps, { environment })
      return listApiKeys(deps.db, { environmentId: environment.id }, page, NOON)
    })

    expect(visited.map(({ id }) => id)).toEqual(before)
  })

  it('gives no cursor after the last page, even when that page is full', async () => {
    const deps = testDeps()
    const environment = await anEnvironment(deps)
    for (let count = 0; count < 4; count += 1) await aStoredKey(deps, { environment })

    const page = await listApiKeys(deps.db, { environmentId: environment.id }, { limit: 4, cursor: null }, NOON)

    expect(page).toMatchObject({ items: { length: 4 }, nextCursor: null })
  })
})

describe('searching', () => {
  async function aSearchable(name: string) {
    const deps = testDeps()
    const { key, environment } = await aStoredKey(deps, { name })
    const search = (typed: string) => namesFound(deps, { environmentId: environment.id, search: typed })
    return { deps, key, environment, search }
  }

  it.each(['Billing', 'bill', 'PROD', 'prod e', 'eu', 'billing prod eu'])(
    'finds "Billing prod EU" by "%s"',
    async (typed) => {
      const { search } = await aSearchable('Billing prod EU')

      expect(await search(typed)).toEqual(['Billing prod EU'])
    },
  )

  it.each(['illing', 'rod', 'prod u', 'billing eu', 'billing prod eu x'])(
    'does not find "Billing prod EU" by "%s"',
    async (typed) => {
      const { search } = await aSearchable('Billing prod EU')

      expect(await search(typed)).toEqual([])
    },
  )

  it('finds a key by the start of its prefix in either case', async () => {
    const { key, search } = await aSearchable('billing')

    expect(await search(key.prefix.slice(0, 5).toUpperCase())).toEqual(['billing'])
    expect(await search(key.prefix.toLowerCase())).toEqual(['billing'])
  })

  it('finds a rotated key by the prefix it had before', async () => {
    const { deps, key, search } = await aSearchable('billing')
    const { key: rotated } = await rotateKey(deps, aCaller(), key.id, { overlapSeconds: 0 })

    expect(await search(key.prefix)).toEqual(['billing'])
    expect(await search(rotated.prefix)).toEqual(['billing'])
  })

  it('finds a renamed key under its new name, its prefix, and no longer under its old name', async () => {
    const { deps, key, search } = await aSearchable('billing')
    await editKey(deps, aCaller(), key.id, { name: 'invoices' })

    expect(await search('invoices')).toEqual(['invoices'])
    expect(await search(key.prefix)).toEqual(['invoices'])
    expect(await search('billing')).toEqual([])
  })

  it('still finds a key by its name after an edit of something else', async () => {
    const { deps, key, search } = await aSearchable('billing')
    await editKey(deps, aCaller(), key.id, { ownerId: 'ana' })

    expect(await search('billing')).toEqual(['billing'])
  })

  it('finds a key once, however many of its words begin with what was typed', async () => {
    const { search } = await aSearchable('key key-two keyring')

    expect(await search('key')).toEqual(['key key-two keyring'])
  })

  it.each(['%', '_', "'", '"', '\\', '🦊', '*', '?', '[a]', ';--'])(
    'takes %s for the character it is',
    async (character) => {
      const { deps, environment, search } = await aSearchable(`${character}fox`)
      await aStoredKey(deps, { environment, name: 'other' })

      expect(await search(character)).toEqual([`${character}fox`])
      expect(await search(`${character}f`)).toEqual([`${character}fox`])
      expect(await search(`o${character}`)).toEqual([])
    },
  )

  it.each(['\0', 'b\0', '\u{10FFFF}', '\uD83E'])('finds nothing by %j, and does not fail', async (typed) => {
    const { search } = await aSearchable('billing')

    expect(await search(typed)).toEqual([])
  })

  it('never fails and never finds a key of another environment, whatever is typed', async () => {
    const { deps } = await aSearchable('billing')
    const empty = await anEnvironment(deps)

    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 64 }), async (typed) => {
        expect(await namesFound(deps, { environmentId: empty.id, search: typed })).toEqual([])
      }),
      { numRuns: 40 },
    )
  })
})

describe('a broad search', () => {
  const deps = testDeps()
  const MANY = 1200
  let environmentId: string

  beforeAll(async () => {
    environmentId = (await anEnvironment(deps)).id
    await storeManyKeys(environmentId, MANY)
  })

  it('finds every key once, newest first', async () => {
    const found = await namesFound(deps, { environmentId, search: 'bulk' })

    expect(found).toEqual(Array.from({ length: MANY }, (_, index) => `bulk ${1000 + MANY - index}`))
  })

  const narrowings: Omit<ApiKeyFilter, 'environmentId'>[] = [
    {},
    { status: 'active' },
    { status: 'revoked' },
    { scope: 'write' },
    { scope: 'read' },
    { ownerId: 'ana' },
    { status: 'disabled', scope: 'write', ownerId: 'ana' },
  ]

  it.each(narrowings)('finds what a narrow one would, with %o', async (filter) => {
    const asked = { environmentId, search: 'BULK', ...filter }
    const page = { limit: 2000, cursor: null }

    const breadths = [false, true].flatMap((scope) => [false, true].map((search) => ({ scope, search })))
    const answers = breadths.map((breadth) => buildListQuery(deps.db, asked, page, { now: NOON, breadth }))
    const [narrow, ...broader] = await Promise.all(answers)

    expect(narrow?.length).toBeGreaterThan(0)
    for (const answer of broader) expect(answer).toEqual(narrow)
    expect((await allPages(deps, asked)).map(({ id }) => id)).toEqual(narrow?.map(({ id }) => id))
  })
})

describe('the plan of a list', () => {
  const page = { limit: 50, cursor: null }
  const deps = testDeps()

  /** The steps of the list itself: those of the subquery that reads a key's secrets are left out. */
  async function planOf(filter: Omit<ApiKeyFilter, 'environmentId'>, cursor: string | null): Promise<string[]> {
    const breadth = { scope: false, search: false }
    const asked = { environmentId: 'env_x', ...filter }
    const { sql, params } = buildListQuery(deps.db, asked, { ...page, cursor }, { now: NOON, breadth }).toSQL()
    const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...params)
      .all<{ parent: number; detail: string }>()
    return results.filter(({ parent }) => parent === 0).map(({ detail }) => detail)
  }

  const FILTERS: [string, Omit<ApiKeyFilter, 'environmentId'>, RegExp][] = [
    ['no filter', {}, /^SEARCH api_keys USING INDEX api_keys_by_environment \(/],
    ['the active', { status: 'active' }, /^SEARCH api_keys USING INDEX api_keys_\w+ \(environment_id=\?/],
    ['the disabled', { status: 'disabled' }, /^SEARCH api_keys USING INDEX api_keys_disabled \(/],
    ['the expired', { status: 'expired' }, /^SEARCH api_keys USING INDEX api_keys_expiring \(/],
    ['the revoked', { status: 'revoked' }, /^SEARCH api_keys USING INDEX api_keys_revoked \(/],
    [
      'an owner',
      { ownerId: 'ana' },
      /^SEARCH api_keys USING INDEX api_keys_by_owner \(environment_id=\? AND owner_id=\?/,
    ],
  ]
  const someCursor = btoa(`key_${'7'.repeat(26)}`).replace(/=+$/, '')

  it.each(FILTERS)('for %s reads an index that yields the keys in order', async (_what, filter, index) => {
    for (const cursor of [null, someCursor]) {
      const plan = await planOf(filter, cursor)

      expect(plan).toContainEqual(expect.stringMatching(index))
      expect(plan.filter((step) => /^SCAN api_keys/.test(step))).toEqual([])
      expect(plan.filter((step) => step === 'USE TEMP B-TREE FOR ORDER BY')).toEqual([])
    }
  })

  it('for a cursor starts at the cursor', async () => {
    const plan = await planOf({}, someCursor)

    expect(plan).toContainEqual(expect.stringContaining('(environment_id=? AND id<?)'))
  })
})

/** Keys `bulk 1001`, `bulk 1002` …, with secrets and terms, in all statuses; far faster than one at a time. */
async function storeManyKeys(environmentId: string, count: number): Promise<void> {
  const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)`
  const statements = [
    `${numbers} INSERT INTO api_keys SELECT printf('key_%026d', i), ?1, 'bulk ' || (1000 + i),
       CASE WHEN i % 3 = 0 THEN '["read"]' ELSE '["read","write"]' END, i % 5 <> 0, CASE WHEN i % 2 = 0 THEN 'ana' END, '{}',
       NULL, 1, 0, 'root', NULL, CASE WHEN i % 7 = 0 THEN 1 END, CASE WHEN i % 7 = 0 THEN 'unspecified' END, NULL, NULL, NULL FROM n`,
    `${numbers} INSERT INTO api_key_secrets SELECT printf('%08d', i), printf('key_%026d', i), printf('%064x', i), 0, NULL, 1, 1
       FROM n WHERE ?1 IS NOT NULL`,
    `${numbers} INSERT INTO api_key_terms SELECT ?1, 'bulk ' || (1000 + i), printf('key_%026d', i), 'name' FROM n`,
  ]
  await env.DB.batch(statements.map((statement) => env.DB.prepare(statement).bind(environmentId, count)))
}
