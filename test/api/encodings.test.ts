// What a request is in bytes: refused where two readers could take it for different things.
import { beforeAll, describe, expect, it } from 'vitest'
import { call, expectFaults, expectProblem, verdictOn } from '../support/client.ts'
import { callSample, freshIds, type Ids, MANAGED, SAMPLES } from './sample-requests.ts'

const WITH_BODY = MANAGED.filter((operation) => SAMPLES[operation]?.body !== undefined)

let ids: Ids
beforeAll(async () => {
  ids = await freshIds()
})

const streamOf = (bytes: Uint8Array, chunkSize = 7) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += chunkSize) controller.enqueue(bytes.slice(at, at + chunkSize))
      controller.close()
    },
  })

const latin1 = (text: string) => streamOf(Uint8Array.from(text, (character) => character.charCodeAt(0)))
const utf8 = (text: string) => streamOf(new TextEncoder().encode(text))
const utf16 = (text: string) =>
  streamOf(new Uint8Array(Uint16Array.from(`\ufeff${text}`, (c) => c.charCodeAt(0)).buffer))

async function gzipped(text: string): Promise<ReadableStream<Uint8Array>> {
  const packed = new Response(text).body?.pipeThrough(new CompressionStream('gzip'))
  return streamOf(new Uint8Array(await new Response(packed).arrayBuffer()))
}

describe.each(WITH_BODY)('the body of %s', (operation) => {
  const json = JSON.stringify(SAMPLES[operation]?.body)

  it('is refused when it is not UTF-8', async () => {
    expectProblem(await callSample(operation, ids, { body: latin1('{"name":"M\xfcller"}') }), 'invalid_request')
    expectProblem(await callSample(operation, ids, { body: utf16(json) }), 'invalid_request')
  })

  it('may begin with a byte order mark, and be cut anywhere on its way', async () => {
    const known = { ...Object(SAMPLES[operation]?.body), 'ключ😀': 1 }

    expectFaults(await callSample(operation, ids, { body: utf8(`\ufeff${JSON.stringify(known)}`) }), ['ключ😀'])
  })

  it('is refused with 415 when it is coded, and told which coding is taken', async () => {
    for (const coding of ['gzip', 'br', 'x-gzip', 'identity, gzip', 'GZIP']) {
      const answer = await callSample(operation, ids, {
        body: await gzipped(json),
        headers: { 'Content-Encoding': coding },
      })

      expectProblem(answer, 'unsupported_media_type')
      expect(answer.headers.get('Accept-Encoding')).toBe('identity')
    }
  })

  it.each(['utf-16', 'iso-8859-1', '"utf-16le"', 'utf-8; charset=utf-16', 'us-ascii'])(
    'is refused with 415 as JSON in %s, and not for its coding',
    async (charset) => {
      const answer = await callSample(operation, ids, { type: `application/json; charset=${charset}` })

      expectProblem(answer, 'unsupported_media_type')
      expect(answer.headers.has('Accept-Encoding')).toBe(false)
    },
  )

  it.each([
    'application/json;charset=utf-8',
    'application/json; charset="UTF-8"',
    'application/json ; profile=x',
    'application/json; CHARSET=utf8 ',
  ])('is read as %s, with the coding identity', async (type) => {
    const answer = await callSample(operation, ids, {
      body: { surprise: 1 },
      headers: { 'Content-Type': type, 'Content-Encoding': 'identity' },
    })

    expect(answer.body.errors).toContainEqual({ path: 'surprise', message: 'is not a known field' })
  })

  it('is refused with every member that is given twice, at any depth', async () => {
    const body = `${json.slice(0, -1)},"x":{"y":[{"z":1,"z":1}]},"u":1,"\\u0075":2}`

    expectFaults(await callSample(operation, ids, { body }), ['x.y.0.z', 'u'])
  })

  it('is refused with every number that would come back as another', async () => {
    const body = `${json.slice(0, -1)},"x":[1e400,9007199254740993,1],"y":0.1234567890123456789}`

    expectFaults(await callSample(operation, ids, { body }), ['x.0', 'x.1', 'y'])
  })

  it('is answered with the first 20 of thousands of faults, and their number', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 6000 }, (_, index) => [`f${index}`, 0]))

    const answer = await callSample(operation, ids, { body: unknown })

    expectProblem(answer, 'invalid_request')
    expect(answer.body.errors).toHaveLength(20)
    expect(answer.body.detail).toMatch(/; and 5,9\d\d more$/)
    expect(JSON.stringify(answer.body).length).toBeLessThan(4000)
  })

  it('is answered with unknown names cut short, between characters', async () => {
    const answer = await callSample(operation, ids, { body: { ['😀'.repeat(5000)]: 1 } })

    const paths = answer.body.errors.map(({ path }: { path: string }) => path)
    expect(paths).toContain('😀'.repeat(200))
  })
})

describe('an owner', () => {
  const create = (body: unknown) => call('POST', `/v1/environments/${ids.environmentId}/keys`, { body })

  it('is not another owner for a client that writes Latin-1', async () => {
    expectProblem(await create(latin1('{"name":"k","scopes":["read"],"ownerId":"M\xfcller"}')), 'invalid_request')
    expectFaults(await call('GET', `/v1/environments/${ids.environmentId}/keys?ownerId=M%FCller`), ['ownerId'])
  })

  it('of 200 characters beyond the basic plane is found', async () => {
    const ownerId = '😀'.repeat(200)
    const { body } = await create({ name: 'k', scopes: ['read'], ownerId })

    const query = new URLSearchParams({ ownerId })
    const found = await call('GET', `/v1/environments/${ids.environmentId}/keys?${query}`)

    expect(found.body.data.map(({ id }: { id: string }) => id)).toEqual([body.key.id])
  })
})

