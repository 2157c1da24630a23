// Nothing grows with history: what an operation costs, and what a row, a message or a sweep holds, however often it was done before.
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Environment } from '../../src/core/environment.ts'
import { parseProjections } from '../../src/core/projection.ts'
import { RevocationLedger } from '../../src/edge/ledger.ts'
import type { LedgerClient } from '../../src/edge/ledger-client.ts'
import { createKey, editKey, getKey, rotateKey } from '../../src/service/keys.ts'
import { revokeEnvironmentKeys } from '../../src/service/revoke-environment.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { sweep } from '../../src/service/sweep.ts'
import { openDatabase } from '../../src/store/database.ts'
import { countingD1, flakyD1, flakyKv } from '../support/broken-bindings.ts'
import {
  aCaller,
  anEnvironment,
  anotherIsolate,
  aStoredKey,
  LEDGER,
  NOON,
  type TestDeps,
  testDeps,
  verifyKey,
} from '../support/factory.ts'

/** What the free plan lets one invocation send to D1. */
const STATEMENTS_OF_AN_INVOCATION = 50
const HISTORY = 1000

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
})

/** Deps with a ledger of their own, and what it and D1 were asked to do. */
function aCountedDeployment() {
  const stub = LEDGER.getByName(crypto.randomUUID())
  let now = NOON
  RevocationLedger.clock = () => now
  const ledger: LedgerClient = {
    sync: async (question) => stub.sync(question),
    record: async (change, environmentId) => stub.record(change, environmentId),
    entriesAfter: async (after, limit) => stub.entriesAfter(after, limit),
  }
  const { db, count } = countingD1(env.DB)
  const deps = testDeps({ ledger, db })
  const setTime = (at: number) => {
    now = at
    deps.setTime(at)
  }
  const rows = () =>
    runInDurableObject(stub, (_, { storage }) => {
      const read = (sql: string) => Number(storage.sql.exec(sql).one()['n'])
      return {
        seq: read('SELECT seq AS n FROM ledger'),
        secrets: read('SELECT count(*) AS n FROM secrets'),
        entries: read('SELECT count(*) AS n FROM entries'),
        bytes: read('SELECT coalesce(max(length(projection)), 0) AS n FROM entries'),
      }
    })
  /** Rows of the ledger that were written, and statements that D1 was sent. */
  const costOf = async (work: () => Promise<unknown>) => {
    const before = { ...(await rows()), statements: count.statements }
    await work()
    const after = await rows()
    return {
      rows: after.seq - before.seq + after.secrets - before.secrets,
      statements: count.statements - before.statements,
    }
  }
  const projectionOf = (subject: string) =>
    runInDurableObject(stub, (_, { storage }) => {
      const [row] = storage.sql.exec<{ projection: string }>(
        'SELECT projection FROM entries WHERE subject = ?',
        subject,
      )
      return row?.projection ?? '[]'
    })
  return { deps, setTime, stub, rows, costOf, projectionOf }
}

const without = (deps: TestDeps, statements: RegExp): TestDeps => ({
  ...deps,
  db: openDatabase(flakyD1(env.DB, { statements })),
})

