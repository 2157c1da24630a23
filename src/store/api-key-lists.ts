// Lists of keys, newest first or oldest first. Each filter has an index that yields its keys in that order, so the cost
// of a page depends on its size and not on the number of keys in the environment. The bench shows the query plans.
import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm'
import type { ApiKey, KeyKind, KeyStatus } from '../core/api-key.ts'
import { ID_PREFIXES, idPatternOf } from '../core/ids.ts'
import { termRangeOf } from '../core/search-terms.ts'
import { selectApiKeys, toApiKey } from './api-keys.ts'
import { type Database, query } from './database.ts'
import { cutPage, decodeCursor, type Page, type PageRequest } from './page.ts'
import { apiKeys } from './schema.ts'

export type ApiKeyFilter = {
  environmentId: string
  /** API keys by default. */
  kind?: KeyKind | undefined
  status?: KeyStatus | undefined
  scope?: string | undefined
  ownerId?: string | undefined
  /** The beginning of any word of the name, or of any prefix the key ever had, ignoring case. */
  search?: string | undefined
  /** Newest first by default. The indexes serve both orders. */
  order?: 'newest' | 'oldest' | undefined
}

/** Which filters match so many keys that testing each key in list order is faster than sorting the matches. */
export type Breadth = { scope: boolean; search: boolean }

export async function listApiKeys(
  db: Database,
  filter: ApiKeyFilter,
  page: PageRequest,
  now: number,
): Promise<Page<ApiKey>> {
  const breadth = await measureBreadth(db, filter)
  const rows = await query(buildListQuery(db, filter, page, { now, breadth }))
  return cutPage(rows.map(toApiKey), page, ({ id }) => [id])
}

/** The statement that reads a page, exported so that the bench can show its plan. */
export function buildListQuery(
  db: Database,
  filter: ApiKeyFilter,
  page: PageRequest,
  { now, breadth }: { now: number; breadth: Breadth },
) {
  const { kind = 'key' } = filter
  const after = decodeCursor(page, idPatternOf(kind))?.[0]
  return selectApiKeys(db, now)
    .where(
      and(
        eq(apiKeys.environmentId, filter.environmentId),
        isOfKind(kind, filter.order, after),
        filter.status && STATUS[filter.status](now),
        filter.ownerId === undefined ? undefined : eq(apiKeys.ownerId, filter.ownerId),
        filter.scope === undefined
          ? undefined
          : holdsScope(filter.environmentId, filter.scope, { broad: breadth.scope }),
        filter.search === undefined
          ? undefined
          : matchesTerm(filter.environmentId, filter.search, { broad: breadth.search }),
      ),
    )
    .orderBy(filter.order === 'oldest' ? asc(apiKeys.id) : desc(apiKeys.id))
    .limit(page.limit + 1)
}

/**
 * The ids of one kind are adjacent in the order of the list. `+` hides one end of the range from SQLite's planner: with
 * both ends, it prefers the index of the whole environment to that of an owner.
 */
const isOfKind = (kind: KeyKind, order: ApiKeyFilter['order'], after: string | undefined): SQL => {
  const { [kind]: prefix } = ID_PREFIXES
  const [first, past] = [`${prefix}_`, `${prefix}\``]
  return order === 'oldest'
    ? sql`"api_keys"."id" > ${after ?? first} AND +"api_keys"."id" < ${past}`
    : sql`+"api_keys"."id" > ${first} AND "api_keys"."id" < ${after ?? past}`
}

/** Literals and not parameters: SQLite uses a partial index only if its condition appears in the statement. */
const STATUS: Record<KeyStatus, (now: number) => SQL> = {
  active: (now) =>
    sql`"api_keys"."revoked_at" IS NULL AND enabled = 1 AND ("api_keys"."expires_at" IS NULL OR "api_keys"."expires_at" > ${now})`,
  disabled: (now) =>
    sql`"api_keys"."revoked_at" IS NULL AND enabled = 0 AND ("api_keys"."expires_at" IS NULL OR "api_keys"."expires_at" > ${now})`,
  expired: (now) =>
    sql`"api_keys"."revoked_at" IS NULL AND "api_keys"."expires_at" IS NOT NULL AND "api_keys"."expires_at" <= ${now}`,
  revoked: () => sql`"api_keys"."revoked_at" IS NOT NULL`,
}

/**
 * Few matches: collect and sort them. Many matches: walk the keys in list order and test each, which fills a page soon
 * because so many match. Either way the cost is that of a few pages, however many keys there are.
 */
function holdsScope(environmentId: string, scope: string, { broad }: { broad: boolean }): SQL {
  const holders = sql`api_key_scopes WHERE ${inScope(environmentId, scope)}`
  return broad
    ? sql`EXISTS (SELECT 1 FROM ${holders} AND key_id = "api_keys"."id")`
    : sql`"api_keys"."id" IN (SELECT key_id FROM ${holders})`
}

function matchesTerm(environmentId: string, typed: string, { broad }: { broad: boolean }): SQL {
  const range = inTermRange(environmentId, typed)
  return broad
    ? sql`EXISTS (SELECT 1 FROM api_key_terms INDEXED BY api_key_terms_by_key WHERE key_id = "api_keys"."id" AND ${range})`
    : sql`"api_keys"."id" IN (SELECT key_id FROM api_key_terms WHERE ${range})`
}

/** Which of the filters are broad. Reads at most BROAD_MATCHES index rows for each. */
export async function measureBreadth(db: Database, { environmentId, scope, search }: ApiKeyFilter): Promise<Breadth> {
  const [byScope, bySearch] = await Promise.all([
    scope === undefined ? false : isBroad(db, sql`api_key_scopes WHERE ${inScope(environmentId, scope)}`),
    search === undefined ? false : isBroad(db, sql`api_key_terms WHERE ${inTermRange(environmentId, search)}`),
  ])
  return { scope: byScope, search: bySearch }
}

async function isBroad(db: Database, matches: SQL): Promise<boolean> {
  const counted = sql`SELECT count(*) AS matches FROM (SELECT 1 FROM ${matches} LIMIT ${BROAD_MATCHES})`
  const [row] = await query(db.all<{ matches: number }>(counted))
  return (row?.matches ?? 0) >= BROAD_MATCHES
}

const inScope = (environmentId: string, scope: string) => sql`environment_id = ${environmentId} AND scope = ${scope}`

function inTermRange(environmentId: string, typed: string): SQL {
  const { from, before } = termRangeOf(typed)
  return sql`environment_id = ${environmentId} AND term >= ${from} AND term < ${before}`
}

const BROAD_MATCHES = 1000
