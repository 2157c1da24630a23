// The built Workers in the local runtime, each on a socket of its own. The development proxy that usually stands before
// them costs more than the Workers themselves, so it is left out: the load goes straight to workerd.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectRoot, wranglerBinary } from '../scripts/wrangler.ts'

export const ROOT_KEY = 'root-key-of-the-bench-0123456789abcdef'
const COMPATIBILITY = {
  compatibilityDate: '2026-11-01',
  compatibilityFlags: ['nodejs_compat', 'enable_request_signal'],
}

type Miniflare = {
  ready: Promise<URL>
  unsafeGetDirectURL(worker: string): Promise<URL>
  getD1Database(binding: string, worker: string): Promise<D1Database>
  dispose(): Promise<void>
}

/** The runtime that wrangler itself uses, in its version. */
const { Miniflare, convertV4MiniflareOptions } = createRequire(createRequire(import.meta.url).resolve('wrangler'))(
  'miniflare',
) as {
  Miniflare: new (options: object) => Miniflare
  convertV4MiniflareOptions(options: object): object
}

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
  const baselineBundle = build(folder, 'baseline', entry)
  const slowBundle = build(folder, 'slow', ['bench/workers/slow.ts', '-c', 'bench/workers/wrangler.toml'])
  const slowWorker = (name: string, firstKeys: string) => ({
    ...keyward,
    ...script(name, slowBundle),
    bindings: { ...keyward.bindings, DELAY_MS: String(delayMs), FIRST_KEYS: firstKeys },
    durableObjects: { LEDGER: { ...ledger, scriptName: 'keyward' } },
  })
  const options = convertV4MiniflareOptions({
    workers: [
      {
        ...keyward,
        ...script('keyward', build(folder, 'keyward', [])),
        durableObjects: { LEDGER: ledger },
        serviceBindings: { UPSTREAM: 'upstream' },
      },
      slowWorker('slow', 'false'),
      slowWorker('slow-and-new', 'true'),
      {
        ...baseline,
        ...script('baseline', baselineBundle),
        serviceBindings: {
          KEYWARD: { name: 'keyward', entrypoint: 'KeyVerifier' },
          KEYWARD_HTTP: 'keyward',
          UPSTREAM: 'upstream',
          CONSTANT: { name: 'constant', entrypoint: 'Constant' },
        },
        unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      },
      { ...baseline, ...script('constant', baselineBundle) },
      {
        ...COMPATIBILITY,
        ...script(
          'upstream',
          build(folder, 'upstream', ['bench/workers/upstream.ts', '-c', 'bench/workers/wrangler.toml']),
        ),
        unsafeDirectSockets: [{ host: '127.0.0.1', port }],
      },
    ],
  })
  const miniflare = new Miniflare(options)
  await miniflare.ready
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

/** Bundles a Worker as a deployment would, and returns the bundle. */
function build(folder: string, name: string, entry: string[]): string {
  const outdir = join(folder, name)
  execFileSync(process.execPath, [wranglerBinary, 'deploy', ...entry, '--dry-run', '--outdir', outdir], {
    cwd: projectRoot,
    stdio: 'ignore',
  })
  const [file] = entry
  const bundle = file === undefined ? 'index.js' : `${file.split('/').at(-1)?.replace(/\.ts$/, '')}.js`
  return readFileSync(join(outdir, bundle), 'utf8')
}

const script = (name: string, contents: string) => ({
  name,
  modules: [{ type: 'ESModule', path: `${name}.js`, contents }],
})
