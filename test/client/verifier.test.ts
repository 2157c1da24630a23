import { setImmediate } from 'node:timers/promises'
import { describe, expect, expectTypeOf, it, onTestFinished, vi } from 'vitest'
import {
  createKeyVerifier,
  type KeyVerifierOptions,
  type Unavailable,
  type Verdict,
} from '../../packages/keyward/src/index.ts'
import {
  aYes,
  breakOff,
  breakOffInTheMiddle,
  DENIALS,
  hang,
  json,
  MANAGEMENT_KEY,
  NOT_A_YES,
  type Stub,
  TOKEN,
  withStub,
} from './stub-keyward.ts'

const byUrl = (stub: Stub, timeoutMs = 20_000) =>
  createKeyVerifier({ url: stub.url, managementKey: MANAGEMENT_KEY, timeoutMs })
const answering = (answer: unknown) => createKeyVerifier({ binding: { verify: async () => answer } })

/** The answer over a socket to what a handler sends, and how often it was asked. */
const asked = (handlers: Parameters<typeof withStub>[0], timeoutMs?: number) =>
  withStub(handlers, async (stub) => {
    const answer = await byUrl(stub, timeoutMs).verify({ token: TOKEN })
    return { answer, times: stub.requests.length }
  })

/** Time passes by hand until the test is over. */
function stopClock(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
}

async function untilAsked(stub: Stub, times: number): Promise<void> {
  while (stub.requests.length < times) await setImmediate()
}

