// Mint keys: made by a migration, and only ever added.
import { desc, sql } from 'drizzle-orm'
import type { MintKey } from '../core/mint-tag.ts'
import { type Database, query } from './database.ts'
import { mintKeys } from './schema.ts'

export type StoredMintKey = Omit<MintKey, 'key'>

/** The mint keys, newest first, and whether there are tokens without a tag; in one statement. */
export async function readMintKeys(db: Database): Promise<{ stored: StoredMintKey[]; hasUntagged: boolean }> {
  const rows = await query(
    db
      .select({
        id: mintKeys.id,
        secret: mintKeys.secret,
        createdAt: mintKeys.createdAt,
        hasUntagged: sql`(
          EXISTS (SELECT 1 FROM api_key_secrets WHERE tagged = 0) OR
          EXISTS (SELECT 1 FROM management_keys WHERE tagged = 0))`.mapWith(Boolean),
      })
      .from(mintKeys)
      .orderBy(desc(mintKeys.createdAt)),
  )
  return {
    stored: rows.map(({ hasUntagged: _, ...stored }) => stored),
    hasUntagged: rows.some(({ hasUntagged }) => hasUntagged),
  }
}

/**
 * The statement that makes sure that the key is there. It goes along with each token that is tagged with it: in a database that
 * was restored from before the key was made, the token would otherwise be nobody's.
 */
export const buildMintKeyInsert = ({ id, secret, createdAt }: StoredMintKey) =>
  sql`INSERT OR IGNORE INTO mint_keys (id, secret, created_at) VALUES (${id}, ${secret}, ${createdAt})`
