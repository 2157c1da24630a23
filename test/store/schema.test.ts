import { env } from 'cloudflare:workers'
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editEnvironment } from '../../src/service/environments.ts'
import { deleteEnvironment } from '../../src/service/revoke-environment.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import * as schema from '../../src/store/schema.ts'
import { aCaller, anEnvironment, aStoredKey, testDeps } from '../support/factory.ts'

const TABLES: [string, SQLiteTable][] = Object.values(schema).map((table) => [getTableConfig(table).name, table])

function declaredColumns(table: SQLiteTable) {
  const { columns, primaryKeys } = getTableConfig(table)
  const composite = primaryKeys[0]?.columns.map(({ name }) => name) ?? []
  const columnsOfTable = columns.map((column) => ({
    name: column.name,
    type: column.getSQLType().toUpperCase(),
    notnull: Number(column.notNull),
    pk: column.primary ? 1 : composite.indexOf(column.name) + 1,
  }))
  return columnsOfTable.sort((left, right) => left.name.localeCompare(right.name))
}

async function migratedColumns(table: string) {
  const { results } = await env.DB.prepare('SELECT name, type, "notnull", pk FROM pragma_table_info(?)')
    .bind(table)
    .all<{ name: string; type: string; notnull: number; pk: number }>()
  return results.sort((left, right) => left.name.localeCompare(right.name))
}

async function migratedTables(): Promise<{ name: string; sql: string }[]> {
  const { results } = await env.DB.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all<{
    name: string
    sql: string
  }>()
  return results.filter(({ name }) => !/^(sqlite_|_cf_|d1_migrations$)/.test(name))
}

const run = (statement: string, ...values: unknown[]) =>
  env.DB.prepare(statement)
    .bind(...values)
    .run()

describe('schema', () => {
  it.each(TABLES)('declares %s exactly as the migrations made it', async (name, table) => {
    const migrated = await migratedColumns(name)

    expect(declaredColumns(table)).toEqual(migrated)
  })

  it('declares every table the migrations made', async () => {
    const migrated = await migratedTables()

    expect(TABLES.map(([name]) => name).sort()).toEqual(migrated.map(({ name }) => name).sort())
  })

  it('has no table that takes a value of the wrong type', async () => {
    const tables = await migratedTables()

    expect(tables.filter(({ sql }) => !/\)\s*STRICT(, WITHOUT ROWID)?$/.test(sql))).toEqual([])
  })
})

describe('audit_events', () => {
  const ALTERATIONS = [
    ['an update', 'UPDATE audit_events SET actor_name = actor_name'],
    ['an update that moves an event', "UPDATE audit_events SET id = id || 'x'"],
    ['a deletion', 'DELETE FROM audit_events'],
    ['a replacement', 'INSERT OR REPLACE INTO audit_events SELECT * FROM audit_events'],
  ]

  it.each(ALTERATIONS)('refuse %s', async (_kind, statement) => {
    await anEnvironment(testDeps())

    await expect(run(statement)).rejects.toThrow('audit events are append-only')
  })
})

describe('a revoked key', () => {
  async function aRevokedKey() {
    const deps = testDeps()
    const { key } = await aStoredKey(deps)
    await revokeKey(deps, aCaller(), key.id, {})
    return key
  }

  const REVIVALS = [
    ['taken back', 'UPDATE api_keys SET revoked_at = NULL, revoked_reason = NULL WHERE id = ?'],
    ['moved in time', 'UPDATE api_keys SET revoked_at = revoked_at + 1 WHERE id = ?'],
    [
      'replaced by a live one',
      `INSERT OR REPLACE INTO api_keys
       SELECT id, environment_id, name, scopes, enabled, owner_id, metadata, expires_at, revision, created_at, created_by,
         last_used_at, NULL, NULL, NULL, tokens_from_revision, tokens_ended_until FROM api_keys WHERE id = ?`,
    ],
  ]

  it.each(REVIVALS)('has a revocation that cannot be %s by a statement', async (_how, statement) => {
    const key = await aRevokedKey()

    await expect(run(statement, key.id)).rejects.toThrow('a revoked key stays revoked')
  })

  it('can still be told when it was last used', async () => {
    const key = await aRevokedKey()

    const { meta } = await run('UPDATE api_keys SET last_used_at = 1 WHERE id = ?', key.id)

    expect(meta.changes).toBe(1)
  })

  it('always has a reason, and a live one never', async () => {
    const { key } = await aStoredKey(testDeps())

    await expect(run('UPDATE api_keys SET revoked_at = 1 WHERE id = ?', key.id)).rejects.toThrow('CHECK')
    await expect(run("UPDATE api_keys SET revoked_reason = 'compromised' WHERE id = ?", key.id)).rejects.toThrow(
      'CHECK',
    )
  })
})

