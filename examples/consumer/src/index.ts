import { Hono } from 'hono'
import { requireKey } from 'keyward/client/hono'

const app = new Hono()

app.get('/', (c) => c.text('GET /reports with an API key that holds the scope "read".\n'))

app.get('/reports', requireKey({ scopes: ['read'] }), (c) => {
  const { name, ownerId, environment } = c.get('key')
  return c.json({ reports: ['2026-10', '2026-11'], for: { key: name, ownerId, environment: environment.tag } })
})

export default app
