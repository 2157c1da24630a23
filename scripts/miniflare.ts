// The built Workers in the local runtime that wrangler itself uses, without the development proxy that usually stands before
// them.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { projectRoot, wranglerBinary } from './wrangler.ts'

/** As in wrangler.toml. */
export const COMPATIBILITY = {
  compatibilityDate: '2026-11-01',
  compatibilityFlags: ['nodejs_compat', 'enable_request_signal', 'global_fetch_strictly_public'],
}

type Miniflare = {
  ready: Promise<URL>
  unsafeGetDirectURL(worker: string): Promise<URL>
  getD1Database(binding: string, worker: string): Promise<D1Database>
  dispose(): Promise<void>
}

const miniflare = createRequire(createRequire(import.meta.url).resolve('wrangler'))('miniflare') as {
  Miniflare: new (options: object) => Miniflare
  convertV4MiniflareOptions(options: object): object
}

/** Starts the Workers, and resolves when they answer. */
export async function startMiniflare(options: object): Promise<Miniflare> {
  const started = new miniflare.Miniflare(miniflare.convertV4MiniflareOptions(options))
  await started.ready
  return started
}

/** Bundles a Worker as a deployment would, this one if there is no `entry`, and returns the bundle. */
export function bundleWorker(folder: string, name: string, entry: string[] = []): string {
  const outdir = join(folder, name)
  execFileSync(process.execPath, [wranglerBinary, 'deploy', ...entry, '--dry-run', '--outdir', outdir], {
    cwd: projectRoot,
    stdio: 'ignore',
  })
  const [file] = entry
  const bundle = file === undefined ? 'index.js' : `${file.split('/').at(-1)?.replace(/\.ts$/, '')}.js`
  return readFileSync(join(outdir, bundle), 'utf8')
}

export const describeScript = (name: string, contents: string) => ({
  name,
  modules: [{ type: 'ESModule', path: `${name}.js`, contents }],
})