describe('a stored hash', () => {
  const HASH = '0123456789abcdef'.repeat(4)
  const NOT_A_HASH = [
    ['upper case', HASH.toUpperCase()],
    ['63 characters', HASH.slice(1)],
    ['65 characters', `${HASH}0`],
    ['a letter that is not hexadecimal', `g${HASH.slice(1)}`],
    ['a token', `nsl_4fK9aZ2q_${'a'.repeat(49)}`],
    ['nothing', ''],
  ]
  const secret = 'INSERT INTO api_key_secrets (prefix, key_id, hash, created_at) VALUES (?, ?, ?, 0)'
  const managementKey = `INSERT INTO management_keys (id, name, prefix, hash, role, created_at, created_by)
    VALUES ('mk_' || ?1, 'x', ?1, ?2, 'admin', 0, 'root')`

  it('is 64 lower-case hexadecimal characters', async () => {
    const { key } = await aStoredKey(testDeps())

    const { meta } = await run(secret, 'Prefix00', key.id, HASH)

    expect(meta.changes).toBe(1)
  })

  it.each(NOT_A_HASH)('is not %s, for an API key', async (_what, value) => {
    const { key } = await aStoredKey(testDeps())

    await expect(run(secret, 'Prefix01', key.id, value)).rejects.toThrow('CHECK constraint failed')
  })

  it.each(NOT_A_HASH)('is not %s, for a management key', async (_what, value) => {
    await expect(run(managementKey, 'Prefix02', value)).rejects.toThrow('CHECK constraint failed')
  })

  it('belongs to one secret only', async () => {
    const { key } = await aStoredKey(testDeps())
    const taken = 'ab'.repeat(32)
    await run(secret, 'Prefix03', key.id, taken)

    await expect(run(secret, 'Prefix04', key.id, taken)).rejects.toThrow('UNIQUE constraint failed')
  })
})

describe('browser_origins', () => {
  const originsOf = async (environmentId: string) => {
    const { results } = await env.DB.prepare(
      'SELECT origin FROM browser_origins WHERE environment_id = ? ORDER BY origin',
    )
      .bind(environmentId)
      .all<{ origin: string }>()
    return results.map(({ origin }) => origin)
  }
  const ORIGINS = ['https://a.example', 'https://b.example', 'https://c.example']

  it('follow the origins of an environment through any series of changes', async () => {
    const deps = testDeps()
    const environment = await anEnvironment(deps)
    const other = await anEnvironment(deps)
    await editEnvironment(deps, aCaller(), other.id, { browserOrigins: ORIGINS })

    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uniqueArray(fc.constantFrom(...ORIGINS)), { minLength: 1, maxLength: 4 }),
        async (series) => {
          for (const browserOrigins of series)
            await editEnvironment(deps, aCaller(), environment.id, { browserOrigins })

          expect(await originsOf(environment.id)).toEqual(series.at(-1)?.sort())
          expect(await originsOf(other.id)).toEqual(ORIGINS)
        },
      ),
      { numRuns: 10 },
    )
  })

  it('are none of a deleted environment', async () => {
    const deps = testDeps()
    const { id } = await anEnvironment(deps)
    await editEnvironment(deps, aCaller(), id, { browserOrigins: ORIGINS })

    await deleteEnvironment(deps, aCaller(), id, { confirm: 'Production' })

    expect(await originsOf(id)).toEqual([])
  })

  it('are found without reading any other', async () => {
    const { results } = await env.DB.prepare('EXPLAIN QUERY PLAN SELECT origin FROM browser_origins WHERE origin = ?')
      .bind(ORIGINS[0])
      .all<{ detail: string }>()

    expect(results.map(({ detail }) => detail)).toEqual(['SEARCH browser_origins USING PRIMARY KEY (origin=?)'])
  })
})

describe('api_key_scopes', () => {
  const NAMES = ['read', 'write', 'billing', 'admin']
  const scopesOf = async (keyId: string) => {
    const { results } = await env.DB.prepare('SELECT scope FROM api_key_scopes WHERE key_id = ? ORDER BY scope')
      .bind(keyId)
      .all<{ scope: string }>()
    return results.map(({ scope }) => scope)
  }

  it('follow the scopes of a new key', async () => {
    const { key } = await aStoredKey(testDeps(), { scopes: ['write', 'read'] })

    expect(await scopesOf(key.id)).toEqual(['read', 'write'])
  })

  it('follow the scopes of a key through any series of changes', async () => {
    const { key } = await aStoredKey(testDeps())

    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uniqueArray(fc.constantFrom(...NAMES)), { minLength: 1, maxLength: 4 }),
        async (series) => {
          for (const scopes of series) {
            await run('UPDATE api_keys SET scopes = ? WHERE id = ?', JSON.stringify(scopes), key.id)
            expect(await scopesOf(key.id)).toEqual([...scopes].sort())
          }
        },
      ),
      { numRuns: 15 },
    )
  })
})
