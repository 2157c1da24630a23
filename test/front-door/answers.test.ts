// What of an upstream's answer reaches the client.
import { describe, expect, it } from 'vitest'
import { aDoor, openDoor } from '../support/upstream.ts'

/** The answer of a front door whose upstream answers with these headers. */
async function answeredWith(headers: Record<string, string> | [string, string][], status = 200) {
  const door = await aDoor({
    answer: () => new Response(status === 204 || status === 304 ? null : 'x', { status, headers }),
  })
  return door.ask('/api/x')
}

describe('an answer', () => {
  it.each([200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 409, 418, 429, 500, 502, 503])(
    'of status %i is passed on as it is',
    async (status) => {
      const answer = await answeredWith({ 'X-Custom': 'kept', Location: 'https://upstream.test/elsewhere' }, status)

      expect(answer.status).toBe(status)
      expect(answer.headers.get('X-Custom')).toBe('kept')
      expect(answer.headers.get('Location')).toBe('https://upstream.test/elsewhere')
      expect(answer.headers.get('WWW-Authenticate')).toBeNull()
    },
  )

  it('that redirects is not followed', async () => {
    const door = await aDoor({ answer: (request) => Response.redirect(request.url, 302) })

    expect((await door.ask('/api/x')).status).toBe(302)
    expect(door.upstream.seen).toHaveLength(1)
    expect(door.passed().redirect).toBe('manual')
  })

  it('keeps every cookie it sets', async () => {
    const answer = await answeredWith([
      ['Set-Cookie', 'a=1; Path=/'],
      ['Set-Cookie', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT'],
    ])

    expect(answer.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT'])
  })

  it('sets and clears no cookie of the console, in any spelling, and keeps the others', async () => {
    const kept = [
      'a=1; Path=/',
      'my-keyward=1',
      '__Host-other=2; Secure; Path=/',
      'b=keyward; Expires=Wed, 21 Oct 2026 07:28:00 GMT',
    ]
    const taken = [
      '__Host-keyward=stolen; Secure; Path=/',
      '__host-KEYWARD=stolen; Secure; Path=/',
      '__Host-keyward-message=hello; Secure; Path=/',
      '__Secure-keyward=x; Secure',
      '__Host-keyward=; Max-Age=0; Secure; Path=/',
      'keyward-theme=dark; Path=/console',
      'Keyward-Sidebar=collapsed',
      '=__Host-keyward=nameless',
      '__Host-keyward',
      ' = keyward-theme=x',
    ]

    const answer = await answeredWith([...kept, ...taken].map((cookie): [string, string] => ['Set-Cookie', cookie]))

    expect(answer.headers.getSetCookie()).toEqual(kept)
  })

  it.each([
    ['Clear-Site-Data', '"*"'],
    ['Service-Worker-Allowed', '/'],
    ['Strict-Transport-Security', 'max-age=0'],
    ['Public-Key-Pins', 'max-age=1'],
    ['Expect-CT', 'max-age=1'],
    ['NEL', '{"report_to":"x","max_age":1}'],
    ['Report-To', '{"group":"x"}'],
    ['Reporting-Endpoints', 'x="https://evil.example"'],
    ['Alt-Svc', 'h3="evil.example:443"'],
    ['Accept-CH', 'Sec-CH-UA-Model'],
    ['Critical-CH', 'Sec-CH-UA-Model'],
    ['Origin-Agent-Cluster', '?0'],
    ['Origin-Trial', 'token'],
    ['Speculation-Rules', '"/api/rules"'],
    ['Refresh', '0; url=/console'],
    ['Activate-Storage-Access', 'load'],
    ['Set-Login', 'logged-out'],
    ['Use-As-Dictionary', 'match="/*"'],
    ['Sec-Session-Registration', '(ES256);path="/"'],
    ['Secure-Session-Registration', '(ES256);path="/"'],
    ['Observe-Browsing-Topics', '?1'],
    ['Shared-Storage-Write', 'clear'],
    ['Attribution-Reporting-Register-Source', '{}'],
    ['Ad-Auction-Allowed', 'true'],
    ['X-Keyward-Key-Id', 'key_forged'],
    ['X_Keyward_Scopes', 'admin'],
    ['Keyward-Cost', '5'],
    ['CF-Cache-Status', 'HIT'],
    ['CF-Mitigated', 'challenge'],
    ['Access-Control-Allow-Private-Network', 'true'],
    ['WWW-Authenticate', 'Basic realm="Console"'],
    ['WWW-Authenticate', 'bearer, DIGEST realm="Console"'],
    ['WWW-Authenticate', 'Negotiate'],
    ['WWW-Authenticate', 'NTLM'],
  ])('does not speak for the whole origin: %s: %s', async (name, value) => {
    expect((await answeredWith({ [name]: value }, 401)).headers.has(name)).toBe(false)
  })

  it('keeps what concerns itself alone', async () => {
    const own = {
      'WWW-Authenticate': 'DPoP algs="ES256", Bearer realm="basics"',
      Link: '</api/x?page=2>; rel="next"',
      ETag: '"x"',
      'Content-Disposition': 'attachment; filename="report.pdf"',
      'Content-Type': 'application/pdf',
      'Permissions-Policy': 'camera=()',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'X-Frame-Options': 'DENY',
      'Server-Timing': 'db;dur=1',
      SourceMap: '/api/x.map',
      'RateLimit-Policy': '"a";q=1',
      'Retry-After': '5',
      Vary: 'Accept-Encoding',
    }

    const { headers } = await answeredWith(own)

    for (const [name, value] of Object.entries(own)) expect(headers.get(name)).toBe(value)
  })

  it.each<[Record<string, string>, string]>([
    [{}, 'sandbox'],
    [{ 'Content-Security-Policy': "default-src 'self'" }, "default-src 'self', sandbox"],
    [
      { 'Content-Security-Policy': 'sandbox allow-scripts allow-same-origin' },
      'sandbox allow-scripts allow-same-origin, sandbox',
    ],
  ])('has no origin as a page and is not sniffed, and keeps its own policies: %j', async (policies, expected) => {
    for (const sniffing of [{}, { 'X-Content-Type-Options': 'none' }]) {
      const { headers } = await answeredWith({ 'Content-Type': 'text/html', ...policies, ...sniffing })

      expect(headers.get('Content-Security-Policy')).toBe(expected)
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    }
  })

  it.each<[string | null, string]>([
    [null, 'no-store'],
    ['public, max-age=60', 'private, max-age=60'],
    ['PUBLIC', 'private'],
    ['max-age=60', 'private, max-age=60'],
    ['s-maxage=600, max-age=60', 'private, max-age=60'],
    ['private, max-age=60', 'private, max-age=60'],
    ['private="set-cookie", max-age=60', 'private, max-age=60'],
    ['no-store', 'private, no-store'],
    ['max-age=60, stale-while-revalidate=30, proxy-revalidate', 'private, max-age=60, stale-while-revalidate=30'],
    ['', 'private'],
  ])('with Cache-Control %j is kept by no shared cache', async (cacheControl, expected) => {
    const answer = await answeredWith(cacheControl === null ? {} : { 'Cache-Control': cacheControl })

    expect(answer.headers.get('Cache-Control')).toBe(expected)
  })

  it.each(['CDN-Cache-Control', 'Cloudflare-CDN-Cache-Control', 'Vercel-CDN-Cache-Control', 'Surrogate-Control'])(
    'says nothing to shared caches by %s either',
    async (name) => {
      expect((await answeredWith({ [name]: 'max-age=60' })).headers.has(name)).toBe(false)
    },
  )

  it.each([
    'Access-Control-Allow-Origin',
    'Access-Control-Allow-Credentials',
    'Access-Control-Expose-Headers',
    'Access-Control-Max-Age',
  ])('does not say which pages may read it: %s', async (name) => {
    expect((await answeredWith({ [name]: '*' })).headers.has(name)).toBe(false)
  })

  it('has the front door’s request id, and none of the upstream’s', async () => {
    expect((await answeredWith({ 'X-Request-Id': 'theirs' })).headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('loses what is hop-by-hop', async () => {
    const answer = await answeredWith({ Connection: 'X-Hop', 'X-Hop': '1', 'Keep-Alive': 'timeout=5', 'X-Kept': '2' })

    for (const name of ['Connection', 'X-Hop', 'Keep-Alive']) expect(answer.headers.has(name)).toBe(false)
    expect(answer.headers.get('X-Kept')).toBe('2')
  })

  it('to HEAD has the headers of the upstream and no body', async () => {
    const door = await aDoor({ answer: () => new Response(null, { headers: { ETag: '"x"' } }) })

    const answer = await door.ask('/api/x', { method: 'HEAD' })

    expect(answer).toMatchObject({ status: 200, body: '' })
    expect(answer.headers.get('ETag')).toBe('"x"')
    expect(door.passed().method).toBe('HEAD')
  })

  it('reaches the client piece by piece, as the upstream sends it', async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const door = await aDoor({
      answer: () => new Response(readable, { headers: { 'Content-Type': 'text/event-stream' } }),
    })

    const response = await openDoor(door.deps, '/api/x', { token: door.token })
    const reader = response.body?.getReader()

    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      const [, piece] = await Promise.all([writer.write(new TextEncoder().encode(event)), reader?.read()])
      expect(new TextDecoder().decode(piece?.value)).toBe(event)
    }
    await Promise.all([writer.close(), reader?.read()])
  })

  it('that breaks off breaks off for the client too', async () => {
    const door = await aDoor({
      answer: () => {
        let sent = false
        const body = new ReadableStream({
          pull(controller) {
            if (sent) controller.error(new Error('connection lost'))
            else controller.enqueue(new TextEncoder().encode('half'))
            sent = true
          },
        })
        return new Response(body)
      },
    })

    const response = await openDoor(door.deps, '/api/x', { token: door.token })

    await expect(response.text()).rejects.toThrow()
  })
})
