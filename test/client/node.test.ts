import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { connect } from 'node:net'
import express from 'express'
import { Hono } from 'hono'
import { describe, expect, it, vi } from 'vitest'
import { requireKey as requireKeyInHono } from '../../packages/keyward/src/hono.ts'
import { keyOf, type RequireKeyOptions, requireKey } from '../../packages/keyward/src/node.ts'
import { aYes, DENIALS, INSUFFICIENT_SCOPE, NOT_A_YES, recordWarnings, TOKEN } from './stub-keyward.ts'

recordWarnings()

type Answer = { status: number; headers: string[]; body: string }
type Headers = readonly (readonly [string, string])[]

const BEARER: Headers = [['Authorization', `Bearer ${TOKEN}`]]
const saying = (answer: unknown) =>
  ({ verifier: { verify: vi.fn(async () => answer) } }) as unknown as RequireKeyOptions

/** Over a socket, so that headers arrive as they are written here, twice or in bytes that no client would send. */
async function send(listener: RequestListener, headers: Headers, method = 'GET'): Promise<Answer> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const socket = connect(address.port, '127.0.0.1')
  const lines = [`${method} /reports HTTP/1.1`, 'Host: localhost', 'Connection: close']
  socket.write([...lines, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n'), 'latin1')
  let text = ''
  socket.setEncoding('utf8').on('data', (part) => (text += part))
  await once(socket, 'close')
  server.close()
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [first = '', ...rest] = head.split('\r\n')
  return { status: Number(first.split(' ')[1]), headers: rest, body }
}

const WAYS: [string, (options: RequireKeyOptions, handler: () => void) => RequestListener][] = [
  [
    'node:http',
    (options, handler) => {
      const guard = requireKey(options)
      return (request, response) =>
        void guard(request, response, () => {
          handler()
          response.end(JSON.stringify(keyOf(request)))
        })
    },
  ],
  [
    'Express',
    (options, handler) =>
      express().get('/reports', requireKey(options), (request, response) => {
        handler()
        response.json(request.key)
      }),
  ],
]

describe.each(WAYS)('requireKey in %s', (_, serve) => {
  /** The answer to one request, and whether the handler behind the guard ran. */
  async function ask(options: RequireKeyOptions, headers: Headers, method?: string) {
    const handler = vi.fn()
    const answer = await send(serve(options, handler), headers, method)
    return { ...answer, reached: handler.mock.calls.length > 0 }
  }

  it.each<[string, Headers]>([
    ['Authorization', BEARER],
    ['Authorization in another case', [['authorization', `bEaReR ${TOKEN}`]]],
    ['X-API-Key', [['X-API-Key', TOKEN]]],
    ['a Bearer token beside an empty X-API-Key', [...BEARER, ['X-API-Key', '']]],
  ])('lets on a good key by %s, with its verdict', async (_name, headers) => {
    const { status, body } = await ask(saying(aYes()), headers)

    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual(aYes())
  })

  it.each(DENIALS)('does not let on a key that is $code', async (denial) => {
    const { status, reached } = await ask(saying(denial), BEARER)

    expect([status, reached]).toEqual([denial.code === 'insufficient_scope' ? 403 : 401, false])
  })

  it.each(NOT_A_YES)('is not opened by %s', async (_name, value) => {
    const { status, reached } = await ask(saying(value), BEARER)

    expect([status, reached]).toEqual([503, false])
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error(TOKEN)
      },
    ],
    ['rejects', () => Promise.reject(new Error(TOKEN))],
    ['rejects with nothing', () => Promise.reject()],
  ])('answers 503 when a verifier %s', async (_name, verify) => {
    // A verifier without types may do anything.
    const { status, body, reached } = await ask({ verifier: { verify } } as RequireKeyOptions, BEARER)

    expect([status, reached]).toEqual([503, false])
    expect(body).not.toContain(TOKEN)
  })

  it.each<[string, Headers]>([
    ['two Authorization headers', [...BEARER, ...BEARER]],
    ['two Authorization headers, the first of them empty', [['Authorization', ''], ...BEARER, ...BEARER]],
    ['a Basic credential before a token', [['Authorization', 'Basic eDp5'], ...BEARER]],
    [
      'two X-API-Key headers',
      [
        ['X-API-Key', TOKEN],
        ['X-Api-Key', TOKEN],
      ],
    ],
    ['a token in each header', [...BEARER, ['X-API-Key', TOKEN]]],
  ])('refuses %s with 400, and asks nobody', async (_name, headers) => {
    const options = saying(aYes())

    const { status, reached } = await ask(options, headers)

    expect([status, reached]).toEqual([400, false])
    expect(options.verifier).toHaveProperty('verify.mock.calls', [])
  })

  it('takes a token with a byte beyond ASCII for a bad key', async () => {
    const { status, reached } = await ask(saying(aYes()), [['Authorization', `Bearer ${TOKEN}\xe9`]])

    expect([status, reached]).toEqual([401, false])
  })

  it('answers HEAD with the same headers and no body', async () => {
    const get = await ask(saying(DENIALS[0]), BEARER)
    const head = await ask(saying(DENIALS[0]), BEARER, 'HEAD')

    const names = (answer: Answer) => answer.headers.map((line) => line.split(':')[0])
    expect([head.status, head.body, head.reached]).toEqual([401, '', false])
    expect(names(head)).toEqual(expect.arrayContaining(['WWW-Authenticate', 'Cache-Control', 'X-Request-Id']))
    expect(get.body).not.toBe('')
  })

  it.each<[string, Headers, unknown]>([
    ['no key', [], undefined],
    ['two keys', [...BEARER, ['X-API-Key', TOKEN]], undefined],
    ['a bad key', BEARER, DENIALS[0]],
    ['a missing scope', BEARER, INSUFFICIENT_SCOPE],
    ['no verdict', BEARER, { valid: false, code: 'unavailable', retryAfterSeconds: 9 }],
  ])('answers %s with the bytes of the guard for Hono', async (_name, headers, answer) => {
    const id = '00000000-0000-4000-8000-000000000000'
    vi.spyOn(crypto, 'randomUUID').mockReturnValue(id)
    const options = { ...saying(answer), scopes: ['read', 'write'], realm: 'Reports' }
    const app = new Hono().get('/reports', requireKeyInHono({ ...options, ...saying(answer) } as never), (c) =>
      c.text(''),
    )
    const expected = await app.request('/reports', { headers: headers.map(([name, value]) => [name, value]) })

    const { status, headers: lines, body } = await ask(options, headers)

    const wanted = [...expected.headers].map(([name, value]) => `${name}: ${value}`)
    const sent = lines.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
    expect(status).toBe(expected.status)
    expect(body).toBe(await expected.text())
    expect(sent).toEqual(expect.arrayContaining(wanted))
  })
})

