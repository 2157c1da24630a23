// A data API with the paths and answers of Neurelo's: rows by collection under /rest, and queries that somebody wrote and
// named under /custom.
import { type Context, Hono } from 'hono'
import { answer, fail } from './answer.ts'
import { CATALOGUE } from './catalogue.ts'
import { changeRow, collection, countRows, type Row, removeRow, replaceRow } from './collections.ts'
import { type Fields, readJsonParameter, readNumber, readObject, readObjects } from './read-input.ts'
import { aggregate, group, matches, order, select } from './rows.ts'

export const data = new Hono()

data.get('/rest/:collection', (c) => answer(c, { data: readPage(c).map((row) => pick(c, row)) }))

data.get('/rest/:collection/__aggregate', (c) =>
  answer(c, { data: aggregate(readPage(c), readJsonParameter(c.req, 'select')) }),
)

data.get('/rest/:collection/__groupBy', (c) => {
  const [selection, having] = [readJsonParameter(c.req, 'select'), readJsonParameter(c.req, 'having')]
  const groups = group(findRows(c), { columns: readJsonParameter(c.req, 'group_by'), selection, having })
  return answer(c, { data: cut(c, order(groups, readJsonParameter(c.req, 'order_by'))) })
})

data.post('/rest/:collection/__one', async (c) => {
  const row = create(c.req.param('collection'), await readObject(c.req))
  return answer(c, { data: pick(c, row) }, 201)
})

/** Many from a list, or one. */
data.post('/rest/:collection', async (c) => {
  const { isList, objects } = await readObjects(c.req)
  const rows = objects.map((fields) => create(c.req.param('collection'), fields))
  return answer(c, { data: isList ? affected(rows) : rows[0] }, 201)
})

data.put('/rest/:collection/:id?', async (c) => {
  const { collection, id } = c.req.param()
  const fields = await readObject(c.req)
  return answer(c, { data: replaceRow(collection, id ?? idOf(collection, fields), fields) })
})

data.patch('/rest/:collection', async (c) => {
  const fields = await readObject(c.req)
  return answer(c, { data: affected(findRows(c).map(({ id }) => changeRow(c.req.param('collection'), id, fields))) })
})

data.delete('/rest/:collection', (c) => {
  const rows = findRows(c)
  for (const { id } of rows) removeRow(c.req.param('collection'), id)
  return answer(c, { data: affected(rows) })
})

/** One row, by its id or by the value of another column. */
for (const path of ['/rest/:collection/:value', '/rest/:collection/:column/:value'] as const) {
  data.get(path, (c) => {
    const row = findRow(c)
    return row ? answer(c, { data: pick(c, row) }) : noSuchRow(c)
  })

  data.patch(path, async (c) => {
    const row = findRow(c)
    if (!row) return noSuchRow(c)
    return answer(c, { data: pick(c, changeRow(c.req.param('collection'), row.id, await readObject(c.req))) })
  })

  data.delete(path, (c) => {
    const row = findRow(c)
    if (!row) return noSuchRow(c)
    removeRow(c.req.param('collection'), row.id)
    return answer(c, { data: pick(c, row) })
  })
}

data.all('/custom/:query', (c) => {
  const query = QUERIES.get(c.req.param('query'))
  if (!query) return fail(c, `Unknown query; there are ${[...QUERIES.keys()].join(', ')}.`, 404)
  return answer(c, { query: c.req.param('query'), data: query() })
})

/** A named query may write as well as read: that is why its route asks for both scopes. */
const QUERIES = new Map<string, () => unknown>([
  ['best-product', () => CATALOGUE.toSorted((a, b) => b.score - a.score)[0]],
  ['count-rows', countRows],
  [
    'forget-items',
    () => {
      collection('items').clear()
      return countRows()
    },
  ],
])

const create = (name: string, fields: Fields) => replaceRow(name, idOf(name, fields), fields)

/** The row's own id: `id`, or as databases have it, `film_id` of a film. */
function idOf(name: string, fields: Fields): string {
  const id = fields['id'] ?? fields[`${name}_id`]
  return typeof id === 'string' || typeof id === 'number' ? String(id) : crypto.randomUUID()
}

/** The rows that the filter of the query lets through. */
function findRows(c: Context): Row[] {
  const filter = readJsonParameter(c.req, 'filter')
  return [...collection(c.req.param('collection') ?? '').values()].filter((row) => matches(row, filter))
}

const readPage = (c: Context): Row[] => cut(c, order(findRows(c), readJsonParameter(c.req, 'order_by')))

function cut<T>(c: Context, rows: T[]): T[] {
  const skip = readNumber('skip', c.req.query('skip') ?? 0)
  return rows.slice(skip, skip + readNumber('take', c.req.query('take') ?? rows.length))
}

function findRow(c: Context): Row | undefined {
  const { collection: name = '', column, value = '' } = c.req.param()
  const rows = collection(name)
  return column === undefined ? rows.get(value) : [...rows.values()].find((row) => String(row[column]) === value)
}

const pick = (c: Context, row: Row) => select(row, readJsonParameter(c.req, 'select'))
const affected = (rows: readonly Row[]) => ({ affectedRows: rows.length })
const noSuchRow = (c: Context) => fail(c, 'There is no such row.', 404)
