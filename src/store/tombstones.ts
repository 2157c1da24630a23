// Revocations in KV, and the outbox in D1 that makes sure each of them gets there.
// A tombstone alone denies. It never expires, and holds the key's public ids: no token, secret or hash.
import { eq, inArray, lte, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type Database, query } from './database.ts'
import { pendingTombstones } from './schema.ts'

export type Tombstone = { prefix: string; keyId: string; environmentId: string; revokedAt: number }

/** What KV knows of a prefix. `unreadable` is a value that is not ours: it denies like any other, but names no key. */
export type TombstoneFinding =
  | { state: 'none' }
  | { state: 'present'; tombstone: Omit<Tombstone, 'prefix'> }
  | { state: 'unreadable' }

/** KV caches a read for at least this long; the shortest it takes keeps the second path as fresh as it can be. */
const READ_CACHE_SECONDS = 30

export async function readTombstone(kv: KVNamespace, prefix: string): Promise<TombstoneFinding> {
  const value = await kv.get(tombstoneKeyOf(prefix), { cacheTtl: READ_CACHE_SECONDS })
  return value === null ? { state: 'none' } : parseTombstone(value)
}

export async function writeTombstone(kv: KVNamespace, { prefix, ...tombstone }: Tombstone): Promise<void> {
  await kv.put(tombstoneKeyOf(prefix), JSON.stringify(tombstone))
}

/** The pending tombstones of one key, or of a whole environment. */
export async function findPendingTombstones(
  db: Database,
  whose: { keyId: string } | { environmentId: string },
  limit: number,
): Promise<Tombstone[]> {
  const condition =
    'keyId' in whose
      ? eq(pendingTombstones.keyId, whose.keyId)
      : eq(pendingTombstones.environmentId, whose.environmentId)
  return query(db.select(COLUMNS).from(pendingTombstones).where(condition).limit(limit))
}

/** The pending tombstones whose next attempt is due, longest due first. */
export async function findDueTombstones(db: Database, now: number, limit: number): Promise<Tombstone[]> {
  return query(
    db
      .select(COLUMNS)
      .from(pendingTombstones)
      .where(lte(pendingTombstones.nextAttemptAt, now))
      .orderBy(pendingTombstones.nextAttemptAt)
      .limit(limit),
  )
}

export async function deletePendingTombstones(db: Database, prefixes: string[]): Promise<void> {
  await query(db.delete(pendingTombstones).where(inPrefixes(prefixes)))
}

/** Puts the next attempt off: a minute, then twice as long each time, up to an hour. */
export async function postponeTombstones(db: Database, prefixes: string[], now: number): Promise<void> {
  const delayMs = sql`min(${LAST_RETRY_MS}, ${FIRST_RETRY_MS} << min(attempts, 10))`
  await query(
    db
      .update(pendingTombstones)
      .set({ attempts: sql`attempts + 1`, nextAttemptAt: sql`${now} + ${delayMs}` })
      .where(inPrefixes(prefixes)),
  )
}

/** One JSON parameter, however many prefixes: D1 binds at most 100. */
const inPrefixes = (prefixes: string[]) =>
  inArray(pendingTombstones.prefix, sql`(SELECT value FROM json_each(${JSON.stringify(prefixes)}))`)

const tombstoneKeyOf = (prefix: string) => `revoked:v1:${prefix}`

function parseTombstone(value: string): TombstoneFinding {
  try {
    return { state: 'present', tombstone: TOMBSTONE.parse(JSON.parse(value)) }
  } catch {
    return { state: 'unreadable' }
  }
}

const TOMBSTONE = z.object({ keyId: z.string(), environmentId: z.string(), revokedAt: z.number() })

const COLUMNS = {
  prefix: pendingTombstones.prefix,
  keyId: pendingTombstones.keyId,
  environmentId: pendingTombstones.environmentId,
  revokedAt: pendingTombstones.revokedAt,
}

const FIRST_RETRY_MS = 60_000
const LAST_RETRY_MS = 3_600_000
