// An Express server whose route /reports takes an API key with the scope `read`. It asks Keyward by URL.
import express from 'express'
import { keyOf, requireKey } from 'keyward/client/node'

const { KEYWARD_URL = 'http://localhost:8787', KEYWARD_KEY = '', PORT = '8791' } = process.env

const app = express()
app.get('/reports', requireKey({ url: KEYWARD_URL, managementKey: KEYWARD_KEY, scopes: ['read'] }), (req, res) => {
  res.json({ for: keyOf(req).ownerId })
})
app.listen(Number(PORT), 'localhost', () => console.log(`http://localhost:${PORT}/reports`))
