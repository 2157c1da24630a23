// `npm run dev`: from a fresh clone to a running Keyward with an example API behind it, offline.
// Flags after `--` go to Keyward's wrangler, but for its own.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { choosePorts, type DevFlags, readDevFlags, TakenPort, UnusableFlag } from './dev-flags.ts'
import { answerHelp } from './flags.ts'
import { ensureRootKey } from './root-key.ts'
import { endWith, isStopping, type Started, start, stopWhenTold } from './side-by-side.ts'
import { projectRoot } from './wrangler.ts'

const USAGE = `
Usage: npm run dev -- [flags]

Starts Keyward with an example API behind it: real D1, KV and Durable Objects, on this machine, offline.

  --port N            Keyward's port (8787)
  --persist-to DIR    where its data is kept (.wrangler/state)
  --upstream-port N   the port of the example API (the next one that is free)
  --no-upstream       without the example API
  --verbose           show all that wrangler prints, every request included
  --help              this text

Every other flag goes to \`wrangler dev\`.
`

/** Nothing is asked of the network, and nothing told to it. */
const OFFLINE = {
  CLOUDFLARE_CF_FETCH_ENABLED: process.env['CLOUDFLARE_CF_FETCH_ENABLED'] ?? 'false',
  WRANGLER_SEND_METRICS: process.env['WRANGLER_SEND_METRICS'] ?? 'false',
}

answerHelp(USAGE)
const flags = await usable()
const shown = flags.verbose ? {} : { isRoutine: routineOf() }

const rootKey = ensureRootKey()
if (rootKey.created) console.log(`Wrote a new ROOT_KEY to ${rootKey.file}`)
console.log('Starting Keyward. The first time takes about a minute.')

stopWhenTold()
const upstream = flags.upstream && startUpstream(flags.upstream)
const ends = [told('Keyward', keyward(upstream))]
if (upstream) ends.push(told('The example upstream', upstream.ended))
await endWith(await Promise.race(ends))

function startUpstream({ port, flags }: NonNullable<DevFlags['upstream']>): Started {
  return start('upstream', ['dev', '--port', String(port), '--inspector-port', '0', ...flags], {
    cwd: join(projectRoot, 'examples', 'upstream'),
    env: OFFLINE,
    ...shown,
  })
}

/** Migrates the database and runs Keyward on it; the exit code of whichever of the two ended it. */
async function keyward(upstream: Started | null): Promise<number> {
  const migrate = ['d1', 'migrations', 'apply', 'DB', '--local', ...flags.sameDatabase]
  const place = { env: { ...OFFLINE, CI: 'true' }, isRoutine: () => true }
  const migrated = await start('keyward', migrate, place).ended
  if (migrated !== 0 || isStopping()) return migrated

  const server = start('keyward', ['dev', ...flags.keyward], { env: OFFLINE, ...shown })
  Promise.all([server.url, upstream?.url]).then(([url, upstreamUrl]) => sayWhereThingsAre(url, upstreamUrl ?? null))
  return server.ended
}

function sayWhereThingsAre(url: string, upstreamUrl: string | null): void {
  console.log(`
Keyward is running.

  Console      ${url}/console   sign in with the root key:  grep ^ROOT_KEY .dev.vars
  API docs     ${url}/docs   first call:  curl ${url}/healthz
  Example API  ${upstreamUrl ?? 'left out'}   ${upstreamUrl === null ? '' : 'npm run demo shows it guarded by keys; npm run seed fills the console'}
  Stop         Ctrl-C
`)
}

/** Until it listens, wrangler prints tables and advice; afterwards a line for each request. From an error on, all is shown. */
function routineOf(): (line: string, isReady: boolean) => boolean {
  let hasFailed = false
  return (line, isReady) => {
    hasFailed ||= line.includes('[ERROR]')
    return !hasFailed && (!isReady || line.startsWith('[wrangler:info]'))
  }
}

/** Says who ended first, unless everything was told to. */
async function told(who: string, ended: Promise<number>): Promise<number> {
  const code = await ended
  if (!isStopping()) console.error(`${who} ended with code ${code}.`)
  return code
}

/** The flags that were given. Ends the process when they cannot be followed. */
async function usable(): Promise<DevFlags> {
  try {
    return await choosePorts(readDevFlags(process.argv.slice(2)), isFree)
  } catch (error) {
    if (!(error instanceof UnusableFlag)) throw error
    console.error(error instanceof TakenPort ? await explainTaken(error) : error.message)
    process.exit(1)
  }
}

/** Mostly it is Keyward itself, started before. */
async function explainTaken({ port, message }: TakenPort): Promise<string> {
  const url = `http://localhost:${port}`
  if (!(await isKeyward(url))) return message
  return `Keyward is already running at ${url} (console: ${url}/console).
Stop it first, or start another one: npm run dev -- --port ${port + 100} --persist-to .wrangler/another`
}

async function isKeyward(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { headers: { Accept: 'application/json' }, signal: AbortSignal.timeout(2000) })
    return JSON.parse(await response.text()).name === 'keyward'
  } catch {
    return false
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, 'localhost')
  try {
    await once(probe, 'listening')
    return true
  } catch {
    return false
  } finally {
    probe.close()
  }
}
