// The built Workers in the local runtime, each on a socket of its own. The development proxy that usually stands before
// them costs more than the Workers themselves, so it is left out: the load goes straight to workerd.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleWorker, COMPATIBILITY, describeScript, startMiniflare } from '../scripts/miniflare.ts'

export const ROOT_KEY = 'root-key-of-the-bench-0123456789abcdef'

export type Runtime = {
  keyward: URL
  baseline: URL
  slow: URL
  /** The same, in an isolate that has met no environment. */
  slowAndNew: URL
  upstream: URL
  db: D1Database
  stop(): Promise<void>
}

/** `answer` is what the floor answers: a verdict of the size that Keyward gives. */
export async function startRuntime({ answer, delayMs }: { answer: string; delayMs: number }): Promise<Runtime> {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-bench-'))
  const stores = { d1Databases: { DB: 'keyward' }, kvNamespaces: { REVOCATIONS: 'revocations' } }
  const keyward = {
    ...COMPATIBILITY,
    ...stores,
    bindings: { ROOT_KEY, KEY_BRAND: 'nsl', LEDGER_LOCATION_HINT: '' },
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
  }
  const port = await freePort()
  const ledger = { className: 'RevocationLedger', useSQLite: true }
  const entry = ['bench/workers/baseline.ts', '-c', 'bench/workers/wrangler.toml']
  const baseline = {
    ...COMPATIBILITY,
    ...stores,
    bindings: { ANSWER: answer, MANAGEMENT_KEY: ROOT_KEY, UPSTREAM_URL: `http://127.0.0.1:${port}` },
  }
  const baselineBundle = bundleWorker(folder, 'baseline', entry)
  const slowBundle = bundleWorker(folder, 'slow', ['bench/workers/slow.ts', '-c', 'bench/workers/wrangler.toml'])
  const slowWorker = (name: string, firstKeys: string) => ({
    ...keyward,
    ...describeScript(name, slowBundle),
    bindings: { ...keyward.bindings, DELAY_MS: String(delayMs), FIRST_KEYS: firstKeys },
    durableObjects: { LEDGER: { ...ledger, scriptName: 'keyward' } },
  })
  const miniflare = await startMiniflare({
    workers: [
      {
        ...keyward,
        ...describeScript('keyward', bundleWorker(folder, 'keyward')),
        durableObjects: { LEDGER: ledger },
        serviceBindings: { UPSTREAM: 'upstream' },
      },
      slowWorker('slow', 'false'),
      slowWorker('slow-and-new', 'true'),
      {
        ...baseline,
        ...describeScript('baseline', baselineBundle),
        serviceBindings: {
          KEYWARD: { name: 'keyward', entrypoint: 'KeyVerifier' },
          KEYWARD_HTTP: 'keyward',
          UPSTREAM: 'upstream',
          CONSTANT: { name: 'constant', entrypoint: 'Constant' },
        },
        unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      },
      { ...baseline, ...describeScript('constant', baselineBundle) },
      {
        ...COMPATIBILITY,
        ...describeScript(
          'upstream',
          bundleWorker(folder, 'upstream', ['bench/workers/upstream.ts', '-c', 'bench/workers/wrangler.toml']),
        ),
        unsafeDirectSockets: [{ host: '127.0.0.1', port }],
      },
    ],
  })
  return {
    keyward: await miniflare.unsafeGetDirectURL('keyward'),
    baseline: await miniflare.unsafeGetDirectURL('baseline'),
    slow: await miniflare.unsafeGetDirectURL('slow'),
    slowAndNew: await miniflare.unsafeGetDirectURL('slow-and-new'),
    upstream: new URL(`http://127.0.0.1:${port}`),
    db: await miniflare.getD1Database('DB', 'keyward'),
    stop: async () => {
      await miniflare.dispose()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
