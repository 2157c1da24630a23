// What every answer has in common: the headers, the shape of an error, the page it points to.
import { env, exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { call, expectProblem, ORIGIN, STATUS_OF_CODE, walkToKey } from '../support/client.ts'

const EVERY_KIND: [string, string, object?][] = [
  ['GET', '/healthz'],
  ['GET', '/openapi.json'],
  ['GET', '/docs'],
  ['GET', '/problems'],
  ['GET', '/problems/not_found'],
  ['GET', '/problems/nothing_of_ours'],
  ['GET', '/nothing-here'],
  ['GET', '/'],
  ['GET', '/v1/projects'],
  ['POST', '/v1/projects', { body: { name: 'Shop' } }],
  ['POST', '/v1/projects', { body: '{' }],
  ['POST', '/v1/projects', { body: 'x', type: 'text/plain' }],
  ['POST', '/v1/projects', { body: 'x'.repeat(70_000) }],
  ['GET', '/v1/projects', { token: null }],
  ['GET', '/v1/projects/nothing'],
  ['GET', '/v1/nothing-here'],
  ['POST', '/v1/keys/verify', { body: { token: 'x' } }],
  ['POST', '/v1/keys/verify', { body: {} }],
  ['POST', '/v1/keys/verify', { token: null, body: { token: 'x' } }],
  ['GET', '/api/nothing', { token: null }],
  ['GET', '/v1/whoami', { token: null }],
  ['HEAD', '/v1/projects'],
  ['OPTIONS', '/v1/projects'],
  ['OPTIONS', '/v1/projects', { token: null }],
]

describe.each(EVERY_KIND)('the answer to %s %s %j', (method, path, sent = {}) => {
  it('carries a request id and is kept by no cache', async () => {
    const { headers } = await call(method, path, sent)

    expect(headers.get('X-Request-Id')).toMatch(/^[\w-]{8,}$/)
    expect(headers.get('Cache-Control')).toBe('no-store')
  })

  it('is not sniffed, framed or sent elsewhere', async () => {
    const { headers } = await call(method, path, sent)

    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    expect(headers.get('Content-Security-Policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('Location')).toBeNull()
    expect(headers.get('Access-Control-Allow-Credentials')).toBeNull()
  })
})

/** No browser shows the answer to a POST that names a management key, and each header costs. */
const IS_VERDICT = ([, path, sent]: [string, string, object?]) =>
  path === '/v1/keys/verify' && JSON.stringify(sent) === '{"body":{"token":"x"}}'

describe.each(EVERY_KIND.filter((kind) => !IS_VERDICT(kind)))(
  'what a browser might show of %s %s %j',
  (method, path, sent = {}) => {
    it('is kept apart from other pages', async () => {
      const { headers } = await call(method, path, sent)

      expect(headers.get('X-Frame-Options')).toBe('DENY')
      expect(headers.get('Referrer-Policy')).toBe('no-referrer')
      expect(headers.get('Strict-Transport-Security')).toBe('max-age=15552000; includeSubDomains')
      expect(headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin')
      expect(headers.get('Cross-Origin-Resource-Policy')).toBe('same-origin')
    })
  },
)

describe('a page of another origin', () => {
  it.each(EVERY_KIND.filter(([, path]) => path !== '/openapi.json'))(
    'may not read %s %s %j',
    async (method, path, sent) => {
      const { headers } = await call(method, path, { ...sent, headers: { Origin: 'https://elsewhere.test' } })

      expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
    },
  )

  it('may read the document, as the sandboxed reference has to', async () => {
    const { headers } = await call('GET', '/openapi.json', { token: null, headers: { Origin: 'null' } })

    expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
  })
})

describe('the request id', () => {
  it('is a new one for each request', async () => {
    const [first, second] = [await call('GET', '/healthz'), await call('GET', '/healthz')]

    expect(first.headers.get('X-Request-Id')).not.toBe(second.headers.get('X-Request-Id'))
  })

  it('of the caller is replaced when it could not stand in a log line', async () => {
    const headers = { 'X-Request-Id': 'a b<script>' }

    const answer = await call('GET', '/v1/nothing-here', { headers })

    expect(answer.body.requestId).not.toBe('a b<script>')
    expectProblem(answer, 'not_found')
  })
})

describe('a problem', () => {
  let projectId: string
  let environmentId: string
  beforeAll(async () => {
    const { project, environment } = await walkToKey()
    projectId = project.id
    environmentId = environment.id
  })

  it.each<[keyof typeof STATUS_OF_CODE, string, () => string, object]>([
    ['invalid_request', 'POST', () => '/v1/projects', { body: {} }],
    ['unauthenticated', 'GET', () => '/v1/projects', { token: null }],
    ['not_found', 'GET', () => '/v1/projects/proj_1', {}],
    ['conflict', 'DELETE', () => `/v1/projects/${projectId}`, {}],
    ['payload_too_large', 'POST', () => '/v1/projects', { body: 'x'.repeat(70_000) }],
    ['unsupported_media_type', 'POST', () => '/v1/projects', { body: 'x', type: 'text/plain' }],
  ])('%s is application/problem+json with a page behind its type', async (code, method, path, sent) => {
    const answer = await call(method, path(), sent)

    expectProblem(answer, code)
    const page = await exports.default.fetch(answer.body.type)
    expect(page.status).toBe(200)
    expect(page.headers.get('Content-Type')).toMatch(/^text\/html/)
    expect(await page.text()).toContain(answer.body.title)
  })

  it('lists its errors by path and message when fields are at fault', async () => {
    const { body } = await call('POST', '/v1/projects', { body: { name: '', size: 1 } })

    expect(body.errors).toHaveLength(2)
    for (const fault of body.errors) {
      expect(fault).toEqual({ path: expect.any(String), message: expect.stringMatching(/./) })
      expect(body.detail).toContain(fault.path)
    }
  })

  it('does not repeat the credential, wherever it was put', async () => {
    const { token } = await walkToKey()

    const answers = [
      await call('GET', '/v1/projects', { token }),
      await call('GET', `/v1/keys/${token}`),
      await call('GET', `/${token}`),
      await call('POST', '/v1/projects', { body: { name: [token] } }),
      await call('PATCH', `/v1/environments/${environmentId}`, { body: { tag: token } }),
      await call('GET', `/v1/projects?cursor=${env.ROOT_KEY}`),
    ]

    for (const { body } of answers) {
      expect(body.status).toBeGreaterThanOrEqual(400)
      expect(JSON.stringify(body)).not.toContain(token)
      expect(JSON.stringify(body)).not.toContain(env.ROOT_KEY)
    }
  })
})

describe('the problem pages', () => {
  it.each(Object.entries(STATUS_OF_CODE))('explain %s', async (code, status) => {
    const page = await call('GET', `/problems/${code}`, { token: null })

    expect(page.status).toBe(200)
    expect(page.headers.get('Content-Type')).toMatch(/^text\/html/)
    expect(page.body).toContain(code)
    expect(page.body).toContain(String(status))
  })

  it('are listed, and the list leads to each', async () => {
    const { body } = await call('GET', '/problems', { token: null })

    for (const code of Object.keys(STATUS_OF_CODE)) expect(body).toContain(`href="/problems/${code}"`)
  })

  it.each(['nope', 'toString', '__proto__', 'constructor', 'NOT_FOUND', 'not_found%00', '<b>'])(
    'do not include %s',
    async (code) => {
      expectProblem(await call('GET', `/problems/${code}`, { token: null }), 'not_found')
    },
  )
})

describe('a method that a path does not take', () => {
  it.each([
    ['PUT', '/v1/projects', 'GET, HEAD, POST'],
    ['PATCH', '/v1/projects', 'GET, HEAD, POST'],
    ['DELETE', '/v1/projects', 'GET, HEAD, POST'],
    ['OPTIONS', '/v1/projects', 'GET, HEAD, POST'],
    ['POST', '/v1/keys/key_1', 'GET, HEAD, PATCH, DELETE'],
    ['GET', '/v1/keys/key_1/revoke', 'POST'],
    ['POST', '/v1/whoami', 'GET, HEAD'],
    ['GET', '/v1/keys/verify', 'POST'],
    ['HEAD', '/v1/keys/verify', 'POST'],
    ['DELETE', '/v1/keys/verify', 'POST'],
    ['GET', '/oauth2/token', 'POST'],
    ['DELETE', '/oauth2/revoke', 'POST'],
    ['POST', '/.well-known/jwks.json', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['OPTIONS', '/healthz', 'GET, HEAD'],
    ['POST', '/openapi.json', 'GET, HEAD'],
    ['POST', '/docs', 'GET, HEAD'],
    ['PUT', '/problems/conflict', 'GET, HEAD'],
  ])('is 405: %s %s is told to use %s', async (method, path, allow) => {
    const answer = await call(method, path)

    expect(answer.headers.get('Allow')).toBe(allow)
    if (method === 'HEAD') expect(answer.status).toBe(405)
    else expectProblem(answer, 'method_not_allowed')
  })

  it('is nothing a stranger learns of /v1', async () => {
    expectProblem(await call('PUT', '/v1/projects', { token: null }), 'unauthenticated')
  })
})

describe('a path that does not exist', () => {
  it.each([
    ['GET', '/v1/keys'],
    ['GET', '/v1'],
    ['GET', '/v1/'],
    ['GET', '/v1/projects/'],
    ['GET', '//v1/projects'],
    ['GET', '/V1/projects'],
    ['GET', '/v2/projects'],
    ['GET', '/healthz/'],
    ['GET', '/problems/'],
    ['DELETE', '/nothing'],
    ['GET', '/%00'],
    ['GET', '/%E0%A4%A'],
    ['GET', '/.env'],
    ['GET', '/v1/../etc/passwd'],
    ['OPTIONS', '/nothing'],
  ])('answers %s %s with a 404 problem', async (method, path) => {
    expectProblem(await call(method, path), 'not_found')
  })

  it.each([
    ['/healthz', 200],
    ['/openapi.json', 200],
    ['/docs', 200],
    ['/problems/conflict', 200],
    ['/v1/projects', 200],
    ['/v1/projects/nothing', 404],
    ['/nothing', 404],
  ])('HEAD %s is %i without a body', async (path, status) => {
    expect(await call('HEAD', path)).toMatchObject({ status, body: '' })
  })

  it('gives HEAD without a credential the same 401 as GET', async () => {
    expect(await call('HEAD', '/v1/projects', { token: null })).toMatchObject({ status: 401, body: '' })
  })
})

/** Never `/console`: the script is not ours. */
const REACHED_BY_THE_REFERENCE = ['/openapi.json', '/v1/', '/oauth2/', '/healthz', '/.well-known/']

describe('the pages', () => {
  it('say that the Worker runs, without a credential', async () => {
    const { status, body } = await call('GET', '/healthz', { token: null })

    expect(status).toBe(200)
    expect(body).toEqual({ status: 'ok', version: expect.stringMatching(/^\d+\.\d+\.\d+/) })
  })

  it('show the API reference in a sandbox that reaches the API alone', async () => {
    const { status, headers, body } = await call('GET', '/docs', { token: null })

    expect(status).toBe(200)
    expect(headers.get('Content-Type')).toMatch(/^text\/html/)
    const policy = (headers.get('Content-Security-Policy') ?? '').split('; ')
    expect(policy).toContain('sandbox allow-scripts allow-forms')
    expect(policy).toContain("form-action 'none'")
    const reached =
      policy
        .find((directive) => directive.startsWith('connect-src'))
        ?.split(' ')
        .slice(1) ?? []
    expect(reached.map((address) => address.replace(ORIGIN, ''))).toEqual(REACHED_BY_THE_REFERENCE)
    expect(body).toContain('/openapi.json')
  })

  it.each(['/docs', '/problems', '/problems/conflict'])('load nothing from a third party: %s', async (path) => {
    const { headers, body } = await call('GET', path, { token: null })

    const origins = `${headers.get('Content-Security-Policy')} ${body}`.match(/(https?:)?\/\/[\w.-]+/g) ?? []
    expect(origins.filter((origin) => origin !== ORIGIN)).toEqual([])
  })

  it('give each reference page a nonce of its own', async () => {
    const nonce = async () =>
      /nonce-([\w-]+)/.exec((await call('GET', '/docs')).headers.get('Content-Security-Policy') ?? '')?.[1]

    const [first, second] = [await nonce(), await nonce()]

    expect(first).toMatch(/^[\w-]{16,}$/)
    expect(first).not.toBe(second)
  })
})
