// D1 through drizzle. `query` tells the two kinds of failure apart: D1 does not answer, or our statement is wrong.
import { DrizzleQueryError, getTableColumns, type InferInsertModel, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1'
import { SQLiteAsyncDialect, type SQLiteTable } from 'drizzle-orm/sqlite-core'
import { Problem } from '../core/problem.ts'

export type Database = DrizzleD1Database & { $client: D1Database }

/** D1's primary copy: replicas are read only within a session, and none is opened here. */
export const openDatabase = (binding: D1Database): Database => drizzle(binding)

/** The nearest copy of D1, which may be any amount of time behind the primary. */
export const openNearest = (binding: D1Database): Database =>
  drizzle(binding.withSession('first-unconstrained') as unknown as D1Database) // a session has all that drizzle calls

/**
 * Runs D1 work. If D1 does not answer, that is `unavailable`. A statement that D1 rejects is a bug and thrown as such.
 * @throws {Problem} unavailable
 */
export async function query<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const cause = stripParameters(error)
    if (isBug(cause)) throw cause
    throw new Problem('unavailable', 'The database did not answer. Try again in a few seconds.', { cause })
  }
}

/**
 * Runs the statements as one transaction: all of them, or none. Returns how many rows each of them changed.
 * Drizzle's own batch cannot bind the parameters of raw SQL on D1, so the statements are passed to D1 directly.
 */
export async function runBatch<T extends readonly SQLWrapper[]>(
  { $client }: Database,
  statements: readonly [...T],
): Promise<{ [K in keyof T]: number }> {
  const prepared = statements.map((statement) => {
    const { sql: text, params } = DIALECT.sqlToQuery(statement.getSQL())
    return $client.prepare(text).bind(...params)
  })
  const results = await query($client.batch(prepared))
  return results.map(({ meta }) => meta.changes) as { [K in keyof T]: number } // one result for each statement, in order
}

const DIALECT = new SQLiteAsyncDialect()

/** The statement that inserts the row only if `guard` holds when it runs. */
export function buildInsertIf<T extends SQLiteTable>(table: T, row: InferInsertModel<T>, guard: SQL) {
  const given = new Map<string, unknown>(Object.entries(row))
  const columns = Object.entries(getTableColumns(table))
  const names = columns.map(([, column]) => sql.identifier(column.name))
  const values = columns.map(([property, column]) => {
    const value = given.get(property) ?? null
    return value === null ? sql`NULL` : sql.param(value, column)
  })
  return sql`INSERT INTO ${table} (${sql.join(names, sql`, `)}) SELECT ${sql.join(values, sql`, `)} WHERE ${guard}`
}

/** Drizzle's error quotes the statement's parameters, and would put hashes into the log. D1's own error does not. */
const stripParameters = (error: unknown) => (error instanceof DrizzleQueryError ? error.cause : error)

/** Whether the failure is our bug: SQLite rejected the statement, or the code that builds it threw. */
function isBug(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true
  return (
    error instanceof Error && /SQLITE_(CONSTRAINT|ERROR|MISMATCH|RANGE|TOOBIG|AUTH)|D1_TYPE_ERROR/.test(error.message)
  )
}
