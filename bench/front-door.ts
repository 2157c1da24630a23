// What the front door costs next to a proxy that guards nothing, in front of the same upstream; and what a large upload
// takes in memory on its way through.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { compareLoads, type Load } from './load.ts'
import { type Runtime, startRuntime } from './runtime.ts'
import { type Made, makeCredentials, migrate } from './setup.ts'
import { printTable } from './table.ts'

const UPLOAD_BYTES = 50 * 1024 * 1024
const KIB = 1024
const MIB = KIB * KIB

export async function benchFrontDoor(): Promise<void> {
  const runtime = await startRuntime({ answer: '{}', delayMs: 0 })
  try {
    await migrate(runtime.db)
    const made = await makeCredentials(runtime)
    const accessToken = await obtainToken(runtime, made)
    for (const way of ['by-url', 'by-service']) {
      await compareLoads(`Front door, upstream ${way.replace('-', ' ')}`, 'of the bare proxy', [
        { name: 'a bare Hono proxy', ...get(runtime.baseline, `/${way}/x`, made.token) },
        { name: 'the duties of a guard, nothing decided', ...get(runtime.baseline, `/duties/${way}/x`, made.token) },
        { name: 'the front door, API key', ...get(runtime.keyward, `/api/${way}/x`, made.token) },
        { name: 'the front door, access token', ...get(runtime.keyward, `/core/${way}/x`, accessToken) },
      ])
    }
    await compareLoads('Access tokens', 'of the bare proxy', [
      { name: 'a bare Hono proxy', method: 'GET', url: runtime.baseline, path: '/by-url/x' },
      { name: 'POST /oauth2/token', url: runtime.keyward, path: '/oauth2/token', ...purchase(made) },
    ])
    await uploadThrough(runtime, made.token)
  } finally {
    await runtime.stop()
  }
}

const get = (url: URL, path: string, token: string): Omit<Load, 'name'> => ({
  method: 'GET',
  url,
  path,
  headers: { authorization: `Bearer ${token}` },
})

const purchase = ({ client }: Made) => ({
  body: 'grant_type=client_credentials',
  headers: {
    authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}`,
    'content-type': 'application/x-www-form-urlencoded',
  },
})

async function obtainToken({ keyward }: Runtime, made: Made): Promise<string> {
  const response = await fetch(new URL('/oauth2/token', keyward), { method: 'POST', ...purchase(made) })
  const { access_token: token }: { access_token: string } = JSON.parse(await response.text())
  return token
}

/** The most memory the runtime held while the upload passed, above what it held before. */
async function uploadThrough({ keyward, baseline }: Runtime, token: string): Promise<void> {
  const body = Buffer.alloc(UPLOAD_BYTES, 'x')
  const headers = { authorization: `Bearer ${token}` }
  const rows: string[][] = []
  for (const [name, url] of [
    ['a bare Hono proxy', new URL('/by-url/upload', baseline)],
    ['the front door', new URL('/api/by-url/upload', keyward)],
  ] as const) {
    const before = resetPeak()
    const response = await fetch(url, { method: 'POST', body, headers })
    const { bytes }: { bytes: number } = JSON.parse(await response.text())
    if (bytes !== UPLOAD_BYTES) throw new Error(`${name}: ${bytes} bytes arrived`)
    rows.push([name, ((peak() - before) / MIB).toFixed(1)])
  }
  printTable(`An upload of ${UPLOAD_BYTES / MIB} MiB`, ['through', 'MiB of memory at the peak'], rows)
}

const runtimePid = () =>
  execFileSync('pgrep', ['-P', String(process.pid), '-x', 'workerd'])
    .toString()
    .trim()

/** Forgets the peak of the runtime's process, and says what it holds now, in bytes. */
function resetPeak(): number {
  writeFileSync(`/proc/${runtimePid()}/clear_refs`, '5')
  return fieldOf('VmRSS')
}

const peak = () => fieldOf('VmHWM')

function fieldOf(name: string): number {
  const status = readFileSync(`/proc/${runtimePid()}/status`, 'utf8')
  return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * KIB
}
