// The built Worker in the local runtime, with storage of its own that is gone afterwards.
import { join } from 'node:path'
import { createTestHarness } from 'wrangler'

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

  /** Calls the management API and returns the answer's body. Throws for anything but success. */
  async function manage<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(new URL(path, url), {
      method,
      headers: { Authorization: `Bearer ${ROOT_KEY}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response.json() as Promise<T> // the caller knows the route
  }

  return { url, db, manage, close: () => harness.close() }
}
