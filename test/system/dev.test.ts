import { once } from 'node:events'
import { createServer } from 'node:net'
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
    await expect.poll(server.output, PATIENCE).toMatch(new RegExp(`^Keyward +${server.url}`, 'm'))
    expect(server.output()).toMatch(new RegExp(`^Example upstream +${server.upstreamUrl}`, 'm'))
  })

  it('says of each line whose it is', () => {
    expect(server.output()).toMatch(/^keyward {2}\| .*Ready on/m)
    expect(server.output()).toMatch(/^upstream \| .*Ready on/m)
  })

  it('ends both when npm alone is told to end', async () => {
    server.process.kill('SIGTERM')

    await expect.poll(() => isGone(`${server.url}/healthz`), PATIENCE).toBe(true)
    await expect.poll(() => isGone(server.upstreamUrl), PATIENCE).toBe(true)
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

  it('starts nothing when the port of the example upstream is taken, and names the flags that help', async () => {
    const port = await freePorts(2)
    const other = createServer().listen(port + 1, 'localhost')
    await once(other, 'listening')
    const dev = runDev('--port', String(port))
    onTestFinished(() => void other.close())

    const [code] = await once(dev.process, 'close')

    expect(code).toBe(1)
    expect(dev.output()).toMatch(new RegExp(`Port ${port + 1} is taken.*--upstream-port.*--no-upstream`))
    expect(dev.output()).not.toContain('Ready on')
  })
})
