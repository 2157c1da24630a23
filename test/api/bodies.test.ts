import { beforeAll, describe, expect, it } from 'vitest'
import { call, expectFaults, expectProblem, ORIGIN } from '../support/client.ts'
import { callSample, freshIds, type Ids, MANAGED, SAMPLES } from './sample-requests.ts'

const WITH_BODY = MANAGED.filter((operation) => SAMPLES[operation]?.body !== undefined)
const MAX_BODY_BYTES = 65_536

let ids: Ids
beforeAll(async () => {
  ids = await freshIds()
})

/** Sent in pieces, so without a Content-Length. */
function streamed(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 10_000) controller.enqueue(bytes.slice(at, at + 10_000))
      controller.close()
    },
  })
}

describe.each(WITH_BODY)('the body of %s', (operation) => {
  it.each(['{', '{"name":}', '{"name":"x"} {}', "{'name':'x'}", '\u0000', 'undefined', '{"name":"\u0001"}'])(
    'is refused with 400 when it is the malformed JSON %j',
    async (body) => {
      expectProblem(await callSample(operation, ids, { body }), 'invalid_request')
    },
  )

  it.each(['[]', 'null', '"text"', '1', 'true', '[{}]'])('is refused with 400 when it is %s', async (body) => {
    expectFaults(await callSample(operation, ids, { body }), [''])
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/problem+json',
    'application/json, text/plain',
    'text/json',
    ';',
    'application/json;',
    'application/json ;x',
  ])('is refused with 415, or read, but never breaks, as %s', async (type) => {
    const answer = await callSample(operation, ids, { body: '{"surprise":1}', type })

    expectProblem(answer, answer.status === 415 ? 'unsupported_media_type' : 'invalid_request')
  })

  it.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded'])(
    'is refused with 415 as %s',
    async (type) => {
      const answer = await callSample(operation, ids, { type })

      expectProblem(answer, 'unsupported_media_type')
    },
  )

  it('is refused with 415 when it does not say what it is', async () => {
    const body = streamed('{"name":"x"}')

    expectProblem(await callSample(operation, ids, { body, type: null }), 'unsupported_media_type')
  })

  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/json;charset=UTF-8'])(
    'is read as %s',
    async (type) => {
      const answer = await callSample(operation, ids, { body: { surprise: 1 }, type })

      expectProblem(answer, 'invalid_request')
      expect(answer.body.errors).toContainEqual({ path: 'surprise', message: 'is not a known field' })
    },
  )

  it('is refused with 413 above 64 KiB, with a length and without', async () => {
    const body = JSON.stringify({ name: 'x' }).padEnd(MAX_BODY_BYTES + 1)

    expectProblem(await callSample(operation, ids, { body }), 'payload_too_large')
    expectProblem(await callSample(operation, ids, { body: streamed(body) }), 'payload_too_large')
  })

  it.each([
    ['arrays', '['.repeat(30_000) + ']'.repeat(30_000)],
    ['objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ])('is refused with 400 when it nests thousands of %s', async (_, body) => {
    expectProblem(await callSample(operation, ids, { body }), 'invalid_request')
  })

  it('is refused with every unknown field named', async () => {
    const known = Object(SAMPLES[operation]?.body)

    const answer = await callSample(operation, ids, { body: { ...known, colour: 'red', 'a.b': null, toString: 1 } })

    expectFaults(answer, ['colour', 'a.b', 'toString'])
  })

  it('is refused when it speaks of __proto__', async () => {
    const known = JSON.stringify(SAMPLES[operation]?.body).slice(1)

    const answer = await callSample(operation, ids, { body: `{"__proto__":{"admin":true},${known}` })

    expectFaults(answer, ['__proto__'])
  })
})

describe('a body', () => {
  it('of exactly 64 KiB is read, with a length and without', async () => {
    const body = JSON.stringify({ name: 'x' }).padEnd(MAX_BODY_BYTES)

    expect((await call('POST', '/v1/projects', { body })).status).toBe(201)
    expect((await call('POST', '/v1/projects', { body: streamed(body) })).status).toBe(201)
  })

  it('counts in bytes and not in characters', async () => {
    const body = JSON.stringify({ name: '€'.repeat(30_000) })

    expectProblem(await call('POST', '/v1/projects', { body }), 'payload_too_large')
  })

  it('may be left out where all of it is optional', async () => {
    const answer = await call('POST', `/v1/keys/${ids.keyId}/revoke`)

    expect(answer.status).toBe(200)
    expect(answer.body.key.revokedReason).toBe('unspecified')
  })

  it('is missed by name where it is required', async () => {
    expectFaults(await call('POST', '/v1/projects'), ['name'])
    expectFaults(await call('POST', '/v1/keys/verify'), ['token'])
  })

  it('is refused where none is taken', async () => {
    const answer = await call('POST', `/v1/management-keys/${ids.managementKeyId}/revoke`, { body: { reason: 'x' } })

    expectFaults(answer, ['reason'])
  })
})

describe.each([...MANAGED, 'GET /v1/whoami'])('the query of %s', (operation) => {
  it('is refused with every unknown parameter named', async () => {
    const query = `?${new URLSearchParams({ confirm: 'Production' })}&surprise=1&__proto__=2`

    const answer = await callSample(operation, ids, {
      query: operation.startsWith('DELETE /v1/environments') ? query : '?surprise=1&__proto__=2',
      ...(operation.endsWith('whoami') ? { token: ids.token } : {}),
    })

    expectFaults(answer, ['surprise', '__proto__'])
  })
})

describe('an id in the path', () => {
  const BY_ID = [...new Set(MANAGED.filter((operation) => operation.includes('{')))]
  const ID_KINDS = ['projectId', 'environmentId', 'keyId', 'credentialId', 'managementKeyId'] as const

  it.each(BY_ID)('of %s that nothing has is 404', async (operation) => {
    const [, kind = ''] = /\{(\w+)\}/.exec(operation) ?? []
    const unknown = Object.fromEntries(ID_KINDS.map((name) => [name, ids[name].replace(/.{4}$/, '0000')]))

    expect(unknown).toHaveProperty(kind)
    expectProblem(await callSample(operation, { ...ids, ...unknown, emptyProjectId: 'proj_0' }), 'not_found')
  })

  it.each(BY_ID)('of %s that belongs to another kind is 404', async (operation) => {
    const [, own = ''] = /\{(\w+)\}/.exec(operation) ?? []

    for (const kind of ID_KINDS.filter((name) => name !== own)) {
      const wrong = { ...ids, [own]: ids[kind], ...(own === 'projectId' ? { emptyProjectId: ids[kind] } : {}) }
      expectProblem(await callSample(operation, wrong), 'not_found')
    }
  })

  it.each(['%00', '%2e%2e', '%E0%A4%A', '%', '%2F', '%F0%9F%98%80', 'key_%0a', "'; DROP TABLE api_keys; --", '*'])(
    'written %s is 404',
    async (id) => {
      expectProblem(await call('GET', `/v1/keys/${id}`), 'not_found')
      // Of a segment of dots nothing is left but the path before it.
      if (id !== '%2e%2e') expectProblem(await call('GET', `/problems/${id}`), 'not_found')
    },
  )

  it('has one spelling: upper case is another id', async () => {
    expectProblem(await call('GET', `/v1/keys/${ids.keyId.toUpperCase()}`), 'not_found')
  })
})

it('leaves the type of every problem on the origin that was asked', async () => {
  const { body } = await call('GET', '/v1/nothing-here')

  expect(body.type).toBe(`${ORIGIN}/problems/not_found`)
})
