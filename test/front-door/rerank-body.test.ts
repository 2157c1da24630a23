// A body on a route with rerank: it may name the context, and cannot set the mode or depth in any way that an upstream reads.
import { gzipSync } from 'node:zlib'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { setRerankControls } from '../../src/service/rerank-controls.ts'
import { aCaller } from '../support/factory.ts'
import { aClientWithToken } from '../support/oauth.ts'
import { type Asked, aDoor, askDoor, type Door } from '../support/upstream.ts'

const CONTROLS = {
  global_default: { surface: 'search', rerank_mode: 'balanced', rerank_depth: 50 },
  surface_presets: { recommendations: { rerank_mode: 'aggressive', rerank_depth: 80 } },
} as const

let door: Door
beforeAll(async () => {
  door = await aDoor({ routes: [{ path: '/api/search', rerank: true }, { path: '/api/plain' }] })
  const { deps, environment } = door
  await setRerankControls(deps, aCaller(), { environmentId: environment.id, contextId: 'home' }, CONTROLS)
  await setRerankControls(deps, aCaller(), { environmentId: environment.id, contextId: '101' }, CONTROLS)
})
beforeEach(() => {
  door.upstream.seen.length = 0
})

const JSON_BODY = { 'Content-Type': 'application/json' }

const post = (body: BodyInit, init: Asked = {}, path = '/api/search') =>
  door.ask(path, { method: 'POST', headers: JSON_BODY, body, ...init })

async function passed(): Promise<{ search: string; body: string; length: string | null }> {
  const request = door.passed()
  return {
    search: new URL(request.url).search,
    body: await request.text(),
    length: request.headers.get('Content-Length'),
  }
}

/** A body in chunks, whose length is not told. */
const chunked = (...chunks: (string | Uint8Array)[]) =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) {
        controller.enqueue(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk)
      }
      controller.close()
    },
  })

const OFF = '?rerank_mode=off&rerank_depth=0'
const BALANCED = '?rerank_mode=balanced&rerank_depth=50'
const AGGRESSIVE = '?rerank_mode=aggressive&rerank_depth=80'