describe('a verifier by URL', () => {
  it('posts the question with the management key, and nothing secret in the address', async () => {
    await withStub(json(aYes()), async (stub) => {
      await byUrl(stub).verify({ token: TOKEN, scopes: ['read'], environmentId: 'env_1', maxStalenessMs: 0 })

      expect(stub.requests).toMatchObject([
        { path: '/v1/keys/verify', headers: { authorization: `Bearer ${MANAGEMENT_KEY}` } },
      ])
      expect(JSON.parse(stub.requests[0]?.body ?? '')).toEqual({
        token: TOKEN,
        scopes: ['read'],
        environmentId: 'env_1',
        maxStalenessMs: 0,
      })
    })
  })

  it('takes a path before the API, with or without its last slash', async () => {
    await withStub(json(aYes()), async (stub) => {
      for (const path of ['/keys', '/keys/']) {
        const verifier = createKeyVerifier({ url: stub.url + path, managementKey: MANAGEMENT_KEY })
        expect(await verifier.verify({ token: TOKEN })).toMatchObject({ valid: true })
      }

      expect(stub.requests.map(({ path }) => path)).toEqual(['/keys/v1/keys/verify', '/keys/v1/keys/verify'])
    })
  })

  it.each(DENIALS)('hands on $code as it came, asked once', async (denial) => {
    expect(await asked(json(denial))).toEqual({ answer: denial, times: 1 })
  })

  it.each(NOT_A_YES)('is not convinced by %s', async (_, value) => {
    const { answer, times } = await asked(json(value))

    expect(answer).toMatchObject({ valid: false, code: 'unavailable', reason: 'not_a_verdict' })
    expect(times).toBe(1)
  })

  it.each([201, 202, 203, 206, 300, 304, 404, 409, 429, 500, 502, 504])(
    'takes no verdict from an answer with status %i, and does not ask again',
    async (status) => {
      const { answer, times } = await asked(json(aYes(), status))

      expect(answer).toMatchObject({ valid: false, code: 'unavailable', reason: 'not_a_verdict' })
      expect(times).toBe(1)
    },
  )

  it.each([
    [400, 'question_refused'],
    [413, 'question_refused'],
    [401, 'management_key_refused'],
    [403, 'management_key_refused'],
    [503, 'keyward_unavailable'],
  ])('says of status %i that it means %s', async (status, reason) => {
    expect(await asked(json(aYes(), status))).toMatchObject({ answer: { code: 'unavailable', reason }, times: 1 })
  })

  it.each([
    ['7', 7],
    ['0', 2],
    ['-1', 2],
    ['99999999', 2],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 2],
  ])('asks to wait as long as a 503 with Retry-After %j says, if that is sensible', async (header, seconds) => {
    const { answer } = await asked((_, response) => response.writeHead(503, { 'Retry-After': header }).end())

    expect(answer).toMatchObject({ code: 'unavailable', retryAfterSeconds: seconds })
  })

  it.each([
    ['a web page', '<!doctype html><h1>Welcome</h1>'],
    ['nothing', ''],
    ['half a verdict', JSON.stringify(aYes()).slice(0, -1)],
    ['two verdicts', JSON.stringify(aYes()).repeat(2)],
    ['bytes', '\u0000\uffff'],
  ])('takes no verdict from %s with status 200', async (_, body) => {
    const { answer } = await asked((_request, response) => response.end(body))

    expect(answer).toMatchObject({ code: 'unavailable', reason: 'not_a_verdict' })
  })

  it('reads no further than a verdict can be long', async () => {
    const { answer } = await asked((_, response) => {
      const pour = () => response.write(' '.repeat(65_536), pour)
      pour()
    })

    expect(answer).toMatchObject({ code: 'unavailable', reason: 'not_a_verdict' })
  })

  it('does not carry the management key to where a redirect points', async () => {
    await withStub(json(aYes()), async (elsewhere) => {
      for (const status of [301, 302, 303, 307, 308]) {
        const { answer } = await asked((_, response) =>
          response.writeHead(status, { Location: `${elsewhere.url}/v1/keys/verify` }).end(),
        )
        expect(answer).toMatchObject({ code: 'unavailable', reason: 'not_a_verdict' })
      }

      expect(elsewhere.requests).toEqual([])
    })
  })

  it.each([
    ['at once', breakOff],
    ['in the middle of the answer', breakOffInTheMiddle],
  ])('asks once more when the connection breaks %s', async (_, broken) => {
    expect(await asked([broken, json(aYes())])).toMatchObject({ answer: { valid: true }, times: 2 })
  })

  it('does not ask a third time', async () => {
    expect(await asked([breakOff, breakOff, json(aYes())])).toMatchObject({
      answer: { code: 'unavailable', reason: 'unreachable' },
      times: 2,
    })
  })

  it('is unavailable where nobody listens', async () => {
    const url = await withStub(hang, async (stub) => stub.url)

    const answer = await createKeyVerifier({ url, managementKey: MANAGEMENT_KEY }).verify({ token: TOKEN })

    expect(answer).toMatchObject({ valid: false, code: 'unavailable', reason: 'unreachable' })
  })

  it('gives up in time when no answer comes, and does not ask again', async () => {
    stopClock()
    await withStub(hang, async (stub) => {
      const answer = byUrl(stub, 100).verify({ token: TOKEN })
      await untilAsked(stub, 1)

      vi.advanceTimersByTime(100)

      expect(await answer).toMatchObject({ code: 'unavailable', reason: 'timed_out' })
      expect(stub.requests).toHaveLength(1)
    })
  })

  it('gives up in time when the answer stops in the middle', async () => {
    const { answer } = await asked((_, response) => response.write('{"valid": true'), 100)

    expect(answer).toMatchObject({ reason: 'timed_out' })
  })

  it('spends one time limit on both attempts together', async () => {
    stopClock()
    let breakFirst = () => {}
    const untilBroken = (request: Parameters<typeof breakOff>[0]) => (breakFirst = () => request.socket.destroy())
    await withStub([untilBroken, hang], async (stub) => {
      const answer = byUrl(stub, 250).verify({ token: TOKEN })
      await untilAsked(stub, 1)
      vi.advanceTimersByTime(150)
      breakFirst()
      await untilAsked(stub, 2)

      vi.advanceTimersByTime(100)

      expect(await answer).toMatchObject({ reason: 'timed_out' })
    })
  })

  it('tells neither the token nor the management key in any answer', async () => {
    const echo = json({ ...aYes({ valid: 'true' }), token: TOKEN, key: MANAGEMENT_KEY })

    for (const handler of [echo, json({ detail: TOKEN }, 500), json({ detail: TOKEN }, 400), breakOff]) {
      const text = JSON.stringify((await asked(handler)).answer)
      expect(text).not.toContain(TOKEN)
      expect(text).not.toContain(MANAGEMENT_KEY)
    }
  })

  it.each([
    ['throws', () => Promise.reject(new Error('no'))],
    [
      'throws at once',
      () => {
        throw 'no'
      },
    ],
    ['gives no Response', async () => 'yes' as unknown as Response],
  ])('is unavailable when its fetch %s', async (_, fetch) => {
    const verifier = createKeyVerifier({ url: 'https://keys.example.com', managementKey: MANAGEMENT_KEY, fetch })

    expect(await verifier.verify({ token: TOKEN })).toMatchObject({ valid: false, code: 'unavailable' })
  })
})

