// Search terms that were written before names were folded as they are now (migration 0018), and how they are written anew.
import { asc, eq, sql } from 'drizzle-orm'
import { extractSearchTerms } from '../core/search-terms.ts'
import { type Database, query, runBatch } from './database.ts'
import { apiKeys, oldSearchTerms } from './schema.ts'

/**
 * Writes the terms of at most `limit` keys anew, in one transaction. A key that was renamed since it was read has new terms
 * already and keeps them. Returns how many keys were done.
 */
export async function renewSearchTerms(db: Database, limit: number): Promise<number> {
  const keys = await query(
    db
      .select({ keyId: apiKeys.id, name: apiKeys.name })
      .from(oldSearchTerms)
      .innerJoin(apiKeys, eq(apiKeys.id, oldSearchTerms.keyId))
      .orderBy(asc(oldSearchTerms.keyId))
      .limit(limit),
  )
  if (keys.length === 0) return 0
  const renewed = keys.map((key) => ({ ...key, terms: extractSearchTerms(key.name) }))
  const unchanged = sql`json_each(${JSON.stringify(renewed)}) AS renewed JOIN api_keys AS k
    ON k.id = renewed.value ->> 'keyId' AND k.name = renewed.value ->> 'name'`
  await runBatch(db, [
    sql`DELETE FROM api_key_terms WHERE kind = 'name' AND key_id IN (SELECT k.id FROM ${unchanged})`,
    sql`
      INSERT OR IGNORE INTO api_key_terms (environment_id, term, key_id, kind)
      SELECT k.environment_id, term.value, k.id, 'name' FROM ${unchanged}, json_each(renewed.value -> 'terms') AS term`,
    sql`
      DELETE FROM old_search_terms
      WHERE key_id IN (SELECT value ->> 'keyId' FROM json_each(${JSON.stringify(renewed)}))`,
  ])
  return keys.length
}
