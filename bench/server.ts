// The built Worker in the local runtime, with storage of its own that is gone afterwards.
import { join } from 'node:path'
import { createTestHarness } from 'wrangler'
import { callWith } from '../scripts/management-api.ts'

export const ROOT_KEY = 'root-key-of-the-bench-0123456789abcdef'
const root = join(import.meta.dirname, '..')

type WorkerEnv = { DB: D1Database; REVOCATIONS: KVNamespace; ROOT_KEY: string }
export type Server = Awaited<ReturnType<typeof startServer>>

export async function startServer() {
  const harness = createTestHarness({
    root,
    workers: [{ configPath: 'wrangler.toml', secrets: { ROOT_KEY } }],
  })
  const { url } = await harness.listen()
  const worker = harness.getWorker<WorkerEnv>()
  await worker.applyD1Migrations('DB')
  const { DB: db } = await worker.getEnv()

  return { url, db, manage: callWith(url, ROOT_KEY), close: () => harness.close() }
}
