// What Keyward is measured against: nothing at all, the least a verification can do, and what people write by hand.
import { WorkerEntrypoint } from 'cloudflare:workers'
import { Hono } from 'hono'
import { proxy } from 'hono/proxy'

type Verdict = { valid: boolean }
type Env = {
  DB: D1Database
  REVOCATIONS: KVNamespace
  KEYWARD: { verify(input: unknown): Promise<Verdict> }
  KEYWARD_HTTP: Fetcher
  CONSTANT: { verify(input: unknown): Promise<unknown> }
  MANAGEMENT_KEY: string
  UPSTREAM_URL: string
  UPSTREAM: Fetcher
  ANSWER: string
}

const app = new Hono<{ Bindings: Env }>()

app.get('/empty', (c) => c.text('ok'))

/** The floor: the same body parsed, its token hashed, an answer of the same size. */
app.post('/floor', async (c) => {
  const { token } = await c.req.json<{ token: string }>()
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
  return c.json(digest.byteLength === 32 ? answerOf(c.env) : null)
})

/** By hand: the hash is looked up in D1 and the revocation in KV, each time. */
app.post('/by-hand', async (c) => {
  const { token } = await c.req.json<{ token: string }>()
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
  const hash = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const [row, revoked] = await Promise.all([
    c.env.DB.prepare('SELECT k.* FROM api_key_secrets AS s JOIN api_keys AS k ON k.id = s.key_id WHERE s.hash = ?')
      .bind(hash)
      .first(),
    c.env.REVOCATIONS.get(`revoked:v1:${token.slice(4, 12)}`),
  ])
  return row === null || revoked !== null ? c.json({ valid: false }) : c.json(answerOf(c.env))
})

/** Another Worker that asks Keyward by service binding for each of its own requests. */
app.post('/by-rpc', async (c) => {
  const { token } = await c.req.json<{ token: string }>()
  return c.json(await c.env.KEYWARD.verify({ token }))
})

/** What such a call costs where nothing is verified: the platform's own share. */
app.post('/by-empty-rpc', async (c) => {
  const { token } = await c.req.json<{ token: string }>()
  return c.json(await c.env.CONSTANT.verify({ token }))
})

export class Constant extends WorkerEntrypoint<Env> {
  /** Always the same answer, of the size of a verdict. */
  verify(_input: unknown): unknown {
    return answerOf(this.env)
  }
}

/** The same by HTTP over a service binding. */
app.post('/by-fetch', async (c) => {
  const { token } = await c.req.json<{ token: string }>()
  const body = JSON.stringify({ token })
  const response = await c.env.KEYWARD_HTTP.fetch('https://keyward/v1/keys/verify', {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${c.env.MANAGEMENT_KEY}`,
      'Content-Type': 'application/json',
      'Content-Length': String(body.length),
    },
    body,
  })
  return c.json(await response.json())
})

/** A proxy that guards nothing. */
app.all('/by-url/*', (c) => proxy(c.env.UPSTREAM_URL + c.req.path, c.req.raw))
app.all('/by-service/*', (c) =>
  proxy(c.req.raw.url, { raw: c.req.raw, customFetch: (request) => c.env.UPSTREAM.fetch(request) }),
)

/** What a guard owes the upstream and the client whatever it decides: the key hashed, who asks told, a timeout, a private answer. */
app.all('/duties/by-url/*', (c) => dutiful(c.req.raw, c.env.UPSTREAM_URL + c.req.path.slice('/duties'.length), fetch))
app.all('/duties/by-service/*', (c) => dutiful(c.req.raw, c.req.url, (...asked) => c.env.UPSTREAM.fetch(...asked)))

async function dutiful({ method, headers, body, signal }: Request, url: string, ask: typeof fetch): Promise<Response> {
  const [, token = ''] = headers.get('Authorization')?.split(' ') ?? []
  await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
  const kept = [...headers].filter(([name]) => name !== 'authorization' && name !== 'connection' && name !== 'host')
  const told = { ...Object.fromEntries(kept), ...TOLD, 'X-Request-Id': crypto.randomUUID() }
  const asked = ask(url, { method, headers: told, body, signal, redirect: 'manual' })
  const heard = await Promise.race([asked, scheduler.wait(30_000)])
  if (heard === undefined) return new Response(null, { status: 504 })
  const answer = new Response(heard.body, heard)
  for (const name of SHARED) answer.headers.delete(name)
  answer.headers.set('X-Request-Id', told['X-Request-Id'])
  answer.headers.set('Cache-Control', 'no-store')
  return answer
}

const TOLD = {
  'X-Keyward-Key-Id': 'key_01jd0000000000000000000000',
  'X-Keyward-Environment-Id': 'env_01jd0000000000000000000000',
  'X-Keyward-Project-Id': 'proj_01jd0000000000000000000000',
  'X-Keyward-Scopes': 'read',
  'X-Forwarded-Proto': 'http',
  'X-Forwarded-Host': '127.0.0.1',
  Via: '1.1 bench',
}
const SHARED = ['CDN-Cache-Control', 'Cloudflare-CDN-Cache-Control', 'Surrogate-Control', 'Access-Control-Allow-Origin']

const answers = new Map<string, unknown>()
function answerOf({ ANSWER }: Env): unknown {
  const known = answers.get(ANSWER) ?? JSON.parse(ANSWER)
  answers.set(ANSWER, known)
  return known
}

export default app