describe('a verifier by binding', () => {
  it.each([aYes(), ...DENIALS])('hands on $code as it came', async (verdict) => {
    expect(await answering(verdict).verify({ token: TOKEN })).toEqual(verdict)
  })

  it.each(NOT_A_YES)('is not convinced by %s', async (_, value) => {
    expect(await answering(value).verify({ token: TOKEN })).toMatchObject({ valid: false, code: 'unavailable' })
  })

  it.each([
    [
      { valid: false, code: 'unavailable', retryAfterSeconds: 5 },
      { reason: 'keyward_unavailable', retryAfterSeconds: 5 },
    ],
    [
      { valid: false, code: 'unavailable' },
      { reason: 'keyward_unavailable', retryAfterSeconds: 2 },
    ],
    [{ valid: false, code: 'invalid_request', errors: [] }, { reason: 'question_refused' }],
  ])('says of %j that nobody could be asked', async (value, expected) => {
    expect(await answering(value).verify({ token: TOKEN })).toMatchObject({ code: 'unavailable', ...expected })
  })

  it.each(['rate_limited', 'ip_not_allowed', 'constructor', 'a_code_of_next_year'])(
    'takes the unknown code %s for a no',
    async (code) => {
      expect(await answering({ valid: false, code }).verify({ token: TOKEN })).toEqual({
        valid: false,
        code: 'unknown_code',
        unknownCode: code,
      })
    },
  )

  it('does not take a yes to another question for an answer', async () => {
    const verifier = answering(aYes())

    expect(await verifier.verify({ token: TOKEN, scopes: ['admin'] })).toMatchObject({ code: 'unavailable' })
    expect(await verifier.verify({ token: TOKEN, environmentId: 'env_2' })).toMatchObject({ code: 'unavailable' })
  })

  it.each<[string, object]>([
    ['marked as such', Object.assign(new Error('internal error'), { retryable: true })],
    ['told by its message', new Error('Network connection lost.')],
  ])('asks once more after a broken connection %s', async (_, error) => {
    const verify = vi.fn().mockRejectedValueOnce(error).mockResolvedValueOnce(aYes())

    expect(await createKeyVerifier({ binding: { verify } }).verify({ token: TOKEN })).toMatchObject({ valid: true })
    expect(verify).toHaveBeenCalledTimes(2)
  })

  it.each<[string, unknown]>([
    ['an exception of the Worker', new Error('Cannot read properties of undefined')],
    ['overload', Object.assign(new Error('connection lost'), { retryable: true, overloaded: true })],
    ['a thrown text', 'no'],
  ])('does not ask again after %s', async (_, error) => {
    const verify = vi.fn().mockRejectedValue(error)

    expect(await createKeyVerifier({ binding: { verify } }).verify({ token: TOKEN })).toMatchObject({
      code: 'unavailable',
      reason: 'failed',
    })
    expect(verify).toHaveBeenCalledTimes(1)
  })

  it('gives up in time when the call never ends', async () => {
    const verifier = createKeyVerifier({ binding: { verify: () => new Promise(() => {}) }, timeoutMs: 50 })

    expect(await verifier.verify({ token: TOKEN })).toMatchObject({ code: 'unavailable', reason: 'timed_out' })
  })

  it('calls a text longer than any token malformed, and asks nobody', async () => {
    const verify = vi.fn()

    expect(await createKeyVerifier({ binding: { verify } }).verify({ token: 'x'.repeat(8193) })).toEqual({
      valid: false,
      code: 'malformed',
    })
    expect(verify).not.toHaveBeenCalled()
  })

  it('never throws for a question that is none', async () => {
    for (const question of [undefined, null, {}, { token: 1n }]) {
      // What a caller without types may pass.
      const answer = await answering(undefined).verify(question as unknown as { token: string })
      expect(answer).toMatchObject({ valid: false, code: 'unavailable' })
    }
  })
})

