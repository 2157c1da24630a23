// How fast is a verification, next to the least it could cost and to what people write by hand? One run, one machine:
// requests per second and latency at 16 connections over real HTTP, on the Workers' own sockets. All loads take turns,
// and each is compared with the floor of its own round, so that a machine that is busy for a while is so for all of them.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { projectRoot } from '../scripts/wrangler.ts'
import { ROOT_KEY, type Runtime, startRuntime } from './runtime.ts'
import { printTable } from './table.ts'

const CONNECTIONS = 16
const ROUNDS = 5
const SECONDS = 2
const DELAY_MS = 50

type Load = { name: string; url: URL; path: string; method?: 'GET' | 'POST'; body?: object; bearer?: string }
type Measured = { perSecond: number; p50: number; p99: number }

export async function benchThroughput(): Promise<void> {
  const runtime = await startRuntime({ answer: JSON.stringify(SAMPLE), delayMs: DELAY_MS })
  try {
    await migrate(runtime.db)
    const loads = loadsOn(runtime, await someTokens(runtime))
    for (const load of loads) await measure(load)
    const rounds: Measured[][] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const measured: Measured[] = []
      for (const load of loads) measured.push(await measure(load))
      rounds.push(measured)
    }
    report(loads, rounds)
  } finally {
    await runtime.stop()
  }
}

function loadsOn({ baseline, keyward, slow }: Runtime, { token, verifier }: Tokens): Load[] {
  const verify = { url: keyward, path: '/v1/keys/verify', bearer: ROOT_KEY, body: { token } }
  const another = { url: baseline, body: { token } }
  return [
    { name: 'the floor: parse, SHA-256, answer', url: baseline, path: '/floor', body: { token } },
    { name: 'an empty Hono route', url: baseline, path: '/empty', method: 'GET' },
    { name: 'verify, warm, by HTTP', ...verify },
    { name: 'verify, warm, by HTTP with a management key', ...verify, bearer: verifier },
    { name: 'verify, malformed token', ...verify, body: { token: `${token.slice(0, -1)}!` } },
    { name: 'verify, warm, by RPC from a Worker', ...another, path: '/by-rpc' },
    { name: 'an empty RPC call from a Worker', ...another, path: '/by-empty-rpc' },
    { name: 'verify, warm, by fetch from a Worker', ...another, path: '/by-fetch' },
    { name: 'verify, asking the ledger each time', ...verify, body: { token, maxStalenessMs: 0 } },
    { name: 'by hand: D1 and KV each time', ...another, path: '/by-hand' },
    { name: `verify, cold, ${DELAY_MS} ms to each store`, ...verify, url: slow },
  ]
}

async function measure({ name, url, path, method = 'POST', body, bearer }: Load): Promise<Measured> {
  const result = await autocannon({
    url: new URL(path, url).href,
    method,
    connections: CONNECTIONS,
    duration: SECONDS,
    headers: {
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${name}: ${result.non2xx} bad answers, ${result.errors} errors`)
  return { perSecond: result.requests.total / result.duration, p50: result.latency.p50, p99: result.latency.p99 }
}

/** Medians of the rounds; the floor is the first of the loads. */
function report(loads: Load[], rounds: Measured[][]): void {
  const median = (index: number, of: (measured: Measured, floor: Measured) => number) =>
    middle(rounds.flatMap(({ [index]: measured, 0: floor }) => (measured && floor ? [of(measured, floor)] : [])))
  printTable(
    `Verification, ${CONNECTIONS} connections, medians of ${ROUNDS} rounds of ${SECONDS} s each`,
    ['', 'requests/s', 'p50 ms', 'p99 ms', 'of the floor'],
    loads.map(({ name }, index) => [
      name,
      median(index, ({ perSecond }) => perSecond).toFixed(0),
      String(median(index, ({ p50 }) => p50)),
      String(median(index, ({ p99 }) => p99)),
      median(index, ({ perSecond }, floor) => perSecond / floor.perSecond).toFixed(2),
    ]),
  )
}

const middle = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

async function migrate(db: D1Database): Promise<void> {
  const folder = join(projectRoot, 'migrations')
  const { unstable_splitSqlQuery: split } = await import('wrangler')
  for (const file of readdirSync(folder).sort()) {
    for (const statement of split(readFileSync(join(folder, file), 'utf8'))) await db.prepare(statement).run()
  }
}

type Tokens = { token: string; verifier: string }

/** The token of a key to verify, and a management key that may do nothing else. */
async function someTokens({ keyward }: Runtime): Promise<Tokens> {
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
  const { token: verifier } = await call('/v1/management-keys', { name: 'bench', role: 'verifier' })
  return { token, verifier }
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
