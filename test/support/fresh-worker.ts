// Test files share a running Worker, because starting one takes seconds. Before each file this clears what outlives the one before:
// all that is stored, and what the modules of src hold. Code that keeps something new in a module variable must be cleared here too.
import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createDeps } from '../../src/deps.ts'
import { Isolate } from '../../src/edge/isolate.ts'
import { RevocationLedger } from '../../src/edge/ledger.ts'

await emptyStores()
// All migrations in one transaction; that they can be applied one by one is for test/system/migrations.test.ts.
await applyD1Migrations(env.DB, [{ name: 'all', queries: env.MIGRATIONS.flatMap(({ queries }) => queries) }])
RevocationLedger.clock = Date.now
forget(createDeps(env, { waitUntil: () => {} }).isolate)

/** A store that is still answering the file before survives a reset now and then; the next one takes it. */
async function emptyStores(): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    await reset()
    if (await areEmpty()) return
  }
  throw new Error('the stores still hold what the test file before has written')
}

async function areEmpty(): Promise<boolean> {
  const table = await env.DB.prepare("SELECT name FROM sqlite_master WHERE name = 'projects'").first()
  const { keys } = await env.REVOCATIONS.list({ limit: 1 })
  return table === null && keys.length === 0
}

/** Empties the isolate that requests to the Worker share. Its lease ends as it does in production: the clock goes backwards. */
function forget(isolate: Isolate): void {
  // The lease and what is known of environments are private; the ledger that was emptied makes the isolate start over.
  Object.assign(isolate, new Isolate())
  isolate.readClock(Number.POSITIVE_INFINITY)
  isolate.readClock(Date.now())
}
