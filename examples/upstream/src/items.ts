// The events and items that recommendations would be made from, one or several at a time.
import { type Context, Hono } from 'hono'
import { answer, fail } from './answer.ts'
import { changeRow, collection, type Row, removeRow } from './collections.ts'
import { type Fields, readObject, readObjects } from './read-input.ts'

export const items = new Hono()

items.post('/events', async (c) => {
  const { isList, objects } = await readObjects(c.req)
  return answer(c, { success: true, count: objects.length, accepted: isList ? objects : objects[0] }, 202)
})

items.post('/items', async (c) => {
  const { isList, objects } = await readObjects(c.req)
  const rows = objects.map((fields) => changeRow('items', idOf(fields), fields))
  return answer(c, isList ? { object: 'list', data: rows } : describe(rows[0]), 201)
})

/** Changes an item. NeuronSearchLab's SDK does it by POST. */
items.on(['POST', 'PATCH'], '/items/:id', async (c) => {
  const id = c.req.param('id')
  if (!collection('items').has(id)) return noSuchItem(c)
  return answer(c, describe(changeRow('items', id, await readObject(c.req))))
})

items.delete('/items/:id', (c) => {
  const id = c.req.param('id')
  if (!removeRow('items', id)) return noSuchItem(c)
  return answer(c, { object: 'deleted_item', id, itemIds: [id], deletedCount: 1, removed: 1 })
})

items.delete('/items', (c) => {
  const removed = collection('items').size
  collection('items').clear()
  return answer(c, { removed })
})

const idOf = ({ id }: Fields) =>
  typeof id === 'string' || typeof id === 'number' ? String(id) : `itm_${crypto.randomUUID().replaceAll('-', '')}`

const describe = (item: Row | undefined) => ({ object: 'item', id: item?.id, active: item?.['active'] ?? true, item })

const noSuchItem = (c: Context) => fail(c, 'There is no such item.', 404)
