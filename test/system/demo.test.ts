import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, inject, it } from 'vitest'
import { root } from '../support/running-server.ts'

const run = promisify(execFile)

const server = inject('server')

describe('npm run dev', () => {
  it('writes a root key that only its owner can read, and never prints it', async () => {
    const { localRootKey } = await import('../../scripts/root-key.ts')

    const mode = statSync(join(root, '.dev.vars')).mode & 0o777
    expect(mode).toBe(0o600)
    expect(localRootKey()?.length).toBeGreaterThanOrEqual(32)
    expect(readFileSync(server.log, 'utf8')).not.toContain(localRootKey())
  })

  it('serves the script of the API reference', async () => {
    const response = await fetch(`${server.url}/vendor/api-reference.js`)

    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toContain('javascript')
  })
})

describe('npm run demo', () => {
  it('finds everything as promised on a running server', async () => {
    const { stdout } = await run('npm', ['run', 'demo', '--', '--url', server.url], { cwd: root })

    expect(stdout).toContain('Everything as promised.')
    expect(stdout).not.toMatch(/nsl_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}/)
  })

  it('exits non-zero and says so when the server does not keep a promise', async () => {
    const env = { ...process.env, ROOT_KEY: 'not-the-root-key-not-the-root-key-00' }

    await expect(run('npm', ['run', 'demo', '--', '--url', server.url], { cwd: root, env })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Not as promised'),
    })
  })
})
