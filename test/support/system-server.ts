// One Keyward with its example upstream for all system tests but those about starting, ending and restarting one.
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startServer } from './running-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** `log` is a file with all that was printed so far, `upstreamUrl` the example upstream. */
    server: { url: string; upstreamUrl: string; log: string }
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer()
  const folder = mkdtempSync(join(tmpdir(), 'keyward-log-'))
  const log = join(folder, 'output')
  writeFileSync(log, server.output())
  for (const stream of [server.process.stdout, server.process.stderr])
    stream?.on('data', (chunk) => appendFileSync(log, chunk))
  project.provide('server', { url: server.url, upstreamUrl: server.upstreamUrl, log })
  return async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
