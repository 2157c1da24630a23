// A data API: rows by collection under /rest, and queries that somebody wrote and named under /custom.
import { Hono } from 'hono'
import { answer } from './answer.ts'
import { CATALOGUE } from './catalogue.ts'
import { changeRow, collection, countRows, removeRow, replaceRow } from './collections.ts'
import { jsonBody } from './json-body.ts'

export const data = new Hono()

data.get('/rest/:collection', (c) => answer(c, { data: [...collection(c.req.param('collection')).values()] }))

data.get('/rest/:collection/:id', (c) => {
  const row = collection(c.req.param('collection')).get(c.req.param('id'))
  return row ? answer(c, { row }) : answer(c, { error: 'There is no such row.' }, 404)
})

data.post('/rest/:collection', async (c) => {
  const row = changeRow(c.req.param('collection'), crypto.randomUUID(), await jsonBody(c.req))
  return answer(c, { row }, 201)
})

data.put('/rest/:collection/:id?', async (c) => {
  const { collection, id = crypto.randomUUID() } = c.req.param()
  return answer(c, { row: replaceRow(collection, id, await jsonBody(c.req)) })
})

data.patch('/rest/:collection/:id?', async (c) => {
  const { collection, id = crypto.randomUUID() } = c.req.param()
  return answer(c, { row: changeRow(collection, id, await jsonBody(c.req)) })
})

data.delete('/rest/:collection', (c) => {
  const rows = collection(c.req.param('collection'))
  const removed = rows.size
  rows.clear()
  return answer(c, { removed })
})

data.delete('/rest/:collection/:id', (c) => {
  const { collection, id } = c.req.param()
  return removeRow(collection, id) ? answer(c, { removed: 1 }) : answer(c, { error: 'There is no such row.' }, 404)
})

data.all('/custom/:query', (c) => {
  const query = QUERIES.get(c.req.param('query'))
  if (!query) return answer(c, { error: `Unknown query; there are ${[...QUERIES.keys()].join(', ')}.` }, 404)
  return answer(c, { query: c.req.param('query'), result: query() })
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
