// Management keys, which authenticate to Keyward's own API.
import { and, desc, eq, isNull, lt, or, sql } from 'drizzle-orm'
import type { ManagementKey } from '../core/actor.ts'
import { idPatternOf } from '../core/ids.ts'
import { buildEventInsert } from './audit-events.ts'
import { buildInsertIf, type Database, query, runBatch } from './database.ts'
import { buildResponseInsert, type EventAndResponse } from './idempotent-responses.ts'
import { buildMintKeyInsert, type StoredMintKey } from './mint-keys.ts'
import { cutPage, decodeCursor, type Page, type PageRequest } from './page.ts'
import { managementKeys } from './schema.ts'

/** Whether the key was inserted: false when the environment it is bound to does not exist. */
export async function insertManagementKey(
  db: Database,
  { key, hash, mintKey }: { key: ManagementKey; hash: string; mintKey: StoredMintKey },
  { event, response }: EventAndResponse,
): Promise<boolean> {
  const environmentExists =
    key.environmentId === null
      ? sql`TRUE`
      : sql`EXISTS (SELECT 1 FROM environments WHERE id = ${key.environmentId} AND deleted_at IS NULL)`
  const [, , inserted] = await runBatch(db, [
    buildEventInsert(event, environmentExists),
    buildResponseInsert(response, environmentExists),
    buildInsertIf(managementKeys, { ...key, hash, tagged: true }, environmentExists),
    buildMintKeyInsert(mintKey),
  ])
  return inserted > 0
}

export async function findManagementKey(db: Database, id: string): Promise<ManagementKey | null> {
  const [row] = await query(db.select(COLUMNS).from(managementKeys).where(eq(managementKeys.id, id)))
  return row ?? null
}

/** The key whose token has this SHA-256, revoked or not. */
export async function findManagementKeyByHash(db: Database, hash: string): Promise<ManagementKey | null> {
  const [row] = await query(db.select(COLUMNS).from(managementKeys).where(eq(managementKeys.hash, hash)))
  return row ?? null
}

/** The management keys, newest first, including revoked ones. */
export async function listManagementKeys(db: Database, page: PageRequest): Promise<Page<ManagementKey>> {
  const after = decodeCursor(page, idPatternOf('managementKey'))?.[0]
  const rows = await query(
    db
      .select(COLUMNS)
      .from(managementKeys)
      .where(after === undefined ? undefined : lt(managementKeys.id, after))
      .orderBy(desc(managementKeys.id))
      .limit(page.limit + 1),
  )
  return cutPage(rows, page, ({ id }) => [id])
}

/** Records when the key was last used, unless a use at or after `unlessSince` is already recorded. */
export async function touchManagementKey(db: Database, id: string, at: number, unlessSince: number): Promise<void> {
  await query(
    db
      .update(managementKeys)
      .set({ lastUsedAt: at })
      .where(
        and(
          eq(managementKeys.id, id),
          or(isNull(managementKeys.lastUsedAt), lt(managementKeys.lastUsedAt, unlessSince)),
        ),
      )
      .run(),
  )
}

const COLUMNS = {
  id: managementKeys.id,
  name: managementKeys.name,
  prefix: managementKeys.prefix,
  role: managementKeys.role,
  environmentId: managementKeys.environmentId,
  createdAt: managementKeys.createdAt,
  createdBy: managementKeys.createdBy,
  lastUsedAt: managementKeys.lastUsedAt,
  revokedAt: managementKeys.revokedAt,
}
