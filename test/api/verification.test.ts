import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  aKeyIn,
  aManagementKey,
  call,
  expectFaults,
  expectProblem,
  TIMESTAMP,
  verdictOn,
  walkToKey,
} from '../support/client.ts'
import { aMadeUpToken } from '../support/made-up-tokens.ts'
import { tokensOfEveryState } from './sample-requests.ts'

type Walk = Awaited<ReturnType<typeof walkToKey>>

const unknownToken = () => aMadeUpToken('nsl')
const FRESHNESS = {
  asOf: expect.stringMatching(TIMESTAMP),
  ageMs: expect.any(Number),
  boundMs: 5000,
  source: expect.stringMatching(/^(ledger|lease)$/),
}

let walk: Walk
let states: Awaited<ReturnType<typeof tokensOfEveryState>>
beforeAll(async () => {
  walk = await walkToKey({ ownerId: 'customer-42', metadata: { team: 'billing' }, expiresAt: '2999-01-01T00:00:00Z' })
  states = await tokensOfEveryState(walk.environment.id)
})

describe('the verdict on a token', () => {
  it('that is good tells all about its key', async () => {
    const { key, project, environment, token } = walk

    expect(await verdictOn(token)).toEqual({
      valid: true,
      code: 'valid',
      kind: 'api_key',
      keyId: key.id,
      name: 'billing',
      prefix: key.prefix,
      projectId: project.id,
      environment: { id: environment.id, name: 'Production', tag: 'production' },
      scopes: ['read'],
      ownerId: 'customer-42',
      metadata: { team: 'billing' },
      expiresAt: '2999-01-01T00:00:00.000Z',
      freshness: FRESHNESS,
    })
  })

  it.each(['revoked', 'expired', 'disabled'] as const)('that is %s says so and names the key', async (state) => {
    expect(await verdictOn(states[state])).toEqual({
      valid: false,
      code: state,
      keyId: expect.stringMatching(/^key_/),
      freshness: FRESHNESS,
    })
  })

  it('that lacks a scope names what was asked and what is missing', async () => {
    expect(await verdictOn(walk.token, { scopes: ['write', 'read', 'admin'] })).toEqual({
      valid: false,
      code: 'insufficient_scope',
      keyId: walk.key.id,
      requiredScopes: ['write', 'read', 'admin'],
      missingScopes: ['write', 'admin'],
      freshness: FRESHNESS,
    })
  })

  it.each([[[]], [['read']], [['read', 'read']]])('is valid when %j is asked and held', async (scopes) => {
    expect(await verdictOn(walk.token, { scopes })).toMatchObject({ valid: true })
  })

  it('says "revoked" of a key that is also expired, disabled and short of scopes', async () => {
    const { key, token } = await aKeyIn(walk.environment.id, { enabled: false })
    await call('PATCH', `/v1/keys/${key.id}`, { body: { expiresAt: '2020-01-01T00:00:00Z' } })
    await call('DELETE', `/v1/keys/${key.id}`)

    expect(await verdictOn(token, { scopes: ['admin'] })).toMatchObject({ code: 'revoked' })
  })

  it('is "not_found" in another environment and unchanged in its own', async () => {
    const other = await walkToKey()

    expect(await verdictOn(walk.token, { environmentId: other.environment.id })).toEqual({
      valid: false,
      code: 'not_found',
    })
    expect(await verdictOn(walk.token, { environmentId: walk.environment.id })).toMatchObject({ valid: true })
  })

  it.each([
    [0, 0],
    [1000, 1000],
    [60_000, 5000],
  ])('asked with maxStalenessMs %i is bounded by %i ms', async (maxStalenessMs, boundMs) => {
    expect(await verdictOn(walk.token, { maxStalenessMs })).toMatchObject({ freshness: { boundMs } })
  })

  it('follows the bound of its environment', async () => {
    const { environment, token } = await walkToKey()

    await call('PATCH', `/v1/environments/${environment.id}`, { body: { bounds: { maxStalenessMs: 250 } } })

    expect(await verdictOn(token)).toMatchObject({ freshness: { boundMs: 250 } })
  })

  it.each([
    ['maxStalenessMs', -1],
    ['maxStalenessMs', 60_001],
    ['maxStalenessMs', 0.5],
    ['scopes', 'read'],
    ['token', null],
    ['token', ['nsl_x']],
    ['environmentId', 1],
    ['environmentId', 'x'.repeat(101)],
    ['scopes', Array.from({ length: 101 }, () => 'read')],
  ])('is not given for %s = %j', async (field, value) => {
    expectFaults(await call('POST', '/v1/keys/verify', { body: { token: 'x', [field]: value } }), [field])
  })

  it('notes the use of the key', async () => {
    const { key, token } = await aKeyIn(walk.environment.id)

    await verdictOn(token)

    await expect.poll(async () => (await call('GET', `/v1/keys/${key.id}`)).body.lastUsedAt).toMatch(TIMESTAMP)
  })
})