describe('createKeyVerifier', () => {
  const binding = { verify: async () => undefined }
  const url = 'https://keys.example.com'
  const managementKey = MANAGEMENT_KEY

  it.each<[string, object, RegExp]>([
    ['nothing', {}, /binding has no verify/],
    ['a binding that is missing', { binding: undefined }, /binding has no verify/],
    ['a binding to another entrypoint', { binding: { fetch: () => {} } }, /entrypoint = "KeyVerifier"/],
    ['both ways', { binding, url, managementKey }, /not both/],
    ['a key without a URL', { managementKey }, /url/],
    ['a URL without a key', { url }, /managementKey/],
    ['an empty key', { url, managementKey: '' }, /managementKey/],
    ['two lines of key', { url, managementKey: 'secret\nsecret' }, /managementKey/],
    ['no URL', { url: 'keys.example.com', managementKey }, /url/],
    ['plain http', { url: 'http://keys.example.com', managementKey }, /https/],
    [
      'plain http to a name that begins like this machine',
      { url: 'http://localhost.example.com', managementKey },
      /https/,
    ],
    ['plain http to an address that begins like it', { url: 'http://127.0.0.1.example.com', managementKey }, /https/],
    ['another scheme', { url: 'ftp://keys.example.com', managementKey }, /https/],
    ['a URL with a user', { url: 'https://secret:secret@keys.example.com', managementKey }, /user/],
    ['a URL with a query', { url: `${url}?a=1`, managementKey }, /query/],
    ['no time', { binding, timeoutMs: 0 }, /timeoutMs/],
    ['endless time', { binding, timeoutMs: Number.POSITIVE_INFINITY }, /timeoutMs/],
    ['time that is no number', { binding, timeoutMs: Number.NaN }, /timeoutMs/],
    ['an option that does not exist', { binding, scopes: ['read'] }, /"scopes"/],
  ])('refuses %s, and says what is wrong without its value', (_, options, message) => {
    // What a caller without types may pass.
    const make = () => createKeyVerifier(options as KeyVerifierOptions)

    expect(make).toThrow(message)
    expect(make).not.toThrow(/secret/)
  })

  it.each(['http://localhost:8787', 'http://keys.localhost', 'http://127.0.0.1:1', 'http://[::1]:8787'])(
    'takes plain http to this machine: %s',
    (local) => {
      expect(() => createKeyVerifier({ url: local, managementKey })).not.toThrow()
    },
  )

  it('gives answers whose code tells what else they hold', async () => {
    const answer = await answering(aYes()).verify({ token: TOKEN })

    expectTypeOf(answer).toEqualTypeOf<Verdict | Unavailable>()
    if (answer.valid) expectTypeOf(answer.environment.tag).toBeString()
    else if (answer.code === 'insufficient_scope') expectTypeOf(answer.missingScopes).toEqualTypeOf<string[]>()
    else if (answer.code === 'unknown_code') expectTypeOf(answer.unknownCode).toBeString()
    else if (answer.code === 'unavailable') expectTypeOf(answer.retryAfterSeconds).toBeNumber()
  })
})
