import { beforeAll, describe, expect, it } from 'vitest'
import { call, walkToKey } from '../support/client.ts'
import { aSignedIn, aVisitor, type Visitor } from '../support/visitor.ts'

let visitor: Visitor
let paths: string[]
beforeAll(async () => {
  visitor = await aSignedIn()
  const { project, environment, key } = await walkToKey()
  const inside = `/console/environments/${environment.id}`
  paths = [
    '/console/projects',
    '/console/projects/new',
    `/console/projects/${project.id}`,
    `/console/projects/${project.id}/settings`,
    `/console/projects/${project.id}/environments/new`,
    ...['keys', 'keys/new', 'credentials', 'credentials/new', 'routes', 'rerank-controls', 'settings'].map(
      (page) => `${inside}/${page}`,
    ),
    `/console/keys/${key.id}`,
    ...['edit', 'rotate', 'revoke'].map((page) => `/console/keys/${key.id}/${page}`),
    '/console/audit-log',
    '/console/management-keys',
  ]
})

describe('every page of the console', () => {
  it('is closed to whoever has not signed in', async () => {
    for (const path of paths) {
      const door = `/console/sign-in?next=${encodeURIComponent(path)}`
      expect({ path, ...(await aVisitor().get(path)) }).toMatchObject({ status: 303, location: door, body: '' })
    }
  })

  it('runs one script, is framed nowhere, and is kept by nobody', async () => {
    for (const path of [...paths, '/console/sign-in', '/console/nothing']) {
      const { headers, body } = await visitor.get(path)

      const policy = headers.get('Content-Security-Policy') ?? ''
      const nonce = /script-src 'nonce-([0-9a-f-]{36})';/.exec(policy)?.[1]
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(headers.get('X-Frame-Options')).toBe('DENY')
      expect(headers.get('Cache-Control')).toBe('no-store')
      expect([...body.matchAll(/<script[^>]*>/g)].map(([tag]) => tag)).toEqual([
        expect.stringContaining(`nonce="${nonce}"`),
      ])
    }
  })

  it('has no inline style, no inline handler and nothing of another origin', async () => {
    for (const path of paths) {
      const { body } = await visitor.get(path)

      expect(body).not.toMatch(/<[a-z][^>]*\s(style|on[a-z]+)=/)
      expect(body).not.toMatch(/\s(src|href|action)="(https?:)?\/\//)
    }
  })

  it('has a nonce of its own each time', async () => {
    const [first, second] = await Promise.all([visitor.get('/console/projects'), visitor.get('/console/projects')])

    expect(first.headers.get('Content-Security-Policy')).not.toBe(second.headers.get('Content-Security-Policy'))
  })

  it('answers the API in JSON still, and the console in pages', async () => {
    expect((await call('GET', '/v1/nothing')).headers.get('Content-Type')).toBe('application/problem+json')
    expect((await visitor.get('/console/nothing')).headers.get('Content-Type')).toMatch(/^text\/html/)
  })
})

describe('a form that another site sends', () => {
  const FOREIGN: [string, Record<string, string>][] = [
    ['has its own origin', { Origin: 'https://evil.test', 'Sec-Fetch-Site': 'cross-site' }],
    ['has the origin of a subdomain', { Origin: 'https://x.keyward.test', 'Sec-Fetch-Site': 'same-site' }],
    ['hides its origin', { Origin: 'null' }],
    ['has no origin', { Origin: '' }],
  ]

  it.each(FOREIGN)('is refused when it %s, and changes nothing', async (_how, headers) => {
    const name = `from ${crypto.randomUUID()}`

    const answer = await visitor.post('/console/projects/new', { name }, headers)

    expect(answer.status).toBe(403)
    expect((await visitor.get('/console/projects')).body).not.toContain(name)
  })

  it('cannot sign anybody in', async () => {
    const stranger = aVisitor()

    const answer = await stranger.post('/console/sign-in', { key: 'x' }, { Origin: 'https://evil.test' })

    expect(answer.status).toBe(403)
  })

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x', ''])(
    'is refused as %s whatever its origin',
    async (type) => {
      const answer = await visitor.post('/console/projects/new', { name: 'x' }, { 'Content-Type': type })

      expect(answer.status).toBe(415)
    },
  )
})