describe('what an operation costs', () => {
  it.each<[string, (deps: TestDeps, ids: { keyId: string; environmentId: string }) => Promise<unknown>]>([
    ['an edit', (deps, { keyId }) => editKey(deps, aCaller(), keyId, { name: crypto.randomUUID() })],
    ['a rotation', (deps, { keyId }) => rotateKey(deps, aCaller(), keyId, { overlapSeconds: 60 })],
    ['revoke-keys', (deps, { environmentId }) => revokeEnvironmentKeys(deps, aCaller(), environmentId, {})],
  ])('%s: the same at the first, the hundredth and the thousandth time', { timeout: 120_000 }, async (what, repeat) => {
    const { deps, costOf } = aCountedDeployment()
    const { key, environment } = await aStoredKey(deps)
    const ids = { keyId: key.id, environmentId: environment.id }
    await repeat(deps, ids)
    const costs: Awaited<ReturnType<typeof costOf>>[] = []
    for (let count = 1; count <= HISTORY; count += 1) {
      const cost = await (count === 1 || count === 100 || count === HISTORY
        ? costOf(() => repeat(deps, ids))
        : repeat(deps, ids))
      if (count === 1 || count === 100 || count === HISTORY) costs.push(cost as (typeof costs)[number]) // of costOf
    }

    console.log(`${what}: ledger rows and D1 statements at 1, 100, 1,000: ${JSON.stringify(costs)}`)
    expect(costs).toEqual([costs[0], costs[0], costs[0]])
  })

  it('a revocation: the same for a key that was never rotated and for one that was a thousand times', {
    timeout: 120_000,
  }, async () => {
    const { deps, costOf, projectionOf } = aCountedDeployment()
    const costs = []
    for (const rotations of [0, 100, HISTORY]) {
      const { key } = await aStoredKey(deps)
      await addSecrets(key.id, rotations)
      const cost = await costOf(() => revokeKey(deps, aCaller(), key.id, {}))
      costs.push({ statements: cost.statements, bytes: (await projectionOf(`key:${key.id}`)).length })
      // The entry itself, and at most the ten newest secrets.
      expect(cost.rows).toBeLessThanOrEqual(1 + 10)
    }

    console.log(`a revocation after 0, 100, 1,000 rotations: ${JSON.stringify(costs)}`)
    expect(costs).toEqual([costs[0], costs[0], costs[0]])
  })

  it('a verification reads no more of a key that was rotated a thousand times', async () => {
    const { deps } = aCountedDeployment()
    const { key, token } = await aStoredKey(deps)
    await addSecrets(key.id, HISTORY)
    const { token: newest } = await rotateKey(deps, aCaller(), key.id, { overlapSeconds: 0 })

    expect(await verifyKey(anotherIsolate(deps), null, { token: newest })).toMatchObject({ valid: true })
    expect(await verifyKey(anotherIsolate(deps), null, { token })).toMatchObject({ code: 'expired' })
    expect((await getKey(deps, aCaller(), key.id)).secrets).toHaveLength(1)
  })
})

