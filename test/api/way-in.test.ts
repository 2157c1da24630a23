// What people, crawlers and the API reference find without having read anything: `/`, the files every host is asked for, pages
// for what does not exist, and who may read the API from a page without an origin.
import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { version } from '../../package.json'
import { PROBLEMS } from '../../src/core/problem.ts'
import { call, expectProblem, ORIGIN } from '../support/client.ts'

const FROM_A_BROWSER = { token: null, headers: { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } }

const unfollowed = (path: string, headers: Record<string, string> = {}) =>
  exports.default.fetch(`${ORIGIN}${path}`, { headers, redirect: 'manual' })

describe('the way in', () => {
  it('sends a browser to the console', async () => {
    const answer = await unfollowed('/', FROM_A_BROWSER.headers)

    expect(answer.status).toBe(303)
    expect(answer.headers.get('Location')).toBe(`${ORIGIN}/console`)
  })

  it.each([{}, { Accept: '*/*' }, { Accept: 'application/json' }])('tells %j where things are', async (headers) => {
    const { status, body } = await call('GET', '/', { token: null, headers })

    expect(status).toBe(200)
    expect(body).toEqual({
      name: 'keyward',
      version,
      docs: `${ORIGIN}/docs`,
      openapi: `${ORIGIN}/openapi.json`,
      console: `${ORIGIN}/console`,
    })
  })

  it('lets nothing be indexed', async () => {
    const { status, body } = await call('GET', '/robots.txt', { token: null })

    expect(status).toBe(200)
    expect(body).toBe('User-agent: *\nDisallow: /\n')
  })

  it('says where to report a weakness, for less than a year (RFC 9116 §2.5.5)', async () => {
    const { status, headers, body } = await call('GET', '/.well-known/security.txt', { token: null })

    expect(status).toBe(200)
    expect(headers.get('Content-Type')).toMatch(/^text\/plain/)
    expect(body).toMatch(/^Contact: https:\/\//m)
    expect(body).toContain(`Canonical: ${ORIGIN}/.well-known/security.txt`)
    const expires = Date.parse(/^Expires: (.*)$/m.exec(body)?.[1] ?? '')
    expect(expires).toBeGreaterThan(Date.now())
    expect(expires).toBeLessThan(Date.now() + 365 * 86_400_000)
  })

  it('has an icon', async () => {
    const answer = await unfollowed('/favicon.ico')

    expect(answer.status).toBe(301)
    expect(answer.headers.get('Location')).toBe('/console/icon.svg')
  })
})

describe('a path that does not exist', () => {
  it('is a page for a browser, with the ways on', async () => {
    const { status, headers, body } = await call('GET', '/nothing-here', FROM_A_BROWSER)

    expect(status).toBe(404)
    expect(headers.get('Content-Type')).toMatch(/^text\/html/)
    for (const way of ['/console', '/docs', '/problems']) expect(body).toContain(`href="${way}"`)
    expect(body).toContain(headers.get('X-Request-Id'))
  })

  it('is a problem for what sends a form, whatever it accepts', async () => {
    expectProblem(await call('POST', '/nothing-here', { ...FROM_A_BROWSER, body: {} }), 'not_found')
  })

  it('shows nothing of what was asked for', async () => {
    const { body } = await call('GET', '/%3Cscript%3Ealert(1)%3C/script%3E', FROM_A_BROWSER)

    expect(body).not.toContain('alert')
  })
})

describe('the page of an error', () => {
  it.each(Object.entries(PROBLEMS))(
    '%s has its status, causes, remedies and an example',
    async (code, { status, title }) => {
      const { status: answered, body } = await call('GET', `/problems/${code}`, { token: null })

      expect(answered).toBe(200)
      expect(body).toContain(`HTTP status ${status}`)
      for (const heading of ['Usual causes', 'What to do', 'What it looks like']) expect(body).toContain(heading)
      const example = /<pre[^>]*><code>([\s\S]*?)<\/code>/
        .exec(body)?.[1]
        ?.replaceAll('&quot;', '"')
        .replaceAll('&#39;', "'")
      expect(JSON.parse(example ?? '')).toMatchObject({ type: `${ORIGIN}/problems/${code}`, title, status, code })
      expect(body.replace(/<pre[\s\S]*<\/pre>/, '')).not.toContain('`')
    },
  )

  it('is listed with all others', async () => {
    const { body } = await call('GET', '/problems', { token: null })

    for (const code of Object.keys(PROBLEMS)) expect(body).toContain(`href="/problems/${code}"`)
  })
})

describe('a page without an origin, which the API reference is', () => {
  const SANDBOXED = { Origin: 'null' }

  it.each([
    ['GET', '/v1/projects', {}],
    ['GET', '/v1/projects', { token: null }],
    ['POST', '/v1/keys/verify', { body: { token: 'x' } }],
    ['GET', '/healthz', { token: null }],
    ['GET', '/.well-known/jwks.json', { token: null }],
  ] as const)('may read %s %s %j', async (method, path, sent) => {
    const { headers } = await call(method, path, sent)
    const answer = await call(method, path, {
      ...sent,
      headers: { ...SANDBOXED },
    })

    expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('null')
    expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull()
    expect(answer.headers.get('Vary')).toContain('Origin')
  })

  it.each(['/v1/projects', '/v1/keys/verify', '/oauth2/token'])('may send a token to %s', async (path) => {
    const { status, headers } = await call('OPTIONS', path, {
      token: null,
      headers: {
        ...SANDBOXED,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization',
      },
    })

    expect(status).toBe(204)
    expect(headers.get('Access-Control-Allow-Origin')).toBe('null')
    expect(headers.get('Access-Control-Allow-Headers')).toContain('Authorization')
  })

  it.each(['/console', '/console/sign-in', '/api/x', '/forward-auth', '/docs', '/'])(
    'may not read %s',
    async (path) => {
      const { headers } = await call('GET', path, { token: null, headers: SANDBOXED })

      expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
    },
  )
})
