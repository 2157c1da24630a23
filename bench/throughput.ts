// How fast is a verification, next to the least it could cost and to what people write by hand? One run, one machine:
// on the Workers' own sockets.
import { compareLoads, type Load } from './load.ts'
import { makeUpToken } from './made-up-token.ts'
import { ROOT_KEY, type Runtime, startRuntime } from './runtime.ts'
import { type Made, makeCredentials, migrate } from './setup.ts'

const DELAY_MS = 50

export async function benchThroughput(): Promise<void> {
  const runtime = await startRuntime({ answer: JSON.stringify(SAMPLE), delayMs: DELAY_MS })
  try {
    await migrate(runtime.db)
    await compareLoads('Verification', 'of the floor', loadsOn(runtime, await makeCredentials(runtime)))
  } finally {
    await runtime.stop()
  }
}

function loadsOn({ baseline, keyward, slow, slowAndNew }: Runtime, { token, verifier }: Made): Load[] {
  const verify = { url: keyward, path: '/v1/keys/verify', headers: bearing(ROOT_KEY), body: { token } }
  const another = { url: baseline, body: { token } }
  return [
    { name: 'the floor: parse, SHA-256, answer', url: baseline, path: '/floor', body: { token } },
    { name: 'an empty Hono route', url: baseline, path: '/empty', method: 'GET' },
    { name: 'verify, warm, by HTTP', ...verify },
    { name: 'verify, warm, by HTTP with a management key', ...verify, headers: bearing(verifier) },
    { name: 'verify, a made-up token', ...verify, body: { token: makeUpToken() } },
    { name: 'verify, malformed token', ...verify, body: { token: `${token.slice(0, -1)}!` } },
    { name: 'verify, warm, by RPC from a Worker', ...another, path: '/by-rpc' },
    { name: 'an empty RPC call from a Worker', ...another, path: '/by-empty-rpc' },
    { name: 'verify, warm, by fetch from a Worker', ...another, path: '/by-fetch' },
    { name: 'verify, asking the ledger each time', ...verify, body: { token, maxStalenessMs: 0 } },
    { name: 'by hand: D1 and KV each time', ...another, path: '/by-hand' },
    { name: `verify, cold, ${DELAY_MS} ms to each store`, ...verify, url: slow },
    { name: `verify, cold, the environment too, ${DELAY_MS} ms to each store`, ...verify, url: slowAndNew },
  ]
}

const bearing = (token: string) => ({ authorization: `Bearer ${token}` })

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
