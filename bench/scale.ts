// Does a list, a search or a verification cost more with 100,000 keys than with 1,000?
// Rows read are what D1 counts and bills: they do not depend on the machine. Times are medians over HTTP.
import { type ApiKeyFilter, buildListQuery, measureBreadth } from '../src/store/api-key-lists.ts'
import { openDatabase } from '../src/store/database.ts'
import { seedKeys } from './seed.ts'
import { type Server, startServer } from './server.ts'
import { printTable } from './table.ts'

const SMALL = 1_000
const LARGE = 100_000
const ROUNDS = 40

type Case = { name: string; query: Record<string, string>; deep?: boolean }

const CASES: Case[] = [
  { name: 'list, first page', query: {} },
  { name: 'list, page in the middle', query: {}, deep: true },
  { name: 'status=active', query: { status: 'active' } },
  { name: 'status=disabled (1 %)', query: { status: 'disabled' } },
  { name: 'status=expired (1 %)', query: { status: 'expired' } },
  { name: 'status=revoked (1 %)', query: { status: 'revoked' } },
  { name: 'ownerId (10 keys)', query: { ownerId: 'owner-00042' } },
  { name: 'scope=read (all)', query: { scope: 'read' } },
  { name: 'scope=write (1 %)', query: { scope: 'write' } },
  { name: 'search, one key', query: { search: '000421' } },
  { name: 'search, ten keys', query: { search: 'key 00042' } },
  { name: 'search, every key', query: { search: 'key' } },
  { name: 'search and status', query: { search: 'key', status: 'revoked' } },
  { name: 'scope and status', query: { scope: 'write', status: 'active' } },
]

type Measured = { rowsRead: number; medianMs: number; plan: string }

export async function benchScale(): Promise<void> {
  const server = await startServer()
  try {
    const project = await server.manage<{ id: string }>('POST', '/v1/projects', { name: 'Bench' })
    const environment = await server.manage<{ id: string }>('POST', `/v1/projects/${project.id}/environments`, {
      name: 'Bench',
      tag: 'bench',
      template: 'data-api',
    })
    await seedKeys(server.db, environment.id, 0, SMALL)
    const small = await measureAll(server, environment.id, SMALL)
    await seedKeys(server.db, environment.id, SMALL, LARGE)
    const large = await measureAll(server, environment.id, LARGE)
    report(small, large)
  } finally {
    await server.close()
  }
}

async function measureAll(server: Server, environmentId: string, keys: number): Promise<Map<string, Measured>> {
  const measured = new Map<string, Measured>()
  for (const one of CASES) {
    const cursor = one.deep ? Buffer.from(`key_00${String(keys / 2).padStart(24, '0')}`).toString('base64url') : null
    const query = new URLSearchParams({ ...one.query, ...(cursor ? { cursor } : {}) })
    const medianMs = await median(() => server.manage('GET', `/v1/environments/${environmentId}/keys?${query}`))
    const { rowsRead, plan } = await explain(server.db, { environmentId, ...one.query }, cursor)
    measured.set(one.name, { rowsRead, plan, medianMs })
  }
  const { token } = await server.manage<{ token: string }>('POST', `/v1/environments/${environmentId}/keys`, {
    name: 'the key that is verified',
    scopes: ['read'],
  })
  const medianMs = await median(() => server.manage('POST', '/v1/keys/verify', { token }))
  measured.set('verify', {
    rowsRead: 3,
    medianMs,
    plan: 'the hash, the key and the environment, each by its unique index',
  })
  return measured
}

/** What the list statement reads and how SQLite goes about it. */
async function explain(binding: D1Database, filter: ApiKeyFilter, cursor: string | null) {
  const db = openDatabase(binding)
  const breadth = await measureBreadth(db, filter)
  const { sql, params } = buildListQuery(db, filter, { limit: 50, cursor }, { now: Date.now(), breadth }).toSQL()
  const { meta } = await binding
    .prepare(sql)
    .bind(...params)
    .all()
  const { results } = await binding
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...params)
    .all<{ detail: string }>()
  const plan = results
    .map(({ detail }) => detail)
    .filter((detail) => /api_keys|api_key_terms|api_key_scopes|TEMP/.test(detail))
  return { rowsRead: meta.rows_read, plan: plan.join(' | ') }
}

async function median(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  }
  return times.sort((left, right) => left - right)[ROUNDS / 2] ?? Number.NaN
}

function report(small: Map<string, Measured>, large: Map<string, Measured>): void {
  const rows = [...small].map(([name, before]) => {
    const after = large.get(name) ?? before
    return [
      name,
      String(before.rowsRead),
      String(after.rowsRead),
      before.medianMs.toFixed(1),
      after.medianMs.toFixed(1),
      (after.medianMs / before.medianMs).toFixed(2),
    ]
  })
  printTable(`${LARGE} keys against ${SMALL}`, ['', 'rows read, 1k', '100k', 'ms, 1k', '100k', 'ratio'], rows)
  printTable(
    'Query plans with 100,000 keys',
    ['', 'plan'],
    [...large].map(([name, { plan }]) => [name, plan]),
  )
}
