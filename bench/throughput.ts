// How fast is a verification, next to the least it could cost and to what people write by hand? One run, one machine:
// requests per second and latency at 16 connections over real HTTP, on the Workers' own sockets.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { projectRoot } from '../scripts/wrangler.ts'
import { ROOT_KEY, type Runtime, startRuntime } from './runtime.ts'
import { printTable } from './table.ts'

const CONNECTIONS = 16
const SECONDS = 8
const DELAY_MS = 50

type Measured = { name: string; perSecond: number; p50: number; p99: number }
type Load = { url: URL; path: string; method?: 'GET' | 'POST'; body?: object; headers?: Record<string, string> }

export async function benchThroughput(): Promise<void> {
  const runtime = await startRuntime({ answer: JSON.stringify(SAMPLE), delayMs: DELAY_MS })
  try {
    await migrate(runtime.db)
    const token = await aToken(runtime)
    const management = { authorization: `Bearer ${ROOT_KEY}` }
    const verify = { path: '/v1/keys/verify', headers: management }
    const malformed = `${token.slice(0, -1)}!`

    const rows = [
      await measure('an empty Hono route', { url: runtime.baseline, path: '/empty', method: 'GET' }),
      await measure('the floor: parse, SHA-256, answer', { url: runtime.baseline, path: '/floor', body: { token } }),
      await measure('verify, warm, by HTTP', { url: runtime.keyward, ...verify, body: { token } }),
      await measure('verify, warm, by RPC from a Worker', { url: runtime.baseline, path: '/by-rpc', body: { token } }),
      await measure('verify, warm, by fetch from a Worker', {
        url: runtime.baseline,
        path: '/by-fetch',
        body: { token },
      }),
      await measure('verify, malformed token', { url: runtime.keyward, ...verify, body: { token: malformed } }),
      await measure('verify, asking the ledger each time', {
        url: runtime.keyward,
        ...verify,
        body: { token, maxStalenessMs: 0 },
      }),
      await measure('by hand: D1 and KV each time', { url: runtime.baseline, path: '/by-hand', body: { token } }),
      await measure(`verify, cold, ${DELAY_MS} ms to each store`, { url: runtime.slow, ...verify, body: { token } }),
    ]
    report(rows)
  } finally {
    await runtime.stop()
  }
}

async function measure(name: string, { url, path, method = 'POST', body, headers = {} }: Load): Promise<Measured> {
  const load = {
    url: new URL(path, url).href,
    method,
    connections: CONNECTIONS,
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  }
  await autocannon({ ...load, duration: 2 })
  const result = await autocannon({ ...load, duration: SECONDS })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${name}: ${result.non2xx} bad answers, ${result.errors} errors`)
  return { name, perSecond: result.requests.average, p50: result.latency.p50, p99: result.latency.p99 }
}

function report(rows: Measured[]): void {
  const floor = rows[1]?.perSecond ?? Number.NaN
  printTable(
    `Verification, ${CONNECTIONS} connections, ${SECONDS} s each`,
    ['', 'requests/s', 'p50 ms', 'p99 ms', 'of the floor'],
    rows.map(({ name, perSecond, p50, p99 }) => [
      name,
      perSecond.toFixed(0),
      String(p50),
      String(p99),
      (perSecond / floor).toFixed(2),
    ]),
  )
}

async function migrate(db: D1Database): Promise<void> {
  const folder = join(projectRoot, 'migrations')
  const { unstable_splitSqlQuery: split } = await import('wrangler')
  for (const file of readdirSync(folder).sort()) {
    for (const statement of split(readFileSync(join(folder, file), 'utf8'))) await db.prepare(statement).run()
  }
}

async function aToken({ keyward }: Runtime): Promise<string> {
  const call = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${ROOT_KEY}`, 'content-type': 'application/json' }
    const response = await fetch(new URL(path, keyward), { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response.json() as Promise<{ id: string; token: string }> // the routes below answer with one or the other
  }
  const project = await call('/v1/projects', { name: 'Bench' })
  const environment = await call(`/v1/projects/${project.id}/environments`, {
    name: 'Bench',
    tag: 'bench',
    template: 'data-api',
  })
  const { token } = await call(`/v1/environments/${environment.id}/keys`, { name: 'bench', scopes: ['read'] })
  return token
}

/** A verdict of the usual size, for the floor to answer. */
const SAMPLE = {
  valid: true,
  code: 'valid',
  keyId: 'key_01m7zwt64gencsb5g9fpre5b5q',
  name: 'bench',
  prefix: 'LdLHGh4g',
  projectId: 'proj_01m7zwt5vsencsb5ffabe65ge7',
  environment: { id: 'env_01m7zwt60qencsb5fyjqmscfqq', name: 'Bench', tag: 'bench' },
  scopes: ['read'],
  ownerId: null,
  metadata: {},
  expiresAt: null,
  freshness: { asOf: '2026-11-21T20:29:53.887Z', ageMs: 10, boundMs: 5000, source: 'lease' },
}