/** As many secrets as rotations would have left: ended for good, and older than the one that is open. */
async function addSecrets(keyId: string, count: number): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO api_key_secrets (prefix, key_id, hash, created_at, expires_at, environment_revision, tagged)
     SELECT lower(hex(randomblob(4))), ?1, lower(hex(randomblob(32))), 1, 0, 1, 1 FROM json_each(?2)`,
  )
    .bind(keyId, JSON.stringify(Array.from({ length: count }, () => 0)))
    .run()
  // The open secret is the newest row.
  await env.DB.prepare(
    'UPDATE api_key_secrets SET rowid = (SELECT max(rowid) + 1 FROM api_key_secrets) WHERE key_id = ? AND expires_at IS NULL',
  )
    .bind(keyId)
    .run()
}

describe('the row of an environment in the ledger', () => {
  it('keeps twenty revocations that D1 lacks, and none that D1 has', { timeout: 60_000 }, async () => {
    const { deps, setTime, projectionOf } = aCountedDeployment()
    const { environment } = await aStoredKey(deps)
    const kept = async () => parseProjections(await projectionOf(`environment:${environment.id}`)).length
    const withoutWrites = without(deps, /INSERT OR IGNORE INTO audit_events/)
    for (let count = 0; count < 200; count += 1)
      await revokeEnvironmentKeys(withoutWrites, aCaller(), environment.id, { note: 'x'.repeat(500) })
    expect(await kept()).toBe(20)

    setTime(NOON + 60_000)
    while (!(await sweep(deps)).caughtUp);
    await sweep(deps)
    await revokeEnvironmentKeys(deps, aCaller(), environment.id, {})

    expect(await kept()).toBe(1)
  })

  it('revokes in D1 what the dropped ones revoked, by the last', async () => {
    const { deps, setTime } = aCountedDeployment()
    const { environment, key } = await aStoredKey(deps)
    const withoutWrites = without(deps, /INSERT OR IGNORE INTO audit_events/)
    for (let count = 0; count < 25; count += 1)
      await revokeEnvironmentKeys(withoutWrites, aCaller(), environment.id, {})

    setTime(NOON + 60_000)
    while (!(await sweep(deps)).caughtUp);

    expect((await getKey(deps, aCaller(), key.id)).revokedAt).not.toBeNull()
  })
})

describe('a sweep', () => {
  it('stays within the statements of one invocation, whatever is left to write, and comes to its end', {
    timeout: 120_000,
  }, async () => {
    const { deps, setTime, stub } = aCountedDeployment()
    const environments = await Promise.all([anEnvironment(deps), anEnvironment(deps), anEnvironment(deps)])
    await leaveUnwritten(deps, environments)
    await fillLedger(stub, 10 * HISTORY)
    setTime(NOON + 60_000)

    let sweeps = 0
    for (let isDone = false; !isDone; sweeps += 1) {
      const { db, count } = countingD1(env.DB)
      isDone = (await sweep({ ...deps, db: openDatabase(db) })).caughtUp
      await deps.settled()
      expect(count.statements).toBeLessThanOrEqual(STATEMENTS_OF_AN_INVOCATION)
    }

    console.log(`${sweeps} sweeps for ${10 * HISTORY} entries`)
    expect(sweeps).toBeLessThan(20)
  })

  it('gets pages of the ledger that fit into one parameter of D1', async () => {
    const { deps, stub } = aCountedDeployment()
    const { environment } = await aStoredKey(deps)
    const withoutWrites = without(deps, /INSERT OR IGNORE INTO audit_events/)
    for (let count = 0; count < 30; count += 1)
      await revokeEnvironmentKeys(withoutWrites, aCaller(), environment.id, { note: '€'.repeat(500) })
    await fillLedger(stub, 3000, 'x'.repeat(1000))

    const page = await runInDurableObject(stub, (ledger) => ledger.entriesAfter(null, 1000))

    expect(JSON.stringify(page).length).toBeLessThan(1_000_000)
    expect(page.entries.length).toBeLessThanOrEqual(1000)
  })
})

/** Keys and environments that were revoked while D1 and KV could not be written. */
async function leaveUnwritten(deps: TestDeps, environments: Environment[]): Promise<void> {
  const silent = { ...without(deps, /INSERT/), revocations: flakyKv(env.REVOCATIONS, { writes: true }) }
  for (const { id } of environments) {
    for (let count = 0; count < 20; count += 1) {
      const { key } = await createKey(deps, aCaller(), id, { name: 'x', scopes: ['read'] })
      await revokeKey(silent, aCaller(), key.id, {})
    }
    await revokeEnvironmentKeys(silent, aCaller(), id, {})
  }
}

/** As many entries of keys that nobody knows, so old that D1 is to be told of them. */
const fillLedger = (stub: ReturnType<typeof LEDGER.getByName>, count: number, note = '') =>
  runInDurableObject(stub, (_, { storage }) => {
    const projection = JSON.stringify([{ kind: 'of a later version', note }])
    storage.sql.exec(
      `INSERT INTO entries (subject, seq, at, revision, revoked_at, key_id, disabled, wider_until, projection, has_unknown_secrets)
       SELECT 'key:filler_' || key, (SELECT seq FROM ledger) + key + 1, 0, 1, 1, 'filler_' || key, 0, 0, ?1, 0 FROM json_each(?2)`,
      projection,
      JSON.stringify(Array.from({ length: count }, () => 0)),
    )
    storage.sql.exec('UPDATE ledger SET seq = seq + ?', count)
  })
