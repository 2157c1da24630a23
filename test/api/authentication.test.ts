import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { aManagementKey, call, expectProblem } from '../support/client.ts'
import { aMadeUpToken } from '../support/made-up-tokens.ts'
import { callSample, freshIds, type Ids, MANAGED } from './sample-requests.ts'

let ids: Ids
let revoked: string
beforeAll(async () => {
  ids = await freshIds()
  const { managementKey, token } = await aManagementKey()
  await call('POST', `/v1/management-keys/${managementKey.id}/revoke`)
  revoked = token
})

describe.each(MANAGED)('the credential of %s', (operation) => {
  it('is asked for with a challenge when there is none', async () => {
    const answer = await callSample(operation, ids, { token: null })

    expectProblem(answer, 'unauthenticated')
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="keyward"')
  })

  it.each([
    ['a word', () => 'letmein'],
    ['a well-formed management key nobody was given', () => aMadeUpToken('nslm')],
    ['a revoked management key', () => revoked],
    ['an API key', () => ids.token],
    ['the root key in another case', () => env.ROOT_KEY.toUpperCase()],
    ['the root key without its last character', () => env.ROOT_KEY.slice(0, -1)],
  ])('is refused with 401 when it is %s', async (_, token) => {
    const answer = await callSample(operation, ids, { token: token() })

    expectProblem(answer, 'unauthenticated')
    expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Bearer realm="keyward"/)
  })

  it.each<[string, [string, string][]]>([
    ['two Authorization headers', [0, 1].map(() => ['Authorization', `Bearer ${env.ROOT_KEY}`])],
    [
      'two Authorization headers of two schemes',
      ['Basic eDp5', `Bearer ${env.ROOT_KEY}`].map((value) => ['Authorization', value]),
    ],
    ['Authorization beside X-API-Key', [['X-API-Key', env.ROOT_KEY]]],
  ])('is refused with 400 when the request has %s', async (_, headers) => {
    const answer = await callSample(operation, ids, { headers })

    expectProblem(answer, 'invalid_request')
  })
})

describe('a management credential', () => {
  it.each([
    ['X-API-Key', { 'X-API-Key': env.ROOT_KEY }],
    ['Basic authentication', { Authorization: `Basic ${btoa(`root:${env.ROOT_KEY}`)}` }],
    ['no scheme', { Authorization: env.ROOT_KEY }],
    ['Bearer and nothing', { Authorization: 'Bearer' }],
    ['Bearer and two words', { Authorization: `Bearer ${env.ROOT_KEY} again` }],
    ['a cookie', { Cookie: `token=${env.ROOT_KEY}` }],
  ])('is not taken from %s', async (_, headers) => {
    expectProblem(await call('GET', '/v1/projects', { token: null, headers }), 'unauthenticated')
  })

  it('is not taken from the query', async () => {
    const answer = await call('GET', `/v1/projects?access_token=${env.ROOT_KEY}`, { token: null })

    expectProblem(answer, 'unauthenticated')
    expect(JSON.stringify(answer.body)).not.toContain(env.ROOT_KEY)
  })

  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('is read after the scheme %s', async (scheme) => {
    const answer = await call('GET', '/v1/projects', { headers: { Authorization: `${scheme} ${env.ROOT_KEY}` } })

    expect(answer.status).toBe(200)
  })

  it('is asked for before the path or the body is looked at', async () => {
    expectProblem(await call('GET', '/v1/nothing-here', { token: null }), 'unauthenticated')
    expectProblem(await call('POST', '/v1/projects', { token: null, body: '{' }), 'unauthenticated')
  })
})
