// Recommendations and searches, in an order that Keyward's rerank controls decide. Answers have the shape that
// NeuronSearchLab's SDK reads.
import { type Context, Hono } from 'hono'
import { answer } from './answer.ts'
import { CATALOGUE, isRerankMode, type Product, RERANK_MODES, rerank } from './catalogue.ts'
import { BadRequest, readNumber, readObject } from './read-input.ts'

export const recommendations = new Hono()

recommendations.get('/recommendations', (c) => {
  const { context_id = null, surface = null, mode, cursor = '0', starting_after, limit = DEFAULT_LIMIT } = c.req.query()
  const applied = readControls(c)
  const ranked = rerank(CATALOGUE, applied.rerank_mode, applied.rerank_depth)
  const named = { contextId: context_id, surface, applied }
  if (mode !== 'auto') {
    const after = starting_after === undefined ? 0 : ranked.findIndex(({ id }) => id === starting_after) + 1
    return answer(c, { ...named, ...listPage(ranked, after, readNumber('limit', limit)) })
  }
  const start = readNumber('cursor', cursor)
  const page = listPage(ranked, start, readNumber('limit', limit))
  const next_cursor = page.has_more ? String(start + page.limit) : null
  const section = page.quantity === 0 ? null : { section_id: `from-${start}`, title: 'More for you', reason: {} }
  return answer(c, { ...named, ...page, mode, section, next_cursor, done: next_cursor === null })
})

recommendations.post('/search', async (c) => {
  const { query, context_id = null, surface = null, limit = DEFAULT_LIMIT } = await readObject(c.req)
  if (typeof query !== 'string' || query.trim() === '') throw new BadRequest('query: must be text.')
  const words = query.toLowerCase().split(/\s+/)
  const found = CATALOGUE.filter(({ title }) => words.some((word) => title.toLowerCase().includes(word)))
  const applied = readControls(c)
  const ranked = rerank(found, applied.rerank_mode, applied.rerank_depth)
  const page = listPage(ranked, 0, readNumber('limit', limit))
  return answer(c, { query, contextId: context_id, surface, applied, ...page })
})

/** The mode and depth of the query: on `/api` they are Keyward's, whatever the client said. */
function readControls(c: Context) {
  const mode = c.req.query('rerank_mode') ?? 'off'
  if (!isRerankMode(mode)) throw new BadRequest(`rerank_mode: must be one of ${RERANK_MODES.join(', ')}.`)
  const depth = readNumber('rerank_depth', c.req.query('rerank_depth') ?? (mode === 'off' ? '0' : '5'))
  return { rerank_mode: mode, rerank_depth: depth }
}

function listPage(products: readonly Product[], start: number, limit: number) {
  const data = products.slice(start, start + limit).map((product, index) => ({
    object: 'recommendation',
    item_id: product.id,
    name: product.title,
    rank: start + index + 1,
    ...product,
  }))
  return {
    object: 'list',
    data,
    recommendations: data,
    request_id: `req_${crypto.randomUUID()}`,
    quantity: data.length,
    limit,
    has_more: start + limit < products.length,
  }
}

const DEFAULT_LIMIT = '20'
