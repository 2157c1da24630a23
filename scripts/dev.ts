// `npm run dev`: from a fresh clone to a running Keyward with an example API behind it, offline.
// Flags after `--` go to Keyward's wrangler, but for --no-upstream and --upstream-port.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { choosePorts, type DevFlags, readDevFlags, UnusableFlag } from './dev-flags.ts'
import { ensureRootKey } from './root-key.ts'
import { endWith, isStopping, type Started, start, stopWhenTold } from './side-by-side.ts'
import { projectRoot } from './wrangler.ts'

/** Nothing is asked of the network, and nothing told to it. */
const OFFLINE = {
  CLOUDFLARE_CF_FETCH_ENABLED: process.env['CLOUDFLARE_CF_FETCH_ENABLED'] ?? 'false',
  WRANGLER_SEND_METRICS: process.env['WRANGLER_SEND_METRICS'] ?? 'false',
}

const flags = await usable()

const rootKey = ensureRootKey()
console.log(`${rootKey.created ? 'Wrote a new ROOT_KEY to' : 'The ROOT_KEY is in'} ${rootKey.file}`)

stopWhenTold()
const upstream = flags.upstream && startUpstream(flags.upstream)
const ends = [told('Keyward', keyward(upstream))]
if (upstream) ends.push(told('The example upstream', upstream.ended))
await endWith(await Promise.race(ends))

function startUpstream({ port, flags }: NonNullable<DevFlags['upstream']>): Started {
  return start('upstream', ['dev', '--port', String(port), '--inspector-port', '0', ...flags], {
    cwd: join(projectRoot, 'examples', 'upstream'),
    env: OFFLINE,
  })
}

/** Migrates the database and runs Keyward on it; the exit code of whichever of the two ended it. */
async function keyward(upstream: Started | null): Promise<number> {
  const migrate = ['d1', 'migrations', 'apply', 'DB', '--local', ...flags.sameDatabase]
  const migrated = await start('keyward', migrate, { env: { ...OFFLINE, CI: 'true' }, quiet: true }).ended
  if (migrated !== 0 || isStopping()) return migrated
  console.log('The migrations are applied.')

  const server = start('keyward', ['dev', ...flags.keyward], { env: OFFLINE })
  Promise.all([server.url, upstream?.url]).then(([url, upstreamUrl]) => {
    console.log(`\nKeyward           ${url}   its API: ${url}/docs`)
    if (upstreamUrl) console.log(`Example upstream  ${upstreamUrl}   try: ${upstreamUrl}/api/recommendations`)
  })
  return server.ended
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
    console.error(error.message)
    process.exit(1)
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
