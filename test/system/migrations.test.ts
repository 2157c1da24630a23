// Migrations that make a table anew: what was in it is in it afterwards, and everything that guarded it still does.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { beforeEach, describe, expect, it } from 'vitest'

const FOLDER = join(import.meta.dirname, '..', '..', 'migrations')
const FILES = readdirSync(FOLDER).sort()
const LET_CREDENTIALS_BE_KEYS = '0009_let_credentials_be_keys.sql'

/** Prefixes that are not in the order of the alphabet, and of which the newest of a key is not its last. */
const PREFIXES = ['zzzzzzzz', 'MMMMMMMM', '00000000', 'aaaaaaaa', '55555555', 'ZZZZZZZZ']

let db: DatabaseSync
beforeEach(startOver)

function startOver(): void {
  db = new DatabaseSync(':memory:')
  db.exec('PRAGMA foreign_keys = ON')
  for (const file of FILES.slice(0, FILES.indexOf(LET_CREDENTIALS_BE_KEYS))) apply(file)
  fill()
}

/** As D1 does it: the whole file or nothing, with foreign keys in force. */
function apply(file: string): void {
  db.exec('BEGIN')
  try {
    db.exec(readFileSync(join(FOLDER, file), 'utf8'))
    db.exec('COMMIT')
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
}

const all = (query: string, ...values: SQLInputValue[]) =>
  db
    .prepare(query)
    .all(...values)
    .map((row) => ({ ...row }))
const run = (statement: string, ...values: SQLInputValue[]) => db.prepare(statement).run(...values)
const hash = (prefix: string) => Buffer.from(prefix).toString('hex').padEnd(64, '0')

function fill(): void {
  db.exec(`
    INSERT INTO projects (id, name, revision, created_at, created_by) VALUES ('proj_1', 'Shop', 1, 1, 'root');
    INSERT INTO environments (id, project_id, name, tag, scopes, bounds, revision, created_at, created_by)
    VALUES ('env_1', 'proj_1', 'Live', 'live', '[]', '{}', 7, 1, 'root'), ('env_2', 'proj_1', 'Test', 'test', '[]', '{}', 1, 1, 'root');
    INSERT INTO api_keys (id, environment_id, name, scopes, enabled, owner_id, metadata, expires_at, revision, created_at, created_by,
      last_used_at, revoked_at, revoked_reason, revoked_effective_by)
    VALUES
      ('key_b', 'env_1', 'Billing', '["read","write"]', 1, 'ana', '{"a":[1,null]}', 99, 4, 10, 'root', 50, NULL, NULL, NULL),
      ('key_a', 'env_1', 'Älteste', '["read"]', 0, NULL, '{}', NULL, 1, 20, 'mk_1', NULL, NULL, NULL, NULL),
      ('key_d', 'env_2', 'Gone', '[]', 1, NULL, '{}', NULL, 2, 30, 'root', NULL, 40, 'compromised', 45),
      ('key_c', 'env_2', 'Old', '["read"]', 1, NULL, '{}', NULL, 3, 31, 'root', NULL, 41, 'superseded', NULL);
    INSERT INTO api_key_terms (environment_id, term, key_id, kind) VALUES
      ('env_1', 'billing', 'key_b', 'name'), ('env_1', 'zzzzzzzz', 'key_b', 'prefix'), ('env_2', 'gone', 'key_d', 'name');
    INSERT INTO pending_tombstones (prefix, key_id, environment_id, revoked_at, attempts, next_attempt_at)
    VALUES ('aaaaaaaa', 'key_d', 'env_2', 40, 3, 99), ('55555555', 'key_c', 'env_2', 41, 0, 41);
    INSERT INTO audit_events (id, at, actor_type, actor_id, actor_name, action, project_id, environment_id, key_id, request_id)
    VALUES ('evt_1', 10, 'root', 'root', 'root key', 'key.created', 'proj_1', 'env_1', 'key_b', 'r');`)
  const owners = ['key_b', 'key_b', 'key_b', 'key_d', 'key_c', 'key_a']
  PREFIXES.forEach((prefix, index) => {
    run(
      'INSERT INTO api_key_secrets VALUES (?, ?, ?, ?, ?)',
      prefix,
      owners[index] ?? '',
      hash(prefix),
      10 + index,
      index === 0 ? 77 : null,
    )
  })
  // Row ids with gaps, as deletions would leave them.
  db.exec("UPDATE api_key_secrets SET rowid = rowid + 100 WHERE prefix IN ('00000000', 'ZZZZZZZZ')")
}

const TABLES = [
  'projects',
  'environments',
  'api_keys',
  'api_key_secrets',
  'api_key_scopes',
  'api_key_terms',
  'pending_tombstones',
  'audit_events',
]

const rowsOf = (table: string) => {
  const isRowid = table === 'api_key_secrets'
  return all(`SELECT ${isRowid ? 'rowid AS position, ' : ''}* FROM ${table} ORDER BY ${isRowid ? 'rowid' : '1, 2, 3'}`)
}

/** Everything that is not a row: tables, indexes and triggers, with the words they were made with. */
const schema = () => all("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name")
const namesOf = (type: string) =>
  schema()
    .filter((item) => item['type'] === type)
    .map(({ name }) => name)

describe('0009, which lets credentials be keys', () => {
  it('leaves every row as it was, and gives each key the new column, empty', () => {
    const before = Object.fromEntries(TABLES.map((table) => [table, rowsOf(table)]))

    apply(LET_CREDENTIALS_BE_KEYS)

    const expected = { ...before, api_keys: before['api_keys']?.map((row) => ({ ...row, tokens_not_before: null })) }
    expect(Object.fromEntries(TABLES.map((table) => [table, rowsOf(table)]))).toEqual(expected)
  })

  it('keeps the secrets of a key in the order they were made, which is not that of the alphabet', () => {
    const order = () => all("SELECT prefix FROM api_key_secrets WHERE key_id = 'key_b' ORDER BY rowid DESC")
    const before = order()

    apply(LET_CREDENTIALS_BE_KEYS)

    expect(order()).toEqual(before)
    expect(before.map(({ prefix }) => prefix)).toEqual(['00000000', 'MMMMMMMM', 'zzzzzzzz'])
  })

  it('keeps every table, index and trigger, and leaves nothing behind', () => {
    const before = schema()

    apply(LET_CREDENTIALS_BE_KEYS)

    const isOfKeys = ({ name }: Record<string, unknown>) => name === 'api_keys'
    expect(schema().filter((item) => !isOfKeys(item))).toEqual(before.filter((item) => !isOfKeys(item)))
    expect(namesOf('table')).not.toContain('new_api_keys')
    expect(all('PRAGMA foreign_key_check')).toEqual([])
    expect(all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
  })

  it('is all or nothing', () => {
    db.exec('CREATE TABLE new_api_keys (x)')
    const before = [schema(), ...TABLES.map(rowsOf)]

    expect(() => apply(LET_CREDENTIALS_BE_KEYS)).toThrow('new_api_keys')
    expect([schema(), ...TABLES.map(rowsOf)]).toEqual(before)
  })
})

describe('after 0009', () => {
  beforeEach(() => apply(LET_CREDENTIALS_BE_KEYS))

  const COPY = `id, environment_id, name, scopes, enabled, owner_id, metadata, expires_at, revision, created_at, created_by,
    last_used_at, revoked_at, revoked_reason, revoked_effective_by, tokens_not_before`
  /** A copy of key_a with another value of one column. */
  const insertLike = (column: string, value: SQLInputValue, source = 'key_a') =>
    run(
      `INSERT INTO api_keys SELECT ${COPY.replace(new RegExp(`\\b${column}\\b`), '?1')} FROM api_keys WHERE id = ?2`,
      value,
      source,
    )

  it('a credential is a key with an id of its own', () => {
    insertLike('id', 'cred_1')
    run('INSERT INTO api_key_secrets VALUES (?, ?, ?, ?, ?)', 'Credenti', 'cred_1', hash('Credenti'), 1, null)

    expect(all("SELECT scope FROM api_key_scopes WHERE key_id = 'cred_1'")).toEqual([{ scope: 'read' }])
  })

  it.each<[string, () => unknown, RegExp]>([
    ['an id of another kind', () => insertLike('id', 'env_3'), /CHECK/],
    ['an id without one', () => insertLike('id', 'credx'), /CHECK/],
    ['no environment', () => run("UPDATE api_keys SET environment_id = 'env_9' WHERE id = 'key_a'"), /FOREIGN KEY/],
    ['no name', () => run("UPDATE api_keys SET name = '' WHERE id = 'key_a'"), /CHECK/],
    ['scopes that are no list', () => run(`UPDATE api_keys SET scopes = '{}' WHERE id = 'key_a'`), /CHECK/],
    ['half a switch', () => run("UPDATE api_keys SET enabled = 2 WHERE id = 'key_a'"), /CHECK/],
    ['metadata that is no object', () => run(`UPDATE api_keys SET metadata = '[]' WHERE id = 'key_a'`), /CHECK/],
    ['no revision', () => run("UPDATE api_keys SET revision = 0 WHERE id = 'key_a'"), /CHECK/],
    [
      'a reason without a revocation',
      () => run("UPDATE api_keys SET revoked_reason = 'compromised' WHERE id = 'key_a'"),
      /CHECK/,
    ],
    [
      'a reason that is none',
      () => run("UPDATE api_keys SET revoked_at = 1, revoked_reason = 'x' WHERE id = 'key_a'"),
      /CHECK/,
    ],
    [
      'text for a moment',
      () => run("UPDATE api_keys SET tokens_not_before = 'x' WHERE id = 'key_a'"),
      /cannot store TEXT/,
    ],
    [
      'a revocation that is taken back',
      () => run("UPDATE api_keys SET revoked_at = NULL, revoked_reason = NULL WHERE id = 'key_d'"),
      /stays revoked/,
    ],
    [
      'a key that is replaced',
      () => db.exec("INSERT OR REPLACE INTO api_keys SELECT * FROM api_keys WHERE id = 'key_d'"),
      /stays revoked/,
    ],
    ['a key that is deleted under its secrets', () => run("DELETE FROM api_keys WHERE id = 'key_a'"), /FOREIGN KEY/],
    [
      'a secret that changes its key',
      () => run("UPDATE api_key_secrets SET key_id = 'key_a' WHERE prefix = 'zzzzzzzz'"),
      /stays what it is/,
    ],
    [
      'a secret of nobody',
      () => run('INSERT INTO api_key_secrets VALUES (?, ?, ?, ?, ?)', 'Nobodys0', 'key_9', hash('Nobodys0'), 1, null),
      /FOREIGN KEY/,
    ],
    [
      'a prefix twice',
      () => run('INSERT INTO api_key_secrets VALUES (?, ?, ?, ?, ?)', 'zzzzzzzz', 'key_a', hash('x'), 1, null),
      /UNIQUE/,
    ],
    [
      'a hash twice',
      () => run('INSERT INTO api_key_secrets VALUES (?, ?, ?, ?, ?)', 'Another0', 'key_a', hash('zzzzzzzz'), 1, null),
      /UNIQUE/,
    ],
  ])('there is still %s that cannot be', (_, write, refusal) => {
    expect(write).toThrow(refusal)
  })

  it('scopes are still filed as keys change', () => {
    run(`UPDATE api_keys SET scopes = '["write"]' WHERE id = 'key_b'`)

    expect(all("SELECT scope FROM api_key_scopes WHERE key_id = 'key_b'")).toEqual([{ scope: 'write' }])
  })

  it('what refers to a key refers to the new table', () => {
    const references = ['api_key_secrets', 'api_key_scopes', 'api_key_terms', 'pending_tombstones'].map(
      (table) => all(`PRAGMA foreign_key_list(${table})`)[0]?.['table'],
    )

    expect(new Set(references)).toEqual(new Set(['api_keys']))
  })
})

/** Everything up to, and without, the migration whose name begins so. */
function applyUpTo(start: string): string {
  const end = FILES.findIndex((file) => file.startsWith(start))
  for (const file of FILES.slice(FILES.indexOf(LET_CREDENTIALS_BE_KEYS), end)) apply(file)
  return FILES[end] ?? ''
}

describe('0013, which orders secrets by the revision of their environment', () => {
  it('leaves the two newest secrets of a key what they were, and ends any older one for good', () => {
    run("UPDATE api_key_secrets SET expires_at = 1000 + rowid WHERE key_id = 'key_b' AND prefix <> '00000000'")
    const rows = () => all("SELECT prefix, expires_at FROM api_key_secrets WHERE key_id = 'key_b' ORDER BY rowid DESC")
    const [newest, second] = rows()

    apply(applyUpTo('0013_'))

    expect(rows()).toEqual([newest, second, { prefix: 'zzzzzzzz', expires_at: 0 }])
    expect(all('SELECT DISTINCT environment_revision FROM api_key_secrets')).toEqual([{ environment_revision: 0 }])
  })

  it('finds the open secrets of a key by an index', () => {
    apply(applyUpTo('0013_'))

    const plan = all(
      "EXPLAIN QUERY PLAN SELECT prefix FROM api_key_secrets WHERE key_id = 'key_b' AND (expires_at IS NULL OR expires_at > 0)",
    )
    expect(JSON.stringify(plan)).toContain('api_key_secrets_open')
  })
})

describe('0014, which makes the first mint key', () => {
  it('makes one, and knows all that was issued before to have no tag', () => {
    apply(applyUpTo('0014_'))

    expect(all('SELECT length(secret) AS length FROM mint_keys')).toEqual([{ length: 64 }])
    expect(all('SELECT DISTINCT tagged FROM api_key_secrets')).toEqual([{ tagged: 0 }])
  })

  it('makes another one in another database', () => {
    apply(applyUpTo('0014_'))
    const [first] = all('SELECT secret FROM mint_keys')
    startOver()
    apply(applyUpTo('0014_'))

    expect(all('SELECT secret FROM mint_keys')).not.toEqual([first])
  })

  it.each(['short', 'G'.repeat(64), 'A'.repeat(64)])('takes no key %s', (secret) => {
    apply(applyUpTo('0014_'))

    expect(() => run('INSERT INTO mint_keys VALUES (?, ?, ?)', 'other', secret, 1)).toThrow(/CHECK/)
  })
})

describe('0015, which ends access tokens by an order', () => {
  it('goes on refusing every token of a credential that had ended some, and none of any other', () => {
    const file = applyUpTo('0015_')
    run("UPDATE api_keys SET tokens_not_before = 5, revision = 7 WHERE id = 'key_a'")

    apply(file)

    expect(all('SELECT id, tokens_from_revision, tokens_ended_until FROM api_keys ORDER BY id LIMIT 2')).toEqual([
      { id: 'key_a', tokens_from_revision: 7, tokens_ended_until: null },
      { id: 'key_b', tokens_from_revision: null, tokens_ended_until: null },
    ])
  })
})

describe('0016, which lists browser origins', () => {
  it('lists those of every environment that is there, each once', () => {
    const file = applyUpTo('0016_')
    run(`UPDATE environments SET browser_origins = '["https://b.example","https://a.example","https://a.example"]'`)
    run("UPDATE environments SET deleted_at = 9 WHERE id = 'env_2'")

    apply(file)

    expect(all('SELECT * FROM browser_origins ORDER BY origin')).toEqual([
      { origin: 'https://a.example', environment_id: 'env_1' },
      { origin: 'https://b.example', environment_id: 'env_1' },
    ])
  })
})

describe('every migration', () => {
  it('can be applied to what those before it made, with rows in it', () => {
    for (const file of FILES.slice(FILES.indexOf(LET_CREDENTIALS_BE_KEYS))) apply(file)

    expect(namesOf('table')).toContain('signing_keys')
    expect(all('PRAGMA foreign_key_check')).toEqual([])
  })
})

describe('signing_keys', () => {
  const insert = (change: Record<string, SQLInputValue>) => {
    const row = {
      ...{ kid: 'k'.repeat(43), public_key: '{}', private_key: 'sealed', sealed_by: 'seal', created_at: 1 },
      ...{ signs_from: 1, signs_until: 2, published_until: 3 },
      ...change,
    }
    run(
      `INSERT INTO signing_keys (${Object.keys(row)}) VALUES (${Object.keys(row).map(() => '?')})`,
      ...Object.values(row),
    )
  }

  beforeEach(() => {
    for (const file of FILES.slice(FILES.indexOf(LET_CREDENTIALS_BE_KEYS))) apply(file)
  })

  it.each<[string, Record<string, SQLInputValue>]>([
    ['an id that is no thumbprint', { kid: 'short' }],
    ['a public key that is no JWK', { public_key: '[]' }],
    ['a term that ends before it begins', { signs_until: 1 }],
    ['less publication than it signs', { published_until: 2 }],
    ['no private part', { private_key: null }],
  ])('take no key with %s', (_, change) => {
    expect(() => insert(change)).toThrow(/CHECK|NOT NULL/)
  })

  it('take a sound one, once', () => {
    insert({})

    expect(() => insert({})).toThrow(/UNIQUE/)
  })
})

describe('0018, which lists keys with old search terms', () => {
  it('lists each key whose name is not ASCII, and no other', () => {
    const file = applyUpTo('0018_')
    run('UPDATE api_keys SET name = ? WHERE id = ?', 'İstanbul', 'key_a')

    apply(file)

    expect(all('SELECT key_id FROM old_search_terms')).toEqual([{ key_id: 'key_a' }])
  })
})
