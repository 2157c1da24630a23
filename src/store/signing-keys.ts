// The keys that sign access tokens. Their private parts are encrypted before they come here.
import { gt, sql } from 'drizzle-orm'
import type { SigningKey } from '../core/signing-key.ts'
import { buildInsertIf, type Database, query, runBatch } from './database.ts'
import { signingKeys } from './schema.ts'

/** Every key that is still published, in the order in which they begin to sign. */
export async function findPublishedKeys(db: Database, now: number): Promise<SigningKey[]> {
  return query(db.select().from(signingKeys).where(gt(signingKeys.publishedUntil, now)).orderBy(signingKeys.signsFrom))
}

/** Adds the key unless another one of its type already signs at that time: of several isolates that try at once, one succeeds. */
export async function addSigningKey(db: Database, key: SigningKey): Promise<void> {
  const isFree = sql`NOT EXISTS (
    SELECT 1 FROM signing_keys WHERE sealed_by = ${key.sealedBy} AND public_key ->> 'kty' = ${key.publicKey.kty}
      AND signs_until > ${Math.max(key.signsFrom, key.createdAt)})`
  await runBatch(db, [buildInsertIf(signingKeys, key, isFree)])
}
