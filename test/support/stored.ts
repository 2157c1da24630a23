// All that the stores hold, for tests of what must never be in them.
import { env } from 'cloudflare:workers'

/** Every row of every table of D1, and every key and value of KV. */
export async function everythingStored(): Promise<string> {
  const tables = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
  ).all<{ name: string }>()
  const rows = await Promise.all(tables.results.map(({ name }) => env.DB.prepare(`SELECT * FROM "${name}"`).all()))
  const { keys } = await env.REVOCATIONS.list()
  const values = await Promise.all(keys.map(async ({ name }) => [name, await env.REVOCATIONS.get(name)]))
  return JSON.stringify([rows.map(({ results }) => results), keys, values])
}
