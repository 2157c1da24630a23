// ETag, If-Match and If-None-Match for every record of the management API.
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { etagOf } from '../core/etag.ts'
import type { AppEnv } from '../http/app-env.ts'
import { isMatch, isNamed, readConditions } from '../http/conditional.ts'
import { type Precondition, preconditionFailed } from '../service/precondition.ts'

/**
 * Gives each answer that holds one record, or one table, its entity tag, and heeds the conditions that need nothing but the
 * answer. A change heeds them where it is made: `preconditionOf`.
 * @throws {Problem} precondition_failed, or invalid_request for conditions that cannot be read
 */
export const tagRecords = createMiddleware<AppEnv>(async function tagRecords(c, next) {
  const conditions = readConditions(c.req.raw.headers)
  // A collection has no tag. It exists, so `*` is met.
  if (isCreation(c.req) && conditions.ifMatch !== '*' && !isMatch(conditions, null)) throw preconditionFailed()
  await next()
  if (!c.res.ok) return

  const tag = await tagOfAnswer(c.res)
  if (tag !== null) c.header('ETag', tag)
  if (!READS.has(c.req.method)) return
  if (conditions.ifMatch !== '*' && !isMatch(conditions, tag)) throw preconditionFailed()
  if (isNamed(conditions, tag)) c.res = new Response(null, { status: 304, headers: c.res.headers })
})

/** The conditions of a request on the record that it changes, of which `toWire` makes what a GET answers. */
export function preconditionOf<T>(c: Context<AppEnv>, toWire: (record: T) => object): Precondition<T> {
  const conditions = readConditions(c.req.raw.headers)
  if (conditions.ifMatch === null && conditions.ifNoneMatch === null) return {}
  return {
    accepts(record) {
      const tag = record === null ? null : entityTagOf(toWire(record))
      return isMatch(conditions, tag) && !isNamed(conditions, tag)
    },
  }
}

/** A use is no change: a key that is used all the time could otherwise never be changed with `If-Match`. */
function entityTagOf(record: object): string {
  const { lastUsedAt: _, ...version } = { lastUsedAt: null, ...record }
  return `"${etagOf(version)}"`
}

async function tagOfAnswer(response: Response): Promise<string | null> {
  if (!response.headers.get('Content-Type')?.startsWith('application/json')) return null
  const record = findRecord(await response.clone().json<object>())
  return record === null ? null : entityTagOf(record)
}

/** The record in an answer: under its name beside a token or a receipt, or the answer itself. A page of a list has none. */
function findRecord(answer: object): object | null {
  const named = new Map(Object.entries(answer))
  const beside = RECORD_NAMES.filter((name) => named.has(name))
  const [name] = beside
  if (name !== undefined) return named.get(name)
  if (named.has('routes')) return { routes: named.get('routes') }
  return named.has('id') || named.has('global_default') ? answer : null
}

const RECORD_NAMES = ['key', 'credential', 'managementKey']

const isCreation = ({ method, path }: { method: string; path: string }) => method === 'POST' && COLLECTION.test(path)

const COLLECTION = /\/(projects|environments|keys|credentials|management-keys)$/
const READS = new Set(['GET', 'HEAD'])