describe('metadata', () => {
  const create = (metadata: string) =>
    call('POST', `/v1/environments/${ids.environmentId}/keys`, {
      body: `{"name":"k","scopes":["read"],"metadata":${metadata}}`,
    })

  it('comes back with the numbers it went with', async () => {
    const metadata = '{"a":9007199254740991,"b":0.1,"c":1e21,"d":-1.5e-7,"e":6.02214076e+23,"f":0}'
    const { body } = await create(metadata)

    expect(body.key.metadata).toEqual(JSON.parse(metadata))
    expect((await verdictOn(body.token)).metadata).toEqual(JSON.parse(metadata))
  })

  it('is refused, by path, with numbers that do not survive', async () => {
    expectFaults(await create('{"tenant":1546130668394913822,"deep":[{"over":9007199254740993}],"inf":1e400}'), [
      'metadata.tenant',
      'metadata.deep.0.over',
      'metadata.inf',
    ])
  })
})

describe.each([...MANAGED, 'GET /v1/whoami'])('the query of %s', (operation) => {
  const token = () => (operation.endsWith('whoami') ? { token: ids.token } : {})

  it.each(['%FC', '%', '%E0%A4', '%C0%AF', '%ED%A0%80', 'x%zz'])(
    'is refused with 400 when a value is %s',
    async (value) => {
      expectFaults(await callSample(operation, ids, { query: `?limit=${value}`, ...token() }), ['limit'])
    },
  )

  it('is refused when a name cannot be decoded, or is given twice', async () => {
    expectFaults(await callSample(operation, ids, { query: '?%FF=1', ...token() }), ['%FF'])
    if (operation !== 'POST /v1/keys/verify')
      expectFaults(await callSample(operation, ids, { query: '?wait=effective&wait=effective', ...token() }), ['wait'])
  })
})

describe('a DELETE with a body', () => {
  it('revokes a key for the reason in it', async () => {
    const { keyId } = await freshIds()

    const answer = await call('DELETE', `/v1/keys/${keyId}`, {
      body: { reason: 'compromised', note: 'In a repository.' },
    })

    expect(answer.body.key.revokedReason).toBe('compromised')
    const { body } = await call('GET', `/v1/audit-events?keyId=${keyId}&action=key.revoked`)
    expect(body.data[0].after).toMatchObject({ revokedReason: 'compromised', note: 'In a repository.' })
  })

  it.each([
    ['no body', {}],
    ['an empty body', { body: '' }],
    ['an empty body of no declared type', { body: utf8(''), type: null }],
    ['an empty stream', { body: new ReadableStream({ start: (controller) => controller.close() }) }],
    ['an empty object', { body: {} }],
  ])('revokes a key for no reason with %s', async (_, sent) => {
    const { keyId } = await freshIds()

    expect((await call('DELETE', `/v1/keys/${keyId}`, sent)).body.key.revokedReason).toBe('unspecified')
  })

  it.each([
    ['DELETE /v1/keys/{keyId}', { body: { bogus: 1 } }],
    ['DELETE /v1/projects/{projectId}', { body: { bogus: 1 } }],
    ['DELETE /v1/environments/{environmentId}', { body: { bogus: 1 } }],
  ])('is refused by %s, and does nothing, when it holds what is not known', async (operation, sent) => {
    expectFaults(await callSample(operation, ids, sent), ['bogus'])
    expectProblem(await callSample(operation, ids, { body: '[1]' }), 'invalid_request')
    expectProblem(await callSample(operation, ids, { body: 'x', type: 'text/plain' }), 'unsupported_media_type')
    expect((await call('GET', `/v1/keys/${ids.keyId}`)).body.status).toBe('active')
  })

  it.each(['DELETE /v1/projects/{projectId}', 'DELETE /v1/environments/{environmentId}'])(
    'is taken by %s when the object in it is empty',
    async (operation) => {
      const { status } = await callSample(operation, await freshIds(), { body: {} })

      expect(status).toBe(SAMPLES[operation]?.status)
    },
  )
})

describe('an escaped path', () => {
  it('is the same path (RFC 3986 §6.2.2.2)', async () => {
    const verdict = { valid: false, code: 'malformed' }

    expect((await call('POST', '/v1/keys/%76erify', { body: { token: 'x' } })).body).toEqual(verdict)
    expect((await call('POST', '/v1/k%65ys/verif%79', { body: { token: 'x' } })).body).toEqual(verdict)
    expect((await call('GET', `/v1/%6beys/${ids.keyId}`)).body.id).toBe(ids.keyId)
  })

  it.each(['/v1/keys/verify%2F', '/v1/keys/verify%3Fx', '/v1/keys/%verify', '/v1/keys/verify%00'])(
    '%s is the path of a key, which takes no POST',
    async (path) => {
      expectProblem(await call('POST', path, { body: { token: 'x' } }), 'method_not_allowed')
    },
  )

  it('/v1/keys%2Fverify is another path', async () => {
    expectProblem(await call('POST', '/v1/keys%2Fverify', { body: { token: 'x' } }), 'not_found')
  })
})
