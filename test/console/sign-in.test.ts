import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { aManagementKey, call } from '../support/client.ts'
import { aSignedIn, aVisitor, type Seen, type Visitor } from '../support/visitor.ts'

const SESSION = '__Host-keyward'

/** Signs in and goes where that leads, with the cookie. */
async function signInAndFollow(visitor: Visitor, next: string): Promise<Seen> {
  const { status, location } = await visitor.post('/console/sign-in', { key: env.ROOT_KEY, next })
  expect(status).toBe(303)
  return visitor.get(location ?? '')
}

describe('signing in to the console', () => {
  it.each(['root', 'admin', 'member'] as const)('lets the holder of a key of the role %s in', async (role) => {
    const visitor = await aSignedIn(role)

    expect(await visitor.get('/console/projects')).toMatchObject({ status: 200 })
  })

  it('keeps the session in a cookie that script, other sites and other hosts cannot have', async () => {
    const visitor = aVisitor()

    const { headers } = await visitor.post('/console/sign-in', { key: env.ROOT_KEY })

    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-keyward=[\w-]{43}\.[0-9a-f]{16}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      ),
    ])
  })

  it('stores a hash of the session and nothing that opens it', async () => {
    const visitor = await aSignedIn()

    const { results } = await env.DB.prepare('SELECT * FROM console_sessions').all()

    const stored = JSON.stringify(results)
    expect(stored).not.toContain(visitor.cookies.get(SESSION))
    expect(stored).not.toContain(env.ROOT_KEY)
  })

  it('tells a verifier why there is nothing to do, and opens no session', async () => {
    const { token } = await aManagementKey({ role: 'verifier' })
    const visitor = aVisitor()

    const answer = await visitor.post('/console/sign-in', { key: token })

    expect(answer.status).toBe(403)
    expect(answer.body).toContain('the role verifier')
    expect(visitor.cookies.has(SESSION)).toBe(false)
  })

  it('says the same of every key that does not work, and repeats none of them', async () => {
    const { managementKey, token } = await aManagementKey()
    await call('POST', `/v1/management-keys/${managementKey.id}/revoke`)
    const visitor = aVisitor()

    for (const key of [token, 'nothing-of-ours', `${env.ROOT_KEY}x`, '']) {
      const answer = await visitor.post('/console/sign-in', { key })

      expect(answer.status).toBe(401)
      expect(answer.body).toContain('This management key does not work')
      if (key !== '') expect(answer.body).not.toContain(key)
    }
  })

  // A minute of the clock: where one ends meanwhile, guessing begins anew.
  it('slows down a network after twenty wrong keys a minute, and lets a right one in all the same', {
    retry: 2,
  }, async () => {
    const network = crypto.randomUUID().replaceAll('-', '').slice(0, 8)
    const visitor = aVisitor()
    const signIn = (key: string, host: number) =>
      visitor.post(
        '/console/sign-in',
        { key },
        {
          'CF-Connecting-IP': `2001:db8:${network.slice(0, 4)}:${network.slice(4)}::${host}`,
        },
      )
    const answers = []

    for (let attempt = 1; attempt <= 22; attempt += 1) answers.push(await signIn('a guess', attempt))

    expect(new Set(answers.slice(0, 20).map(({ status }) => status))).toEqual(new Set([401]))
    for (const refused of answers.slice(20)) {
      expect(refused).toMatchObject({ status: 429 })
      const seconds = refused.headers.get('Retry-After')
      expect(Number(seconds)).toBeLessThanOrEqual(60)
      expect(refused.body).toContain(`Try again in ${seconds} seconds`)
    }
    expect(await signIn(env.ROOT_KEY, 23)).toMatchObject({ status: 303 })
    expect(await signIn('a guess', 24)).toMatchObject({ status: 429 })
  })

  it('goes on where one was going', async () => {
    const visitor = aVisitor()
    const { location } = await visitor.get('/console/audit-log?action=key.revoked')
    const next = new URL(location ?? '', 'https://x').searchParams.get('next') ?? ''

    expect(await signInAndFollow(visitor, next)).toMatchObject({
      status: 303,
      location: '/console/audit-log?action=key.revoked',
    })
  })

  it.each([
    ['/console/keys/key_1/edit?a=b#c', '/console/keys/key_1/edit?a=b#c'],
    ['/console/./a/../projects', '/console/projects'],
    ['/console', '/console'],
  ])('goes on to %j', async (next, location) => {
    expect(await signInAndFollow(aVisitor(), next)).toMatchObject({ status: 303, location })
    expect(await aVisitor().post('/console/preferences', { theme: 'dark', back: next })).toMatchObject({ location })
  })

  it.each([
    '',
    'https://evil.test/console',
    '//evil.test/console',
    '/v1/projects',
    String.raw`/console/..\\evil`,
    String.raw`\\evil.test/console`,
    '/console/../v1/projects',
    '/console/%2e%2e/v1/projects',
    '/console/.%2E/api/x',
    '/console/a/../../healthz',
    '/consolex',
    '/console/sign-in',
    '/console/signed-in',
    '/console/x/../sign-out',
    '/console/\r\nSet-Cookie: a=b',
    '/console/\nx',
    '/console/\rx',
    '/console/\tx',
    '/console/a b',
    '/console/\u0085x',
    '/console/\u2028x',
    '/console/é',
    '/console/\u{1f511}',
    'javascript:alert(1)',
    '/\t/evil.test',
  ])('goes on to the projects instead of %j, whoever asks', async (next) => {
    expect(await signInAndFollow(aVisitor(), next)).toMatchObject({ status: 303, location: '/console/projects' })
    expect(await aVisitor().post('/console/preferences', { theme: 'dark', back: next })).toMatchObject({
      status: 303,
      location: '/console/projects',
    })
  })

  it('says so when the browser did not keep the cookie, and what to do', async () => {
    for (const [origin, advice] of [
      ['https://keyward.test', 'Allow cookies for this site'],
      ['http://keyward.test', 'Open the console over https'],
      ['http://192.168.1.2:8787', 'Open the console over https'],
    ] as const) {
      const visitor = aVisitor(origin)
      const { location } = await visitor.post('/console/sign-in', { key: env.ROOT_KEY, next: '/console/audit-log' })
      visitor.cookies.clear()

      const { status, body } = await visitor.get(location ?? '')

      expect(status).toBe(200)
      expect(body).toContain('Your browser did not keep the session cookie')
      expect(body).toContain(advice)
      expect(body).toContain('name="next" value="/console/audit-log"')
    }
  })

  it.each(['http://localhost:8787', 'http://127.0.0.1:8787', 'http://[::1]:8787', 'http://keyward.localhost'])(
    'keeps the session in a cookie without Secure at %s, where some browsers keep no other',
    async (origin) => {
      const visitor = aVisitor(origin)

      const { headers } = await visitor.post('/console/sign-in', { key: env.ROOT_KEY })

      expect(headers.getSetCookie()).toEqual([
        expect.stringMatching(/^keyward=[\w-]{43}\.[0-9a-f]{16}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/),
      ])
      expect(await visitor.get('/console/projects')).toMatchObject({ status: 200 })
      expect((await visitor.post('/console/sign-out')).headers.getSetCookie()).toContainEqual(
        expect.stringMatching(/^keyward=; Max-Age=0; Path=\/; HttpOnly; SameSite=Strict$/),
      )
    },
  )

  it.each([
    'https://localhost:8787',
    'http://localhost.evil.test',
    'http://keyward.test',
    'http://10.0.0.1',
    'http://127.0.0.1.nip.io',
  ])('keeps it in a Secure cookie of this host alone at %s, and reads no other', async (origin) => {
    const visitor = aVisitor(origin)

    const { headers } = await visitor.post('/console/sign-in', { key: env.ROOT_KEY })

    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-keyward=.*; HttpOnly; Secure; SameSite=Strict$/),
    ])
    const session = visitor.cookies.get(SESSION) ?? ''
    visitor.cookies.clear()
    visitor.cookies.set('keyward', session)
    expect(await visitor.get('/console/projects')).toMatchObject({ status: 303 })
  })

  it('sends whoever comes by a link from elsewhere around once, so that the strict cookie comes along', async () => {
    const answer = await aVisitor().get('/console/projects?cursor=1', { 'Sec-Fetch-Site': 'cross-site' })

    expect(answer.status).toBe(200)
    expect(answer.body).toContain('content="0;url=/console/projects?cursor=1"')
  })
})

