// A copy of D1 as it is, to be put back later: what a restore from a backup does to a running system.

const TABLES = [
  'projects',
  'environments',
  'browser_origins',
  'api_keys',
  'api_key_secrets',
  'api_key_scopes',
  'api_key_terms',
  'old_search_terms',
  'audit_events',
  'management_keys',
  'mint_keys',
  'pending_tombstones',
  'ledger_mark',
  'idempotent_responses',
]

/** Copies every table. What it returns puts the copies back, and with them everything written since is gone. */
export async function backUp(db: D1Database): Promise<() => Promise<void>> {
  const copies = await Promise.all(
    TABLES.map(async (table) => ({ table, rows: (await db.prepare(`SELECT * FROM ${table}`).all()).results })),
  )
  return async function restore() {
    const { results: triggers } = await db
      .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
      .all<{ name: string; sql: string }>()
    await db.batch([
      db.prepare('PRAGMA defer_foreign_keys = on'),
      ...triggers.map(({ name }) => db.prepare(`DROP TRIGGER ${name}`)),
      ...TABLES.map((table) => db.prepare(`DELETE FROM ${table}`)),
      ...copies.flatMap(({ table, rows }) => rows.map((row) => insertion(db, table, row))),
      ...triggers.map(({ sql }) => db.prepare(sql)),
    ])
  }
}

function insertion(db: D1Database, table: string, row: Record<string, unknown>): D1PreparedStatement {
  const columns = Object.keys(row).map((name) => `"${name}"`)
  const places = columns.map(() => '?')
  return db.prepare(`INSERT INTO ${table} (${columns}) VALUES (${places})`).bind(...Object.values(row))
}
