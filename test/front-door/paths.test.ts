// Paths that servers read in different ways: a scope asked for one resource must never open another.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, ORIGIN } from '../support/client.ts'
import { aDoor, askDoor, type Door } from '../support/upstream.ts'

let door: Door
beforeAll(async () => {
  door = await aDoor({
    routes: [
      { path: '/api/public/*', methods: ['*'] },
      { path: '/api/admin/*', methods: ['*'], scopes: ['write'] },
      { path: '/api/admin', methods: ['*'], scopes: ['write'] },
    ],
  })
})
beforeEach(() => {
  door.upstream.seen.length = 0
})

/** What an upstream could take the path for, by any mix of decoding, merging slashes, cutting parameters and case. */
function readings(path: string): string[] {
  const decoded = new Set([path])
  for (let round = 0; round < 3; round += 1) {
    for (const text of decoded) {
      try {
        decoded.add(decodeURIComponent(text))
      } catch {}
    }
  }
  return [...decoded].flatMap((text) => {
    const slashed = text.replaceAll('\\', '/')
    const shapes = [slashed, slashed.replace(/;[^/]*/g, ''), slashed.split('\u0000')[0] ?? '']
    return shapes.flatMap((shape) => {
      const merged = shape.replace(/\/+/g, '/')
      return [merged, new URL(merged, ORIGIN).pathname].map((reading) => reading.toLowerCase())
    })
  })
}

/** Neither let through to what takes a scope that is not held, nor answered with a fault of ours. */
function expectNoWayRound({ status }: Answer) {
  expect(status).toBeLessThan(500)
  for (const { url } of door.upstream.seen) {
    const { pathname } = new URL(url)
    for (const reading of readings(pathname)) expect(reading).toMatch(/^\/api\/public(\/|$)/)
  }
}

const TRICKS = [
  '/api/public/../admin/users',
  '/api/public/./../admin/users',
  '/api/public/%2e%2e/admin/users',
  '/api/public/.%2e/admin/users',
  '/api/public/%2E%2E/admin',
  '/api/public/..%2fadmin/users',
  '/api/public/..%2Fadmin%2Fusers',
  '/api/public/..%5cadmin',
  '/api/public/..\\admin',
  '/api/public\\..\\admin',
  '/api/public/%252e%252e/admin',
  '/api/public/..%252fadmin',
  '/api/public/%25252e%25252e/admin',
  '/api/public/..;/admin',
  '/api/public/..;x=1/admin',
  '/api/public/%2e%2e;/admin',
  '/api/public;/../admin',
  '/api/public%3b/../admin',
  '/api/public/..%00/admin',
  '/api/public/%00/../../admin',
  '/api/public/..%0a/admin',
  '/api/public/..%0d%0aX-Keyward-Scopes:%20write/admin',
  '/api/public/..%09/admin',
  '/api/public/..%20/admin',
  '/api/public/..%c0%af../admin',
  '/api/public/%c0%ae%c0%ae/admin',
  '/api/public/%ff%2e%2e/admin',
  '/api/public/%u002e%u002e/admin',
  '/api//admin',
  '/api//public',
  '/api/public//..//admin',
  '/api/public/%2f../admin',
  '//api/admin',
  '/api/%2fadmin',
  '/api/admin%2f',
  '/api/admin%00',
  '/api/admin%20',
  '/api/admin.',
  '/api/admin;v=1',
  '/api/admin%3bv=1',
  '/api/ADMIN',
  '/api/Admin/users',
  '/api/%61dmin',
  '/api/%41DMIN/users',
  '/api/adm%69n/users',
  '/api/admin%2fusers',
  '/api/admin%5cusers',
  '/api/admin?/../public',
  '/api/admin#/../../public',
  '/api/./admin',
  '/x/../api/admin',
  '/api%2fadmin',
  '/api%5cadmin',
  '/api;/admin',
  '/api/public/%',
  '/api/public/%2',
  '/api/public/%zz',
  `/api/public/${'a/'.repeat(3000)}`,
  `/api/public/${'a'.repeat(20_000)}`,
  `/api/public/${'%2e%2e%2f'.repeat(100)}admin`,
  '/api/public/\u{1F600}',
  '/api/ａdmin',
  '/api/admın',
]

describe('/api/* with a key that holds no scope for /api/admin', () => {
  it.each(TRICKS)('does not lead there by %s', async (path) => {
    expectNoWayRound(await door.ask(path))
  })

  it.each(TRICKS)('does not lead there by POST %s', async (path) => {
    expectNoWayRound(await door.ask(path, { method: 'POST', body: 'x' }))
  })

  it.each([
    '/api/public/a%2fb',
    '/api/public/a%5cb',
    '/api/public/a%00',
    '/api/public/a%0ab',
    '/api/public/a;b',
    '/api/public/a%3bb',
    '/api/public//a',
    '/api/public/a//',
    '/api/public/%252e',
    '/api/public/%ff',
    '/api/public/%',
    `/api/public/${'a'.repeat(5000)}`,
  ])('says of %s that the path is at fault', async (path) => {
    const answer = await door.ask(path)

    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ path: 'path' }] } })
    expect(door.upstream.seen).toEqual([])
  })

  it('does not lead anywhere but below /api', async () => {
    for (const path of ['/api/../v1/projects', '/api/%2e%2e/v1/projects', '/api/..%2fv1/projects']) {
      expect((await door.ask(path)).status).toBeGreaterThanOrEqual(400)
    }
    expect(door.upstream.seen).toEqual([])
  })
})

describe('/forward-auth with a key that holds no scope for /api/admin', () => {
  const askFor = (uri: string) => {
    const headers = { 'X-Forwarded-Method': 'GET', 'X-Forwarded-Uri': uri }
    return askDoor(door.deps, '/forward-auth', { token: door.token, headers })
  }

  it.each(TRICKS.filter((path) => /^[ -~]+$/.test(path)))('does not say yes to %s', async (uri) => {
    const { status } = await askFor(uri)

    const isHarmless = readings(uri.split('?')[0] ?? '').every((reading) => /^\/api\/public(\/|$)/.test(reading))
    if (!isHarmless) expect(status).toBe(403)
    else expect([200, 403]).toContain(status)
  })

  it.each([
    'api/public/a',
    'http://keyward.test/api/public/a',
    '//keyward.test/api/public/a',
    '*',
    '?/api/public/a',
    '#/api/public/a',
    ' /api/public/a b',
    '/api/public/a, /api/admin',
    '/api/public/a\t/x',
  ])('does not say yes to %j, which is no path', async (uri) => {
    expect((await askFor(uri)).status).toBe(403)
  })

  it('takes the path without its query', async () => {
    expect((await askFor('/api/public/a?x=/../../admin')).status).toBe(200)
    expect((await askFor('/api/admin?x=/../public')).status).toBe(403)
  })
})
