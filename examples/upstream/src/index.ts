// The upstream of the examples: one API, under /api for API keys and under /core for access tokens.
import { Hono } from 'hono'
import { fail } from './answer.ts'
import { data } from './data.ts'
import { items } from './items.ts'
import { BadRequest } from './read-input.ts'
import { recommendations } from './recommendations.ts'
import { stream } from './stream.ts'

const app = new Hono()

for (const base of ['/api', '/core']) {
  // NeuronSearchLab's SDK asks for everything under /v1.
  for (const version of ['', '/v1']) app.route(base + version, recommendations).route(base + version, items)
  app.route(base, data)
  app.route(base, stream)
}

app.notFound((c) => fail(c, `There is no ${c.req.method} ${c.req.path} here.`, 404))

app.onError((error, c) => {
  if (error instanceof BadRequest) return fail(c, error.message, 400)
  console.error(error)
  return fail(c, 'The example broke.', 500)
})

export default app
