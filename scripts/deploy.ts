// `npm run deploy`: provision, migrate, deploy; the same command upgrades. `-- --dry-run` only bundles and checks.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { answerHelp } from './flags.ts'
import { askForIssuer, findIssuer, NOT_SET, setIssuer } from './issuer.ts'
import { projectRoot, wranglerBinary } from './wrangler.ts'

const USAGE = `
Usage: npm run deploy -- [--dry-run] [flags of wrangler deploy]

Checks that ROOT_KEY is set, asks for ISSUER, applies the migrations, and deploys. The same command upgrades.

  --dry-run   bundle and check everything, tell each step, and change nothing
`

answerHelp(USAGE)
const flags = process.argv.slice(2)

if (flags.includes('--dry-run')) process.exit(dryRun())

requireRootKey()
const issuer = await chooseIssuer()
// An upgrade's migrations only add, so they go before the code that needs them. A first deployment has no database yet.
const migrated = wrangler(['d1', 'migrations', 'apply', 'DB', '--remote'], { quiet: true }).status === 0
const deployed = wrangler(['deploy', ...flags])
if (deployed.status !== 0) process.exit(deployed.status)
if (!migrated) {
  const first = wrangler(['d1', 'migrations', 'apply', 'DB', '--remote'])
  if (first.status !== 0) process.exit(first.status)
}
const url = /https:\/\/\S+\.workers\.dev/.exec(deployed.output)?.[0] ?? 'https://<your Worker>'
console.log(`
Keyward is deployed. Next:

  curl ${url}/healthz
  ROOT_KEY=<your root key> npm run demo -- --url ${url}
`)
if (issuer === null) console.warn(NOT_SET)

/** Tells each step, does those that change nothing, and returns how the bundle came out. */
function dryRun(): number {
  const issuer = findIssuer(readFileSync(join(projectRoot, 'wrangler.toml'), 'utf8'), flags)
  const migrations = readdirSync(join(projectRoot, 'migrations')).length
  console.log(`A deployment would take these steps. Nothing is changed now.

  1. Look whether the secret ROOT_KEY is set, and stop if it is not.
  2. ${issuer === null ? 'Ask for ISSUER, the origin that clients use, and keep it in wrangler.toml.' : `Use ISSUER ${issuer}.`}
  3. Apply those of the ${migrations} migrations that the D1 database keyward does not have yet.
  4. Deploy the Worker. The first time, Cloudflare creates D1, KV and the Durable Object.
  5. The first time, apply the migrations now: before, there was no database.

Bundling, as step 4 would:
`)
  return wrangler(['deploy', ...flags]).status
}

/** A Worker without its root key answers nothing but 503, so say it before anything is deployed. */
function requireRootKey(): void {
  // Workers Builds and the deploy button set secrets themselves, and their token may not list them.
  if (process.env['WORKERS_CI']) return
  const { status, output } = wrangler(['secret', 'list', '--format', 'json'], { quiet: true })
  if (status === 0 && output.includes('"ROOT_KEY"')) return
  console.error(`The secret ROOT_KEY is not set (or the account could not be asked). Log in and set it, then deploy again:

  npx wrangler login
  openssl rand -hex 32 | tee keyward-root-key.txt | npx wrangler secret put ROOT_KEY

Keep keyward-root-key.txt in your password manager, not on disk: it is the admin credential that cannot be lost.`)
  process.exit(1)
}

/** The configured ISSUER. Where somebody can answer, asks for one that is missing and keeps it in wrangler.toml. */
async function chooseIssuer(): Promise<string | null> {
  const file = join(projectRoot, 'wrangler.toml')
  const toml = readFileSync(file, 'utf8')
  const configured = findIssuer(toml, flags)
  if (configured !== null || !process.stdin.isTTY || process.env['CI'] || process.env['WORKERS_CI']) return configured
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const chosen = await askForIssuer({ ask: (question) => terminal.question(question), say: console.log })
  terminal.close()
  if (chosen !== null) {
    writeFileSync(file, setIssuer(toml, chosen))
    console.log(`ISSUER = "${chosen}" is now in wrangler.toml.`)
  }
  return chosen
}

/** Runs wrangler, shows what it prints unless quiet, and keeps its standard output. */
function wrangler(args: string[], { quiet = false } = {}): { status: number; output: string } {
  const { status, stdout } = spawnSync(process.execPath, [wranglerBinary, ...args], {
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', quiet ? 'ignore' : 'inherit'],
  })
  if (!quiet) process.stdout.write(stdout)
  return { status: status ?? 1, output: stdout }
}
