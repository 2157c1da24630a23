// Tombstones: revocations in KV, and the outbox in D1 that makes sure that each of them is written.
// A tombstone is enough to deny a key. It never expires, and holds only public ids: no token, secret or hash.
import { eq, inArray, lte, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type Database, query } from './database.ts'
import { pendingTombstones } from './schema.ts'

export type Tombstone = { prefix: string; keyId: string; environmentId: string; revokedAt: number }

/** What KV holds for a prefix. `unreadable`: a value that we did not write; it denies too, but names no key. */
export type TombstoneFinding =
  | { state: 'none' }
  | { state: 'present'; tombstone: Omit<Tombstone, 'prefix'> }
  | { state: 'unreadable' }

/** The shortest time that KV allows for caching a read: a longer one would delay tombstones more. */
const READ_CACHE_SECONDS = 30

export async function readTombstone(kv: KVNamespace, prefix: string): Promise<TombstoneFinding> {
  const value = await kv.get(tombstoneKeyOf(prefix), { cacheTtl: READ_CACHE_SECONDS })
  return value === null ? { state: 'none' } : parseTombstone(value)
}

export async function writeTombstone(kv: KVNamespace, { prefix, ...tombstone }: Tombstone): Promise<void> {
  await kv.put(tombstoneKeyOf(prefix), JSON.stringify(tombstone))
}

/** Whether KV holds that the access token was ended on its own. */
export const isTokenEnded = async (kv: KVNamespace, jti: string): Promise<boolean> =>
  (await kv.get(tokenKeyOf(jti), { cacheTtl: READ_CACHE_SECONDS })) !== null

/** Writes that the access token was ended, to be kept until `endsAt`. */
export async function writeTokenEnding(
  kv: KVNamespace,
  jti: string,
  { endedAt, endsAt }: { endedAt: number; endsAt: number },
) {
  await kv.put(tokenKeyOf(jti), JSON.stringify({ endedAt }), {
    expirationTtl: Math.max(60, Math.ceil((endsAt - endedAt) / 1000)),
  })
}

/** The tombstones of a key, or of a whole environment, that are still to be written. */
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

/** The pending tombstones whose next attempt is due, the longest overdue first. */
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

/** Postpones the next attempt by a minute, then by twice as long each time, up to an hour. */
export async function postponeTombstones(db: Database, prefixes: string[], now: number): Promise<void> {
  const delayMs = sql`min(${LAST_RETRY_MS}, ${FIRST_RETRY_MS} << min(attempts, 10))`
  await query(
    db
      .update(pendingTombstones)
      .set({ attempts: sql`attempts + 1`, nextAttemptAt: sql`${now} + ${delayMs}` })
      .where(inPrefixes(prefixes)),
  )
}

/** One JSON parameter however many prefixes there are, because D1 binds at most 100. */
const inPrefixes = (prefixes: string[]) =>
  inArray(pendingTombstones.prefix, sql`(SELECT value FROM json_each(${JSON.stringify(prefixes)}))`)

const tokenKeyOf = (jti: string) => `ended:v1:${jti}`
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