describe('a JSON body', () => {
  it.each([
    ['{"query":"lamp","context_id":"home"}', BALANCED],
    ['{"context_id":"home","surface":"recommendations"}', AGGRESSIVE],
    ['{"context_id":"home","surface":"nowhere"}', BALANCED],
    ['{"context_id":"home","surface":null}', BALANCED],
    ['{"\\u0063ontext_id":"\\u0068ome"}', BALANCED],
    ['{ "context_id" : 101 }', BALANCED],
    ['{"context_id":"other"}', OFF],
    ['{"context_id":null}', OFF],
    ['{"Context_ID":"home"}', OFF],
    ['{"scope":{"context_id":"home"}}', OFF],
    ['{"query":"lamp"}', OFF],
    ['{}', OFF],
  ])('%s reaches the upstream as it came, with %s', async (body, search) => {
    expect((await post(body)).status).toBe(200)

    expect(await passed()).toEqual({ search, body, length: String(body.length) })
  })

  it.each([['application/json; charset=utf-8'], ['Application/JSON;charset="UTF-8"'], ['application/vnd.search+json']])(
    'is read as %s',
    async (type) => {
      await post('{"context_id":"home"}', { headers: { 'Content-Type': type } })

      expect((await passed()).search).toBe(BALANCED)
    },
  )

  it.each(['PUT', 'PATCH', 'DELETE'])('is read by %s, too', async (method) => {
    await post('{"context_id":"home","rerank_mode":"aggressive"}', { method })

    expect(await passed()).toMatchObject({ search: BALANCED, body: '{"context_id":"home"}' })
  })

  it('is read in chunks, and sent on with its length', async () => {
    const letters = new TextEncoder().encode('{"context_id":"home","q":"é"}')

    await post(chunked(letters.slice(0, 26), letters.slice(26)))

    expect(await passed()).toEqual({ search: BALANCED, body: '{"context_id":"home","q":"é"}', length: '30' })
  })

  it.each([
    ['"rerank_mode":"aggressive"'],
    ['"rerank_depth":1000'],
    ['"rerank_mode":"a","rerank_depth":1,"rerank_mode":"b"'],
    ['"\\u0072erank_mode":"aggressive"'],
    ['"Rerank_Mode":"aggressive"'],
    ['"reran\u212a_mode":"aggressive"'],
    ['"rerankMode":"aggressive"'],
    ['"rerank-depth":1000'],
    ['"rerank.mode":"aggressive"'],
    ['"rerank[mode]":"aggressive"'],
    ['" rerank_mode":"aggressive"'],
    ['"rerank_mode\\u0000":"aggressive"'],
    ['"rerank":{"mode":"aggressive","depth":1000}'],
    ['"Rerank":{"x":1,"Depth":1000}'],
    ['"rerank_mode":{"a":["}"]}'],
  ])('cannot set the mode or depth by %s, wherever it stands', async (member) => {
    const kept = ['"context_id":"home"', '"price":1e400', '"n":9007199254740993']
    for (const at of [0, 1, 3]) {
      door.upstream.seen.length = 0
      await post(`{${kept.toSpliced(at, 0, member).join(' , ')}}`)

      const body = `{${kept.join(',')}}`
      expect(await passed()).toEqual({ search: BALANCED, body, length: String(body.length) })
    }
  })

  it.each(['"rerank_model":"x"', '"my_rerank_mode":"x"', '"rerank":true', '"rerank":{"by":"x"}', '"mode":"auto"'])(
    'keeps %s, which is something else',
    async (member) => {
      await post(`{ ${member} }`)

      expect((await passed()).body).toBe(`{ ${member} }`)
    },
  )

  it.each<[string, string, string?]>([
    ['context_id', '{"context_id":"home","context_id":"other"}'],
    ['context_id', '{"context_id":"home","context_id":"home"}'],
    ['context_id', '{"context_id":"home","\\u0063ontext_id":"other"}'],
    ['context_id', '{"context_id":"home","Context_ID":"other"}'],
    ['surface', '{"surface":"search","\u017furface":"results"}'],
    ['context_id', '{"context_id":["home"]}'],
    ['context_id', '{"context_id":{"id":"home"}}'],
    ['context_id', '{"context_id":true}'],
    ['context_id', '{"context_id":1.5}'],
    ['context_id', '{"context_id":-1}'],
    ['context_id', '{"context_id":""}'],
    ['context_id', '{"context_id":"../x"}'],
    ['surface', '{"surface":["search"]}'],
    ['context_id', '{"context_id":"home"}', '?context_id=other'],
    ['surface', '{"surface":"search"}', '?surface=results'],
    ['body', '[{"context_id":"home","rerank_mode":"aggressive"}]'],
    ['body', '"home"'],
    ['body', '{"context_id":"home"'],
    ['body', '{"context_id":"home",}'],
    ['body', "{'context_id':'home'}"],
    ['body', '{"context_id":"home"}//'],
    ['body', '\ufeff{"context_id":"home"}'],
    ['body', 'context_id=home'],
  ])('is refused, naming %s, when servers could read it in different ways: %s', async (path, body, query = '') => {
    const answer = await post(body, {}, `/api/search${query}`)

    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ path }] } })
    expect(door.upstream.seen).toEqual([])
  })

  it('is refused when it is not UTF-8', async () => {
    const answer = await post(new Uint8Array([...new TextEncoder().encode('{"q":"'), 0xff, 0x22, 0x7d]))

    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'body' }] } })
  })

  it.each([
    ['?context_id=home', '{"context_id":"home"}', '?context_id=home&rerank_mode=balanced&rerank_depth=50'],
    ['?context_id=home', '{}', '?context_id=home&rerank_mode=balanced&rerank_depth=50'],
    [
      '?surface=recommendations',
      '{"context_id":"home"}',
      '?surface=recommendations&rerank_mode=aggressive&rerank_depth=80',
    ],
    ['?rerank_mode=aggressive&rerank_depth=9', '{"context_id":"home"}', BALANCED],
  ])('goes together with the query %s and %s', async (query, body, search) => {
    await post(body, {}, `/api/search${query}`)

    expect(await passed()).toMatchObject({ search, body })
  })
})