describe('a session of the console', () => {
  it('ends at the server when its holder signs out', async () => {
    const visitor = await aSignedIn()
    const old = visitor.cookies.get(SESSION) ?? ''

    await visitor.post('/console/sign-out')
    visitor.cookies.set(SESSION, old)

    expect(await visitor.get('/console/projects')).toMatchObject({ status: 303 })
  })

  it('ends at once when the management key behind it is revoked', async () => {
    const { managementKey, token } = await aManagementKey()
    const visitor = aVisitor()
    await visitor.post('/console/sign-in', { key: token })

    await call('POST', `/v1/management-keys/${managementKey.id}/revoke`)

    expect(await visitor.get('/console/projects')).toMatchObject({ status: 303 })
  })

  it('is another one each time somebody signs in, and the one before is ended', async () => {
    const visitor = await aSignedIn()
    const before = visitor.cookies.get(SESSION) ?? ''

    await visitor.post('/console/sign-in', { key: env.ROOT_KEY })

    expect(visitor.cookies.get(SESSION)).not.toBe(before)
    visitor.cookies.set(SESSION, before)
    expect(await visitor.get('/console/projects')).toMatchObject({ status: 303 })
  })

  it('is not opened by a management key put in its place', async () => {
    const visitor = aVisitor()
    visitor.cookies.set(SESSION, env.ROOT_KEY)

    expect(await visitor.get('/console/projects')).toMatchObject({ status: 303 })
  })
})
