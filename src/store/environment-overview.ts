// What is told of many environments at a glance, in one statement, however many keys they hold.
import { sql } from 'drizzle-orm'
import { type Database, query } from './database.ts'

/** `isMore`: there are at least so many live keys, and nobody counted on. */
export type EnvironmentSummary = {
  environmentId: string
  liveKeys: number
  isMore: boolean
  /** The moment of the newest event of the audit log that concerns it; null for none. */
  lastChangedAt: number | null
}

/** Of each environment, at most this many of the newest keys that were not revoked are looked at. */
export const MAX_KEYS_LOOKED_AT = 1000

/** In the order of the ids. Live is what is neither revoked nor expired at `now`. */
export async function summarizeEnvironments(
  db: Database,
  ids: readonly string[],
  now: number,
): Promise<EnvironmentSummary[]> {
  const rows = await query(
    db.all<{ environmentId: string; live: number; lookedAt: number; lastChangedAt: number | null }>(sql`
      SELECT value AS environmentId,
        (SELECT count(*) FROM ${newestKeys} WHERE expires_at IS NULL OR expires_at > ${now}) AS live,
        (SELECT count(*) FROM ${newestKeys}) AS lookedAt,
        (SELECT max(at) FROM audit_events WHERE environment_id = value) AS lastChangedAt
      FROM json_each(${JSON.stringify(ids)}) ORDER BY json_each.key`),
  )
  return rows.map(({ environmentId, live, lookedAt, lastChangedAt }) => ({
    environmentId,
    liveKeys: live,
    isMore: lookedAt >= MAX_KEYS_LOOKED_AT,
    lastChangedAt,
  }))
}

/** API keys alone: the ids of a kind lie side by side. */
const newestKeys = sql`(SELECT expires_at FROM api_keys
  WHERE environment_id = value AND id > 'key_' AND id < 'key\`' AND revoked_at IS NULL ORDER BY id DESC LIMIT ${MAX_KEYS_LOOKED_AT})`
