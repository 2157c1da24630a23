// Recommendations in an order that Keyward's rerank controls decide, and the events and items they would be made from.
import { Hono } from 'hono'
import { answer } from './answer.ts'
import { CATALOGUE, isRerankMode, RERANK_MODES, rerank } from './catalogue.ts'
import { changeRow, collection, removeRow } from './collections.ts'
import { BadRequest, jsonBody } from './json-body.ts'

export const recommendations = new Hono()

recommendations.get('/recommendations', (c) => {
  const mode = c.req.query('rerank_mode') ?? 'off'
  if (!isRerankMode(mode)) throw new BadRequest(`rerank_mode: must be one of ${RERANK_MODES.join(', ')}.`)
  const depth = wholeNumber('rerank_depth', c.req.query('rerank_depth') ?? (mode === 'off' ? '0' : '5'))
  return answer(c, {
    contextId: c.req.query('context_id') ?? null,
    surface: c.req.query('surface') ?? null,
    applied: { rerank_mode: mode, rerank_depth: depth },
    recommendations: rerank(CATALOGUE, mode, depth),
  })
})

recommendations.post('/events', async (c) => answer(c, { accepted: await jsonBody(c.req) }, 202))

recommendations.post('/items', async (c) => {
  const item = changeRow('items', crypto.randomUUID(), await jsonBody(c.req))
  return answer(c, { item }, 201)
})

recommendations.patch('/items/:id', async (c) => {
  const id = c.req.param('id')
  if (!collection('items').has(id)) return answer(c, { error: 'There is no such item.' }, 404)
  return answer(c, { item: changeRow('items', id, await jsonBody(c.req)) })
})

recommendations.delete('/items/:id', (c) => {
  const removed = removeRow('items', c.req.param('id'))
  return removed ? answer(c, { removed: 1 }) : answer(c, { error: 'There is no such item.' }, 404)
})

recommendations.delete('/items', (c) => {
  const removed = collection('items').size
  collection('items').clear()
  return answer(c, { removed })
})

function wholeNumber(name: string, text: string): number {
  if (!/^[0-9]{1,6}$/.test(text)) throw new BadRequest(`${name}: must be a whole number.`)
  return Number(text)
}
