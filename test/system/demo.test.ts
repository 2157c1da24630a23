import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const run = promisify(execFile)

let server: ChildProcess
let url: string
let output = ''
const storage = mkdtempSync(join(tmpdir(), 'keyward-'))

beforeAll(async () => {
  const port = await freePort()
  url = `http://localhost:${port}`
  const args = ['run', 'dev', '--', '--port', String(port), '--inspector-port', '0', '--persist-to', storage]
  server = spawn('npm', args, { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [server.stdout, server.stderr]) stream?.on('data', (chunk) => (output += chunk))
  await answering(`${url}/healthz`)
})

afterAll(async () => {
  const { pid } = server
  if (pid !== undefined && server.exitCode === null) {
    process.kill(-pid, 'SIGTERM')
    await once(server, 'exit')
  }
  rmSync(storage, { recursive: true, force: true })
})

describe('npm run dev', () => {
  it('writes a root key that only its owner can read, and never prints it', async () => {
    const { localRootKey } = await import('../../scripts/root-key.ts')

    const mode = statSync(join(root, '.dev.vars')).mode & 0o777
    expect(mode).toBe(0o600)
    expect(localRootKey()?.length).toBeGreaterThanOrEqual(32)
    expect(output).not.toContain(localRootKey())
  })

  it('serves the script of the API reference', async () => {
    const response = await fetch(`${url}/vendor/api-reference.js`)

    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toContain('javascript')
  })
})

describe('npm run demo', () => {
  it('finds everything as promised on a freshly started server', async () => {
    const { stdout } = await run('npm', ['run', 'demo', '--', '--url', url], { cwd: root })

    expect(stdout).toContain('Everything as promised.')
    expect(stdout).not.toMatch(/nsl_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}/)
  })

  it('exits non-zero and says so when the server does not keep a promise', async () => {
    const env = { ...process.env, ROOT_KEY: 'not-the-root-key-not-the-root-key-00' }

    await expect(run('npm', ['run', 'demo', '--', '--url', url], { cwd: root, env })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Not as promised'),
    })
  })
})

async function freePort(): Promise<number> {
  const probe = createServer().listen(0)
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Resolves when the URL answers 200; fails with what the server printed when it gives up first. */
async function answering(target: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (server.exitCode !== null) throw new Error(`the server stopped:\n${output}`)
    const ok = await fetch(target).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`no answer from ${target}:\n${output}`)
}
