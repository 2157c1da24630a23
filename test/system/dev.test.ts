import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { freePorts, isGone, type RunningServer, runDev, startServer } from '../support/running-server.ts'

/** Longer than it takes to notice that npm is gone, and to end two servers. */
const PATIENCE = { timeout: 20_000, interval: 200 }

describe('npm run dev', () => {
  let server: RunningServer

  beforeAll(async () => {
    server = await startServer()
  })

  afterAll(() => server?.stop())

  it('starts the example upstream on the port after that of Keyward, and says where each of them is', async () => {
    const response = await fetch(`${server.upstreamUrl}/api/recommendations?rerank_mode=aggressive&rerank_depth=3`)

    expect(await response.json()).toMatchObject({ applied: { rerank_mode: 'aggressive', rerank_depth: 3 } })
    await expect.poll(server.output, PATIENCE).toMatch(new RegExp(`^ +Console +${server.url}/console`, 'm'))
    expect(server.output()).toMatch(new RegExp(`^ +Example API +${server.upstreamUrl}`, 'm'))
  })

  it('prints nothing but what a person needs', async () => {
    await fetch(`${server.url}/nothing-here`)

    const lines = server
      .output()
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('>'))
    expect(lines.map((line) => line.trim().split(/ {2,}|:/)[0])).toEqual([
      expect.stringMatching(/^(Starting Keyward|Wrote a new ROOT_KEY)/),
      ...(lines.length === 7 ? [expect.stringMatching(/^Starting Keyward/)] : []),
      'Keyward is running.',
      'Console',
      'API docs',
      'Example API',
      'Stop',
    ])
  })

  it('says that it runs already when it is started again', async () => {
    const again = runDev('--port', new URL(server.url).port)

    const [code] = await once(again.process, 'close')

    expect(code).toBe(1)
    expect(again.output()).toContain(`Keyward is already running at ${server.url}`)
  })

  it('ends both when npm alone is told to end', async () => {
    server.process.kill('SIGTERM')

    await expect.poll(() => isGone(`${server.url}/healthz`), PATIENCE).toBe(true)
    await expect.poll(() => isGone(server.upstreamUrl), PATIENCE).toBe(true)
  })
})

describe('npm run dev, where the port after that of Keyward is for the inspector', () => {
  it('starts the example upstream on the next one', async () => {
    const port = await freePorts(3)
    const storage = mkdtempSync(join(tmpdir(), 'keyward-'))
    const flags = ['--port', String(port), '--inspector-port', String(port + 1), '--persist-to', storage, '--verbose']
    const dev = runDev(...flags)
    onTestFinished(async () => {
      await dev.stop()
      rmSync(storage, { recursive: true, force: true })
    })

    await expect.poll(dev.output, { timeout: 120_000, interval: 200 }).toMatch(/Example API/)

    expect(dev.output()).toMatch(new RegExp(`Console +http://localhost:${port}/`))
    expect(dev.output()).toMatch(new RegExp(`Example API +http://localhost:${port + 2} `))
    expect(dev.output()).toMatch(/^keyward {2}\| .*Ready on/m)
    expect(dev.output()).toMatch(/^upstream \| .*Ready on/m)
    expect((await fetch(`http://localhost:${port}/healthz`)).status).toBe(200)
  })
})

describe('npm run dev, when it cannot go on', () => {
  it('ends the example upstream and fails when Keyward does not start', async () => {
    const port = await freePorts(2)
    const dev = runDev('--port', String(port), '--config', 'there-is-no-such.toml')
    onTestFinished(dev.stop)

    const [code] = await once(dev.process, 'close')

    expect(code).toBe(1)
    expect(dev.output()).toContain('Keyward ended with code 1.')
    expect(await isGone(`http://localhost:${port + 1}`)).toBe(true)
  })

  it.each([
    ['--upstream-port', /Port \d+ is taken.*--upstream-port.*--no-upstream/],
    ['--inspector-port', /Port \d+ is taken.*--inspector-port/],
    ['--port', /Port \d+ is taken.*--port/],
  ])('starts nothing when the port that %s names is taken, and says so', async (flag, message) => {
    const port = await freePorts(2)
    const other = createServer().listen(port, 'localhost')
    await once(other, 'listening')
    // Somebody who runs these tests may have a Keyward on the default port.
    const own = flag === '--port' ? [] : ['--port', String(port + 1)]
    const dev = runDev(flag, String(port), ...own)
    onTestFinished(() => void other.close())

    const [code] = await once(dev.process, 'close')

    expect(code).toBe(1)
    expect(dev.output()).toMatch(message)
    expect(dev.output()).toContain(`Port ${port} is taken`)
    expect(dev.output()).not.toContain('Ready on')
  })
})
