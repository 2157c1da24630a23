// Queries over rows in the terms of Neurelo's REST API: which rows, which columns, in which order, and sums over them.
import { BadRequest, type Fields, isObject } from './read-input.ts'

/** Whether the row satisfies every condition of the filter; all rows do where there is none. */
export function matches(row: Fields, filter: unknown): boolean {
  return entriesOf('filter', filter ?? {}).every(([column, condition]) => {
    if (column === 'AND') return listOf(condition).every((part) => matches(row, part))
    if (column === 'OR') return listOf(condition).some((part) => matches(row, part))
    if (column === 'NOT') return !listOf(condition).some((part) => matches(row, part))
    return satisfies(row[column], condition)
  })
}

/** The rows in this order: `[{ "title": "asc" }]`, the first column first. */
export function order<T extends Fields>(rows: readonly T[], orderBy: unknown): T[] {
  const columns = listOf(orderBy ?? []).flatMap((part) => entriesOf('order_by', part))
  return rows.toSorted((left, right) => {
    for (const [column, direction] of columns) {
      const difference = compare(left[column], right[column])
      if (difference !== 0) return direction === 'desc' ? -difference : difference
    }
    return 0
  })
}

/** The columns that are selected; all without a selection, or with `$scalars`. */
export function select(row: Fields, selection: unknown): Fields {
  const wanted = entriesOf('select', selection ?? { $scalars: true }).filter(([, is]) => is === true)
  if (wanted.some(([name]) => name === '$scalars')) return row
  return Object.fromEntries(wanted.map(([name]) => [name, row[name] ?? null]))
}

/** `{ "_count": ["id"], "_avg": ["price"] }` over the rows; anything else that is selected is left out. */
export function aggregate(rows: readonly Fields[], selection: unknown): Fields {
  const wanted = entriesOf('select', selection ?? {}).filter(([name]) => name.startsWith('_'))
  return Object.fromEntries(
    wanted.map(([name, columns]) => {
      const values = listOf(columns).map((column) => [column, total(name, rows, String(column))])
      return [name, Object.fromEntries(values)]
    }),
  )
}

/** One entry for each combination of values in the columns, where the group satisfies `having`. */
export function group(
  rows: readonly Fields[],
  { columns, selection, having }: { columns: unknown; selection: unknown; having: unknown },
): Fields[] {
  const names = listOf(columns ?? []).map(String)
  if (names.length === 0) throw new BadRequest('group_by: must be a list of columns.')
  const groups = Map.groupBy(rows, (row) => JSON.stringify(names.map((name) => row[name] ?? null)))
  return [...groups.values()]
    .filter((members) => entriesOf('having', having ?? {}).every(([column, is]) => satisfiesInAll(members, column, is)))
    .map((members) => ({ ...select(members[0] ?? {}, columnsOf(names)), ...aggregate(members, selection) }))
}

const columnsOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, true]))

/** `{ "_count": { "gt": 1 } }` of a column in the group, or a condition on the value that its rows share. */
function satisfiesInAll(rows: readonly Fields[], column: string, condition: unknown): boolean {
  if (!isObject(condition)) return satisfies(rows[0]?.[column], condition)
  return Object.entries(condition).every(([name, part]) =>
    name.startsWith('_') ? satisfies(total(name, rows, column), part) : satisfies(rows[0]?.[column], { [name]: part }),
  )
}

function satisfies(value: unknown, condition: unknown): boolean {
  if (!isObject(condition)) return value === condition
  return Object.entries(condition).every(([name, operand]) => {
    const holds = CONDITIONS[name]
    if (!Object.hasOwn(CONDITIONS, name) || holds === undefined) throw new BadRequest(`filter: "${name}" is unknown.`)
    return holds(value, operand)
  })
}

const CONDITIONS: Record<string, (value: unknown, operand: unknown) => boolean> = {
  equals: (value, operand) => value === operand,
  not: (value, operand) => !satisfies(value, operand),
  in: (value, operand) => listOf(operand).includes(value),
  notIn: (value, operand) => !listOf(operand).includes(value),
  lt: (value, operand) => compare(value, operand) < 0,
  lte: (value, operand) => compare(value, operand) <= 0,
  gt: (value, operand) => compare(value, operand) > 0,
  gte: (value, operand) => compare(value, operand) >= 0,
  contains: (value, operand) => String(value ?? '').includes(String(operand)),
  startsWith: (value, operand) => String(value ?? '').startsWith(String(operand)),
  endsWith: (value, operand) => String(value ?? '').endsWith(String(operand)),
}

function total(name: string, rows: readonly Fields[], column: string): number | null {
  const values = rows.map((row) => (column === '_all' ? 0 : row[column])).filter((value) => value != null)
  if (name === '_count') return values.length
  const numbers = values.map(Number)
  const sum = numbers.reduce((before, number) => before + number, 0)
  switch (name) {
    case '_sum':
      return sum
    case '_avg':
      return numbers.length === 0 ? null : sum / numbers.length
    case '_min':
      return numbers.length === 0 ? null : Math.min(...numbers)
    case '_max':
      return numbers.length === 0 ? null : Math.max(...numbers)
    default:
      throw new BadRequest(`"${name}" is unknown: use _count, _sum, _avg, _min or _max.`)
  }
}

/** Numbers by size, anything else as text. */
function compare(left: unknown, right: unknown): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  const [one, other] = [String(left ?? ''), String(right ?? '')]
  return one < other ? -1 : Number(one > other)
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])

function entriesOf(name: string, value: unknown): [string, unknown][] {
  if (!isObject(value)) throw new BadRequest(`${name}: must be a JSON object.`)
  return Object.entries(value)
}
