// `npm run dev`: from a fresh clone to a running Keyward, offline. Flags after `--` go to wrangler.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { ensureRootKey } from './root-key.ts'
import { wranglerBinary } from './wrangler.ts'

const flags = process.argv.slice(2)
/** The flags that say which database is meant, so that the migrations reach the one the Worker will use. */
const { values } = parseArgs({
  args: flags,
  strict: false,
  options: {
    'persist-to': { type: 'string' },
    config: { type: 'string', short: 'c' },
    env: { type: 'string', short: 'e' },
  },
})
const sameDatabase = Object.entries(values).flatMap(([name, value]) =>
  ['persist-to', 'config', 'env'].includes(name) && typeof value === 'string' ? [`--${name}`, value] : [],
)

const rootKey = ensureRootKey()
console.log(`${rootKey.created ? 'Wrote a new ROOT_KEY to' : 'The ROOT_KEY is in'} ${rootKey.file}`)

await run(['d1', 'migrations', 'apply', 'DB', '--local', ...sameDatabase], { CI: 'true' })
await run(['dev', ...flags])

/** Runs wrangler in this terminal; ends this process with its exit code when it fails. */
async function run(args: string[], env: Record<string, string> = {}): Promise<void> {
  const child = spawn(process.execPath, [wranglerBinary, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal))
  const [code] = await once(child, 'exit')
  if (code !== 0) process.exit(code ?? 1)
}
