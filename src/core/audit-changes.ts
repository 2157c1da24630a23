// The differences between the two sides of an audit event, as a list for people.
import { isDeepStrictEqual } from 'node:util'
import type { AuditEvent } from './audit.ts'

/**
 * One change. `where` is the path to it: `['routes', 'GET /api/items', 'timeoutMs']`.
 * `from` is undefined where a value was added, `to` where one was removed.
 */
export type Change = { where: string[]; from: unknown; to: unknown }

/** The changes in the order of the fields, without fields that are equal on both sides. */
export const changesOf = ({ before, after }: Pick<AuditEvent, 'before' | 'after'>): Change[] =>
  changesBetween([], before ?? {}, after ?? {})

function changesBetween(where: string[], from: unknown, to: unknown): Change[] {
  const [left, right] = [membersOf(from), membersOf(to)]
  if (left === null || right === null) return isDeepStrictEqual(from, to) ? [] : [{ where, from, to }]
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((name) =>
    changesBetween([...where, name], left.get(name), right.get(name)),
  )
}

/** The members of an object, or of a list whose items have distinct names; null for a value compared as a whole. */
function membersOf(value: unknown): Map<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null
  if (!Array.isArray(value)) return new Map(Object.entries(value))
  const names = value.map(nameOf).filter((name) => name !== null)
  const areNamed = names.length > 0 && new Set(names).size === value.length
  return areNamed ? new Map(value.map((item) => [nameOf(item) ?? '', item])) : null
}

/** The name of a scope; of a route its methods and path. Null for any other item. */
function nameOf(item: unknown): string | null {
  if (typeof item !== 'object' || item === null) return null
  if ('name' in item && typeof item.name === 'string') return item.name
  if (!('path' in item && typeof item.path === 'string')) return null
  const methods = 'methods' in item && Array.isArray(item.methods) ? `${item.methods.join(', ')} ` : ''
  return `${methods}${item.path}`
}
