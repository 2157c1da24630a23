import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { aManagementKey, call } from '../support/client.ts'
import { aSignedIn, aVisitor } from '../support/visitor.ts'

const SESSION = '__Host-keyward'

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

  it('goes on where one was going, and nowhere else', async () => {
    const visitor = aVisitor()
    const { location } = await visitor.get('/console/audit-log?action=key.revoked')
    const next = new URL(location ?? '', 'https://x').searchParams.get('next') ?? ''

    expect(await visitor.post('/console/sign-in', { key: env.ROOT_KEY, next })).toMatchObject({
      location: '/console/audit-log?action=key.revoked',
    })
    for (const foreign of [
      'https://evil.test/console',
      '//evil.test/console',
      '/v1/projects',
      String.raw`/console/..\\evil`,
    ]) {
      const answer = await aVisitor().post('/console/sign-in', { key: env.ROOT_KEY, next: foreign })
      expect(answer.location).toBe('/console/projects')
    }
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
