import { beforeEach, describe, expect, it } from 'vitest'
import { type Answer, call, expectFaults, expectProblem, verdictOn } from '../support/client.ts'
import { callSample, freshIds, type Ids, MANAGED, methodOf, pathOf, SAMPLES } from './sample-requests.ts'

const STRONG_TAG = /^"[\w-]{22}"$/

let ids: Ids
beforeEach(async () => {
  ids = await freshIds()
})

/** Where the record of an operation is read. */
const RECORDS: Record<string, string> = {
  project: 'GET /v1/projects/{projectId}',
  environment: 'GET /v1/environments/{environmentId}',
  routes: 'GET /v1/environments/{environmentId}/routes',
  'rerank controls': 'GET /v1/environments/{environmentId}/rerank-controls/{contextId}',
  key: 'GET /v1/keys/{keyId}',
  credential: 'GET /v1/credentials/{credentialId}',
}

/** What changes a record, and of which. */
const CHANGES: [string, string][] = [
  ['PATCH /v1/projects/{projectId}', 'project'],
  ['PATCH /v1/environments/{environmentId}', 'environment'],
  ['PUT /v1/environments/{environmentId}/routes', 'routes'],
  ['PUT /v1/environments/{environmentId}/rerank-controls/{contextId}', 'rerank controls'],
  ['PATCH /v1/keys/{keyId}', 'key'],
  ['POST /v1/keys/{keyId}/rotate', 'key'],
  ['POST /v1/keys/{keyId}/revoke', 'key'],
  ['DELETE /v1/keys/{keyId}', 'key'],
  ['PATCH /v1/credentials/{credentialId}', 'credential'],
  ['POST /v1/credentials/{credentialId}/rotate', 'credential'],
  ['POST /v1/credentials/{credentialId}/revoke', 'credential'],
]

/** What changes a record without answering with it. */
const ENDINGS: [string, string][] = [
  ['DELETE /v1/projects/{projectId}', 'project'],
  ['DELETE /v1/environments/{environmentId}', 'environment'],
  ['POST /v1/environments/{environmentId}/revoke-keys', 'environment'],
]

const CREATIONS = [
  'POST /v1/projects',
  'POST /v1/projects/{projectId}/environments',
  'POST /v1/environments/{environmentId}/keys',
  'POST /v1/environments/{environmentId}/credentials',
  'POST /v1/management-keys',
]

const LISTS = MANAGED.filter(
  (operation) => methodOf(operation) === 'GET' && !Object.values(RECORDS).includes(operation),
)

/** Reads the record that an operation would change: DELETE of a project is of the empty one. */
function read(operation: string, record: string, headers: Record<string, string> = {}): Promise<Answer> {
  const own = operation.startsWith('DELETE /v1/projects') ? { ...ids, projectId: ids.emptyProjectId } : ids
  return call('GET', pathOf(RECORDS[record] ?? '', own), { headers })
}

const tagOf = ({ headers }: Answer) => headers.get('ETag') ?? ''

describe.each(Object.entries(RECORDS))('the %s', (record, operation) => {
  it('is answered with a strong entity tag, the same until it changes', async () => {
    const [first, second] = [await read(operation, record), await read(operation, record)]

    expect(tagOf(first)).toMatch(STRONG_TAG)
    expect(tagOf(second)).toBe(tagOf(first))
    expect((await call('HEAD', pathOf(operation, ids))).headers.get('ETag')).toBe(tagOf(first))
  })

  it('is read on conditions (RFC 9110 §13.1)', async () => {
    const tag = tagOf(await read(operation, record))

    expect((await read(operation, record, { 'If-Match': tag })).status).toBe(200)
    expect((await read(operation, record, { 'If-Match': '*' })).status).toBe(200)
    expectProblem(await read(operation, record, { 'If-Match': '"stale"' }), 'precondition_failed')
    expect((await read(operation, record, { 'If-None-Match': '"stale"' })).status).toBe(200)
    const known = await read(operation, record, { 'If-None-Match': `W/${tag}` })
    expect({ status: known.status, body: known.body, tag: tagOf(known) }).toEqual({ status: 304, body: '', tag })
  })
})

