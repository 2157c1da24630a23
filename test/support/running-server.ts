// A server as a user starts it, with `npm run dev`, on storage and ports of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

export const root = join(import.meta.dirname, '..', '..')

export type RunningServer = {
  url: string
  /** Where the example upstream is, unless it was left out. */
  upstreamUrl: string
  /** Of npm, with which everything ends. */
  process: ChildProcess
  /** What was printed so far. */
  output: () => string
  /** Ends it as Ctrl-C does, removes its storage, and resolves when that is done. */
  stop: () => Promise<void>
}

/** Resolves when Keyward answers, and the example upstream too, unless `--no-upstream` is among the flags. */
export async function startServer(...flags: string[]): Promise<RunningServer> {
  const storage = mkdtempSync(join(tmpdir(), 'keyward-'))
  const port = await freePorts(2)
  const server = runDev('--port', String(port), '--inspector-port', '0', '--persist-to', storage, ...flags)
  const running = {
    ...server,
    url: `http://localhost:${port}`,
    upstreamUrl: `http://localhost:${port + 1}`,
    stop: async () => {
      await server.stop()
      rmSync(storage, { recursive: true, force: true })
    },
  }
  const addresses = [`${running.url}/healthz`]
  if (!flags.includes('--no-upstream')) addresses.push(`${running.upstreamUrl}/api/recommendations`)
  await Promise.all(addresses.map((address) => answering(address, running))).catch(async (error) => {
    await running.stop()
    throw error
  })
  return running
}

/** Starts `npm run dev` and waits for nothing. */
export function runDev(...flags: string[]): Pick<RunningServer, 'process' | 'output' | 'stop'> {
  const npm = spawn('npm', ['run', 'dev', '--', ...flags], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk) => (output += chunk))
  const closed = once(npm, 'close')
  const stop = async () => {
    if (npm.pid !== undefined && npm.exitCode === null && npm.signalCode === null) process.kill(-npm.pid, 'SIGTERM')
    await closed
  }
  return { process: npm, output: () => output, stop }
}

/** The first of so many neighbouring ports, none of which is in use. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const first = await listeningOnce(0)
    if (first === null) continue
    const rest = Array.from({ length: count - 1 }, (_, index) => listeningOnce(first + index + 1))
    if (!(await Promise.all(rest)).includes(null)) return first
  }
  throw new Error('no free ports')
}

/** Whether nothing answers there any more. */
export async function isGone(url: string): Promise<boolean> {
  return fetch(url).then(
    () => false,
    () => true,
  )
}

/** The port, once it was listened on; null when it is in use. */
async function listeningOnce(port: number): Promise<number | null> {
  const probe = createServer()
  try {
    await once(probe.listen(port, 'localhost'), 'listening')
  } catch {
    return null
  }
  const address = probe.address()
  await once(probe.close(), 'close')
  return typeof address === 'object' && address !== null ? address.port : null
}

/** Resolves when the URL answers 200; fails with what the server printed when it gives up first. */
async function answering(target: string, server: Pick<RunningServer, 'process' | 'output'>): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (server.process.exitCode !== null) throw new Error(`the server stopped:\n${server.output()}`)
    const ok = await fetch(target).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
    await setTimeout(200)
  }
  throw new Error(`no answer from ${target}:\n${server.output()}`)
}