describe('an odd token', () => {
  const changed = (token: string) => token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A')
  const folded = (token: string) => token.replace(/[a-z](?=[^_]*$)/, (letter) => letter.toUpperCase())

  it.each<[string, (token: string) => string]>([
    ['empty', () => ''],
    ['a space', () => ' '],
    ['10,000 characters', () => 'x'.repeat(10_000)],
    ['10,000 characters of our brand', () => `nsl_${'a'.repeat(9996)}`],
    ['a NUL', () => '\u0000'],
    ['a good one and a NUL', (token) => `${token}\u0000`],
    ['a good one and a newline', (token) => `${token}\n`],
    ['a good one after a space', (token) => ` ${token}`],
    ['a good one twice', (token) => token + token],
    ['a good one with its scheme', (token) => `Bearer ${token}`],
    ['not ASCII', () => 'nsl_ключ'],
    ['of full-width letters', (token) => token.replace('nsl', 'ｎｓｌ')],
    ['half a surrogate pair', () => '\ud800'],
    ['a good one in another case', folded],
    ['a good one with its last character changed', changed],
    ['a good one cut short', (token) => token.slice(0, -1)],
    ['of another brand', (token) => token.replace('nsl', 'key')],
    ['a management key', () => aMadeUpToken('nslm')],
    ['the root key', () => env.ROOT_KEY],
    ['a pattern', () => '%'],
    ['SQL', () => "' OR 1=1 --"],
  ])('that is %s is malformed', async (_, make) => {
    expect(await verdictOn(make(walk.token))).toEqual({ valid: false, code: 'malformed' })
  })

  it('that is well formed and unknown is not_found', async () => {
    expect(await verdictOn(unknownToken())).toEqual({ valid: false, code: 'not_found' })
  })

  it('that is the stored hash of a good one opens nothing', async () => {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(walk.token))
    const hash = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')

    expect(await env.DB.prepare('SELECT 1 FROM api_key_secrets WHERE hash = ?').bind(hash).first()).not.toBeNull()
    expect(await verdictOn(hash)).toEqual({ valid: false, code: 'malformed' })
    expectProblem(await call('GET', '/v1/whoami', { token: hash }), 'unauthenticated')
  })

  it('is repeated in no header and no body of the answer', async () => {
    for (const token of [walk.token, states.revoked, unknownToken()]) {
      const { headers, body } = await call('POST', '/v1/keys/verify', { body: { token } })

      expect(JSON.stringify([...headers]) + JSON.stringify(body)).not.toContain(token.slice(13))
    }
  })
})

describe('whoami', () => {
  it.each<[string, (token: string) => Record<string, string>]>([
    ['Bearer', (token) => ({ Authorization: `Bearer ${token}` })],
    ['bearer', (token) => ({ Authorization: `bearer ${token}` })],
    ['BEARER', (token) => ({ Authorization: `BEARER ${token}` })],
    ['X-API-Key', (token) => ({ 'X-API-Key': token })],
  ])('gives the key its own verdict by %s', async (_, headers) => {
    const { status, body } = await call('GET', '/v1/whoami', { token: null, headers: headers(walk.token) })

    expect(status).toBe(200)
    expect(body).toEqual({ ...(await verdictOn(walk.token)), freshness: FRESHNESS })
  })

  it('tells strangers nothing of why a key is refused', async () => {
    const tokens = ['garbage', unknownToken(), ...Object.values(states)]

    const answers = await Promise.all(tokens.map((token) => call('GET', '/v1/whoami', { token })))

    for (const answer of answers) expectProblem(answer, 'unauthenticated')
    const told = answers.map(({ headers, body }) => {
      const { requestId, ...rest } = body
      const shown = [...headers].filter(([name]) => name !== 'x-request-id')
      return JSON.stringify([rest, shown])
    })
    expect(new Set(told).size).toBe(1)
  })

  it('challenges a caller without a credential', async () => {
    const answer = await call('GET', '/v1/whoami', { token: null })

    expectProblem(answer, 'unauthenticated')
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="keyward"')
  })

  it('does not know management keys, nor the root key', async () => {
    const { token } = await aManagementKey()

    expectProblem(await call('GET', '/v1/whoami', { token }), 'unauthenticated')
    expectProblem(await call('GET', '/v1/whoami'), 'unauthenticated')
  })

  it.each<[string, (token: string) => [string, string][]]>([
    [
      'Authorization and X-API-Key',
      (token) => [
        ['Authorization', `Bearer ${token}`],
        ['X-API-Key', token],
      ],
    ],
    [
      'two Authorization headers',
      (token) => [
        ['Authorization', `Bearer ${token}`],
        ['Authorization', `Bearer ${token}`],
      ],
    ],
    [
      'two X-API-Key headers',
      (token) => [
        ['X-API-Key', token],
        ['X-API-Key', token],
      ],
    ],
  ])('refuses %s even when both are the same good key', async (_, headers) => {
    expectProblem(await call('GET', '/v1/whoami', { token: null, headers: headers(walk.token) }), 'invalid_request')
  })

  it('takes no key from the query', async () => {
    const answer = await call('GET', `/v1/whoami?api_key=${walk.token}`, { token: null })

    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(JSON.stringify(answer.body)).not.toContain(walk.token)
  })
})
