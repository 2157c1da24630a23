// The upstream of the examples: one API, under /api for API keys and under /core for access tokens.
import { Hono } from 'hono'
import { answer } from './answer.ts'
import { data } from './data.ts'
import { BadRequest } from './json-body.ts'
import { recommendations } from './recommendations.ts'
import { stream } from './stream.ts'

const app = new Hono()

for (const base of ['/api', '/core']) {
  app.route(base, recommendations)
  app.route(base, data)
  app.route(base, stream)
}

app.notFound((c) => answer(c, { error: `There is no ${c.req.method} ${c.req.path} here.` }, 404))

app.onError((error, c) => {
  if (error instanceof BadRequest) return answer(c, { error: error.message }, 400)
  console.error(error)
  return answer(c, { error: 'The example broke.' }, 500)
})

export default app