describe('a body that cannot be read', () => {
  const padded = (bytes: number) => `{"context_id":"home","q":"${'x'.repeat(bytes - 28)}"}`

  it('for its size is 413, whether it says its length or not; of 64 KiB it is read', async () => {
    const [fits, large] = [padded(65_536), padded(65_537)]
    expect([fits.length, large.length]).toEqual([65_536, 65_537])

    expect(await post(large)).toMatchObject({ status: 413, body: { code: 'payload_too_large' } })
    expect(await post(chunked(large.slice(0, 60_000), large.slice(60_000)))).toMatchObject({ status: 413 })
    expect(door.upstream.seen).toEqual([])
    expect((await post(fits)).status).toBe(200)
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'application/json; charset=utf-7',
    'application/json; charset=utf-16',
    'application/json, text/plain',
    'text/json-seq',
  ])('for its type, %s, is 415, because an upstream may read it', async (type) => {
    const answer = await post('{"rerank_mode":"aggressive"}', { headers: { 'Content-Type': type } })

    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
    expect(door.upstream.seen).toEqual([])
  })

  it('because it says no type is 415', async () => {
    expect(await post(chunked('{"rerank_mode":"aggressive"}'), { headers: {} })).toMatchObject({ status: 415 })
  })

  it('because it is compressed is 415', async () => {
    const packed = gzipSync('{"rerank_mode":"aggressive"}')

    const answer = await post(packed, { headers: { ...JSON_BODY, 'Content-Encoding': 'gzip' } })

    expect(answer).toMatchObject({ status: 415, body: { detail: expect.stringContaining('Content-Encoding') } })
  })

  it('because the client goes away is 400 and no error of ours', async () => {
    const broken = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"q":')),
      pull: (controller) => controller.error(new Error('gone')),
    })

    expect(await post(broken)).toMatchObject({ status: 400, body: { errors: [{ path: 'body' }] } })
  })
})

describe('no body', () => {
  it.each<[string, Asked]>([
    ['with GET, though it says the type of one', { method: 'GET', headers: JSON_BODY }],
    ['with POST', { method: 'POST' }],
    ['with POST, though it says the type of one', { method: 'POST', headers: JSON_BODY, body: '' }],
    ['in chunks', { method: 'POST', headers: JSON_BODY, body: chunked() }],
  ])('%s leaves it to the query', async (_, init) => {
    expect((await door.ask('/api/search?context_id=home', init)).status).toBe(200)

    expect(await passed()).toMatchObject({ search: `?context_id=home&${BALANCED.slice(1)}`, body: '' })
  })
})

describe('a body elsewhere', () => {
  const SAMPLE = '{"context_id":"home","rerank_mode":"aggressive","context_id":1}'

  it.each(['application/json', 'text/plain'])('on a route without rerank passes as it came: %s', async (type) => {
    await post(SAMPLE, { headers: { 'Content-Type': type } }, '/api/plain')

    expect(await passed()).toMatchObject({ search: '', body: SAMPLE })
  })

  it('at /core passes as it came, because controls are for API keys', async () => {
    const { token } = await aClientWithToken(door.deps, { environment: door.environment })

    const { status } = await askDoor(door.deps, '/core/search', {
      method: 'POST',
      headers: JSON_BODY,
      body: SAMPLE,
      token,
    })

    expect(status).toBe(200)
    expect(await passed()).toMatchObject({ search: '', body: SAMPLE })
  })
})
