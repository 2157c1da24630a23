// Many keys at once, written by SQL: what matters to a list or a lookup, without a real token behind each.

/** Statements run in steps, because one statement of D1 has a time limit. */
const STEP = 10_000

/** Keys number `from` to `to` − 1: 1 % each revoked, disabled, expired; 1 % hold `write`; ten of each owner. */
export async function seedKeys(db: D1Database, environmentId: string, from: number, to: number): Promise<void> {
  for (let start = from; start < to; start += STEP) {
    const end = Math.min(start + STEP, to)
    await db.batch(STATEMENTS.map((text) => db.prepare(text).bind(environmentId, start, end)))
  }
}

const NUMBERS = 'WITH RECURSIVE numbers (n) AS (SELECT ?2 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?3)'
const KEY_ID = "printf('key_00%024d', n)"

const STATEMENTS = [
  `INSERT INTO api_keys (id, environment_id, name, scopes, enabled, owner_id, metadata, expires_at, revision,
     created_at, created_by, revoked_at, revoked_reason)
   ${NUMBERS}
   SELECT ${KEY_ID}, ?1, printf('key %06d', n), iif(n % 100 = 4, '["read","write"]', '["read"]'), n % 100 <> 1,
     printf('owner-%05d', n / 10), '{}', iif(n % 100 = 2, 1000, NULL), 1, 1000 + n, 'root',
     iif(n % 100 = 3, 1000, NULL), iif(n % 100 = 3, 'unspecified', NULL)
   FROM numbers`,
  `INSERT INTO api_key_secrets (prefix, key_id, hash, created_at, expires_at, tagged)
   ${NUMBERS}
   SELECT printf('%08d', n), ${KEY_ID}, lower(hex(randomblob(32))), 1000 + n, NULL, 1 FROM numbers WHERE ?1 <> ''`,
  `INSERT INTO api_key_terms (environment_id, term, key_id, kind)
   ${NUMBERS}
   SELECT ?1, printf('key %06d', n), ${KEY_ID}, 'name' FROM numbers
   UNION ALL SELECT ?1, printf('%06d', n), ${KEY_ID}, 'name' FROM numbers
   UNION ALL SELECT ?1, printf('%08d', n), ${KEY_ID}, 'prefix' FROM numbers`,
]