describe('requireKey in Express', () => {
  const FAIL: [string, express.RequestHandler][] = [
    [
      'throws',
      () => {
        throw new Error('mine')
      },
    ],
    [
      'rejects later',
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        throw new Error('mine')
      },
    ],
  ]
  it.each(FAIL)('leaves it to the app when a handler %s', async (_, handler) => {
    const onError: express.ErrorRequestHandler = (error, _request, response, _next) => {
      response.status(500).send(error.message)
    }
    const app = express()
      .get('/reports', requireKey(saying(aYes())), handler)
      .use(onError)

    const { status, body } = await send(app, BEARER)

    expect([status, body]).toEqual([500, 'mine'])
  })

  it('guards a whole router, and no handler before it', async () => {
    const open = express().get('/reports', (_request, response) => void response.send('open'))
    const guarded = express()
      .use(requireKey(saying(DENIALS[0])))
      .use(open)

    expect((await send(open, BEARER)).body).toBe('open')
    expect((await send(guarded, BEARER)).status).toBe(401)
  })

  it('overwrites a key that something else has set', async () => {
    const app = express()
      .use((request, _response, next) => {
        request.key = aYes({ name: 'Forged' }) as never
        next()
      })
      .get('/reports', requireKey(saying(aYes())), (request, response) => void response.send(request.key?.name))

    expect((await send(app, BEARER)).body).toBe('Billing')
  })
})

describe('requireKey in node:http', () => {
  it('hands the error of what comes next to its caller', async () => {
    const guard = requireKey(saying(aYes()))
    const request = { rawHeaders: BEARER.flat(), headers: {} }
    // Nothing is written to it.
    const response = {} as Parameters<typeof guard>[1]

    await expect(guard(request, response, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
  })

  it('finds two tokens in the header arrays of a request that has no raw headers', async () => {
    const guard = requireKey(saying(aYes()))
    const next = vi.fn()
    const response = { headersSent: false, statusCode: 200, setHeader: vi.fn(), end: vi.fn() }

    await guard({ rawHeaders: [], headers: { authorization: [`Bearer ${TOKEN}`, 'Bearer b'] } }, response, next)
    expect([response.statusCode, next.mock.calls.length]).toEqual([400, 0])

    await guard({ rawHeaders: [], headers: { authorization: `Bearer ${TOKEN}` } }, response, next)
    expect(next).toHaveBeenCalledTimes(1)
  })

  it('refuses a character that no header may hold, and does not throw', async () => {
    const guard = requireKey(saying(aYes()))
    const next = vi.fn()
    const response = { headersSent: false, statusCode: 200, setHeader: vi.fn(), end: vi.fn() }

    await guard({ rawHeaders: ['Authorization', `Bearer ${TOKEN}\0`], headers: {} }, response, next)

    expect([response.statusCode, next.mock.calls.length]).toEqual([401, 0])
  })

  it('ends an answer that has begun, and lets nobody on', async () => {
    const guard = requireKey(saying(DENIALS[0]))
    const next = vi.fn()
    const response = { headersSent: true, statusCode: 200, setHeader: vi.fn(), end: vi.fn() }

    await guard({ rawHeaders: BEARER.flat(), headers: {} }, response, next)

    expect(response.end).toHaveBeenCalledWith(undefined)
    expect([next.mock.calls.length, response.setHeader.mock.calls.length]).toEqual([0, 0])
  })
})

describe('keyOf', () => {
  it('throws for a request that no guard has let through', () => {
    expect(() => keyOf({})).toThrow('requireKey')
    expect(() => keyOf({ key: aYes() })).toThrow('requireKey')
  })
})

it.each<[string, object, RegExp]>([
  ['nothing', {}, /url and managementKey/],
  ['an option that does not exist', { ...saying(aYes()), scope: ['read'] }, /"scope"/],
  ['scopes that were left unset', { ...saying(aYes()), scopes: undefined }, /scopes/],
])('requireKey for Node is not made from %s', (_, options, message) => {
  expect(() => requireKey(options as RequireKeyOptions)).toThrow(message)
})