describe.each(CHANGES)('%s', (operation, record) => {
  const send = (headers: Record<string, string>) => callSample(operation, ids, { headers })

  it('is made when If-Match names the stored version, and answers with the tag of the next', async () => {
    const before = tagOf(await read(operation, record))

    const answer = await send({ 'If-Match': `"other", ${before}` })

    expect(answer.status).toBe(SAMPLES[operation]?.status)
    expect(tagOf(answer)).toMatch(STRONG_TAG)
    expect(tagOf(answer)).not.toBe(before)
    expect(tagOf(await read(operation, record))).toBe(tagOf(answer))
  })

  it('is refused with 412, and changes nothing, when it names another', async () => {
    const before = await read(operation, record)

    for (const stale of ['"stale"', `W/${tagOf(before)}`, '"a", W/"b"']) {
      expectProblem(await send({ 'If-Match': stale }), 'precondition_failed')
    }
    expectProblem(await send({ 'If-None-Match': tagOf(before) }), 'precondition_failed')
    expectProblem(await send({ 'If-None-Match': '*' }), 'precondition_failed')

    expect((await read(operation, record)).body).toEqual(before.body)
  })

  it('is made with If-Match: *, and is refused with 400 for what is no tag', async () => {
    expectFaults(await send({ 'If-Match': 'stale' }), ['If-Match'])
    expectFaults(await send({ 'If-None-Match': '"a' }), ['If-None-Match'])
    expect((await send({ 'If-Match': '*' })).status).toBe(SAMPLES[operation]?.status)
  })
})

describe.each(ENDINGS)('%s', (operation, record) => {
  it('heeds If-Match', async () => {
    const tag = tagOf(await read(operation, record))
    const send = (ifMatch: string) => callSample(operation, ids, { headers: { 'If-Match': ifMatch } })

    expectProblem(await send('"stale"'), 'precondition_failed')
    expect((await read(operation, record)).status).toBe(200)
    expect((await send(tag)).status).toBe(SAMPLES[operation]?.status)
  })
})

describe.each(CREATIONS)('%s', (operation) => {
  it('answers with the tag of what it made', async () => {
    const answer = await callSample(operation, ids)

    expect(tagOf(answer)).toMatch(STRONG_TAG)
  })

  it('is refused with 412 when it asks for a version of what is not there yet', async () => {
    const send = (ifMatch: string) => callSample(operation, ids, { headers: { 'If-Match': ifMatch } })

    expectProblem(await send('"a"'), 'precondition_failed')
    expect((await send('*')).status).toBe(201)
  })
})

describe.each(LISTS)('%s', (operation) => {
  it('is a page of a list and has no tag', async () => {
    const send = (ifMatch: string) => callSample(operation, ids, { headers: { 'If-Match': ifMatch } })

    expect((await callSample(operation, ids)).headers.has('ETag')).toBe(false)
    expectProblem(await send('"a"'), 'precondition_failed')
    expect((await send('*')).status).toBe(200)
  })
})

describe('If-Match', () => {
  const ifMatch = (tag: string) => ({ headers: { 'If-Match': tag } })

  it('lets one of two writers who read the same version win, and tells the other', async () => {
    const tag = tagOf(await call('GET', `/v1/keys/${ids.keyId}`))
    const rename = (name: string) => call('PATCH', `/v1/keys/${ids.keyId}`, { body: { name }, ...ifMatch(tag) })

    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => rename(`writer ${index}`)))

    const statuses = answers.map(({ status }) => status).sort()
    expect(statuses).toEqual([200, ...Array.from({ length: 7 }, () => 412)])
  })

  it('is not failed by a use of the key', async () => {
    const { body, headers } = await call('GET', `/v1/keys/${ids.keyId}`)
    await verdictOn(ids.token)
    await expect
      .poll(async () => (await call('GET', `/v1/keys/${ids.keyId}`)).body.lastUsedAt)
      .not.toBe(body.lastUsedAt)

    const answer = await call('PATCH', `/v1/keys/${ids.keyId}`, {
      body: { name: 'still' },
      ...ifMatch(headers.get('ETag') ?? ''),
    })

    expect(answer.status).toBe(200)
  })

  it('of a context without rerank controls is failed by every tag and by *', async () => {
    const path = `/v1/environments/${ids.environmentId}/rerank-controls/unset`
    const { body } = SAMPLES['PUT /v1/environments/{environmentId}/rerank-controls/{contextId}'] ?? {}

    expectProblem(await call('PUT', path, { body, ...ifMatch('*') }), 'precondition_failed')
    expectProblem(await call('PUT', path, { body, ...ifMatch('"a"') }), 'precondition_failed')
    const create = { body, headers: { 'If-None-Match': '*' } }
    expect((await call('PUT', path, create)).status).toBe(200)
    expectProblem(await call('PUT', path, create), 'precondition_failed')
  })

  it('of what is not there is 404 all the same', async () => {
    expectProblem(await call('PATCH', '/v1/keys/key_none', { body: { name: 'x' }, ...ifMatch('"a"') }), 'not_found')
  })

  it('is heeded when a management key is revoked', async () => {
    const path = `/v1/management-keys/${ids.managementKeyId}/revoke`
    const { headers } = await call('POST', '/v1/management-keys', { body: { name: 'x', role: 'verifier' } })

    expectProblem(await call('POST', path, ifMatch(headers.get('ETag') ?? '')), 'precondition_failed')
    expect((await call('POST', path, ifMatch('*'))).body.managementKey.revokedAt).not.toBeNull()
  })
})
