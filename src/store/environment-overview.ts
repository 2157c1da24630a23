// A summary of several environments, in one statement and at a bounded cost however many keys they hold.
import { sql } from 'drizzle-orm'
import { type Database, query } from './database.ts'

/** `isMore`: counting stopped at MAX_KEYS_LOOKED_AT, so there may be more live keys than `liveKeys`. */
export type EnvironmentSummary = {
  environmentId: string
  liveKeys: number
  isMore: boolean
  /** When the newest audit event about the environment happened; null when there is none. */
  lastChangedAt: number | null
}

/** How many keys of each environment are looked at: the newest that are not revoked. */
export const MAX_KEYS_LOOKED_AT = 1000

/** The summaries in the order of `ids`. A key is live when it is neither revoked nor expired at `now`. */
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

/** API keys without SDK credentials: the ids of one kind are adjacent. */
const newestKeys = sql`(SELECT expires_at FROM api_keys
  WHERE environment_id = value AND id > 'key_' AND id < 'key\`' AND revoked_at IS NULL ORDER BY id DESC LIMIT ${MAX_KEYS_LOOKED_AT})`
