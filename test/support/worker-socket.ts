// The built Worker on a socket of its own: `npm run dev` has a proxy before it, which changes how a request is framed.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unstable_splitSqlQuery } from 'wrangler'
import { bundleWorker, COMPATIBILITY, describeScript, startMiniflare } from '../../scripts/miniflare.ts'
import { root } from './running-server.ts'

export type WorkerSocket = { url: URL; rootKey: string; stop(): Promise<void> }

export async function startWorkerSocket(): Promise<WorkerSocket> {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-socket-'))
  const rootKey = 'root-key-of-the-socket-tests-0123456789'
  const miniflare = await startMiniflare({
    workers: [
      {
        ...COMPATIBILITY,
        ...describeScript('keyward', bundleWorker(folder, 'keyward')),
        bindings: { ROOT_KEY: rootKey },
        d1Databases: { DB: 'keyward' },
        kvNamespaces: { REVOCATIONS: 'revocations' },
        durableObjects: { LEDGER: { className: 'RevocationLedger', useSQLite: true } },
        unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      },
    ],
  })
  await migrate(await miniflare.getD1Database('DB', 'keyward'))
  return {
    url: await miniflare.unsafeGetDirectURL('keyward'),
    rootKey,
    stop: async () => {
      await miniflare.dispose()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function migrate(db: D1Database): Promise<void> {
  const migrations = join(root, 'migrations')
  for (const file of readdirSync(migrations).sort()) {
    for (const statement of unstable_splitSqlQuery(readFileSync(join(migrations, file), 'utf8')))
      await db.prepare(statement).run()
  }
}
