import { exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { KeyVerifier } from '../../src/rpc.ts'
import { tokensOfEveryState } from '../api/sample-requests.ts'
import { call, SECRET_MATERIAL, TIMESTAMP, verdictOn, walkToKey } from '../support/client.ts'
import { aMadeUpToken } from '../support/made-up-tokens.ts'

type Walk = Awaited<ReturnType<typeof walkToKey>>

let walk: Walk
let states: Awaited<ReturnType<typeof tokensOfEveryState>>
beforeAll(async () => {
  walk = await walkToKey({ ownerId: 'customer-42', metadata: { team: 'billing' }, expiresAt: '2999-01-01T00:00:00Z' })
  states = await tokensOfEveryState(walk.environment.id)
})

const unknownToken = () => aMadeUpToken()
/** Without what differs from one question to the next: when the ledger was asked, and whether for this very verdict. */
const timeless = (verdict: object) =>
  JSON.parse(JSON.stringify(verdict, (name, value) => (['asOf', 'ageMs', 'source'].includes(name) ? undefined : value)))

describe('KeyVerifier', () => {
  it.each<[string, () => { token: string } & Record<string, unknown>]>([
    ['a good key', () => ({ token: walk.token })],
    ['a good key and a scope it holds', () => ({ token: walk.token, scopes: ['read'] })],
    ['a missing scope', () => ({ token: walk.token, scopes: ['read', 'write'] })],
    ['a key in another environment', () => ({ token: walk.token, environmentId: 'env_1' })],
    ['a tighter bound', () => ({ token: walk.token, maxStalenessMs: 0 })],
    ['a revoked key', () => ({ token: states.revoked })],
    ['an expired key', () => ({ token: states.expired })],
    ['a disabled key', () => ({ token: states.disabled })],
    ['an unknown key', () => ({ token: unknownToken() })],
    ['garbage', () => ({ token: 'garbage\u0000' })],
    ['nothing', () => ({ token: '' })],
  ])('gives the same verdict as HTTP on %s', async (_, question) => {
    const { token, ...rest } = question()

    const verdict = await exports.KeyVerifier.verify({ token, ...rest })

    expect(timeless(verdict)).toEqual(timeless(await verdictOn(token, rest)))
  })

  it('gives the same verdict as HTTP on an access token, and says what it is', async () => {
    const { body } = await call('POST', `/v1/environments/${walk.environment.id}/credentials`, {
      body: { name: 'sdk', scopes: ['read'] },
    })
    const issued = await call('POST', '/oauth2/token', {
      body: `grant_type=client_credentials&client_id=${body.clientId}&client_secret=${body.clientSecret}`,
      type: 'application/x-www-form-urlencoded',
      token: null,
    })
    const token: string = issued.body.access_token

    const verdict = await exports.KeyVerifier.verify({ token })

    expect(verdict).toMatchObject({ valid: true, kind: 'access_token', keyId: body.clientId })
    expect(timeless(verdict)).toEqual(timeless(await verdictOn(token)))
    expect(await exports.KeyVerifier({ props: { environmentId: 'env_1' } }).verify({ token })).toEqual({
      valid: false,
      code: 'not_found',
    })
  })

  it('writes moments as HTTP does', async () => {
    const verdict = await exports.KeyVerifier.verify({ token: walk.token })

    expect(verdict).toMatchObject({
      expiresAt: '2999-01-01T00:00:00.000Z',
      freshness: { asOf: expect.stringMatching(TIMESTAMP), ageMs: expect.any(Number) },
    })
  })

  it('has nothing to call but verify', () => {
    expect(Object.getOwnPropertyNames(KeyVerifier.prototype).sort()).toEqual(['constructor', 'verify'])
  })
})

describe('a binding tied to one environment', () => {
  const bound = (environmentId: string) => exports.KeyVerifier({ props: { environmentId } })

  it('is told about the keys of that environment', async () => {
    const verdict = await bound(walk.environment.id).verify({ token: walk.token })

    expect(verdict).toMatchObject({ valid: true, keyId: walk.key.id })
  })

  it('is told that keys of another environment do not exist, whatever state they are in', async () => {
    const other = await walkToKey()

    for (const token of [walk.token, ...Object.values(states)]) {
      expect(await bound(other.environment.id).verify({ token })).toEqual({ valid: false, code: 'not_found' })
    }
  })

  it('cannot be widened by what is asked', async () => {
    const other = await walkToKey()

    const verdict = await bound(other.environment.id).verify({ token: walk.token, environmentId: walk.environment.id })

    expect(verdict).toEqual({ valid: false, code: 'not_found' })
  })

  it('asks in vain for another environment than its own', async () => {
    const verdict = await bound(walk.environment.id).verify({ token: walk.token, environmentId: 'env_1' })

    expect(verdict).toEqual({ valid: false, code: 'not_found' })
  })

  it.each(['env_00000000000000000000000000', 'env_1', ''])('to %j, which is not one, knows no key', async (id) => {
    expect(await bound(id).verify({ token: walk.token })).toEqual({ valid: false, code: 'not_found' })
  })
})

describe('a question that is not one', () => {
  it.each<[string, unknown, string[]]>([
    ['nothing', undefined, ['']],
    ['null', null, ['']],
    ['text', 'nsl_x', ['']],
    ['a number', 1, ['']],
    ['an array', [{ token: 'x' }], ['']],
    ['a date', new Date(0), ['token']],
    ['no token', {}, ['token']],
    ['a token that is no text', { token: 1 }, ['token']],
    ['scopes that are no list', { token: 'x', scopes: 'read' }, ['scopes']],
    ['a scope that is no name', { token: 'x', scopes: ['read', 'Re ad'] }, ['scopes.1']],
    ['too long a patience', { token: 'x', maxStalenessMs: 60_001 }, ['maxStalenessMs']],
    ['a negative patience', { token: 'x', maxStalenessMs: -1 }, ['maxStalenessMs']],
    ['an endless patience', { token: 'x', maxStalenessMs: Number.POSITIVE_INFINITY }, ['maxStalenessMs']],
    ['no number for patience', { token: 'x', maxStalenessMs: Number.NaN }, ['maxStalenessMs']],
    ['a big integer', { token: 'x', maxStalenessMs: 1n }, ['maxStalenessMs']],
    ['a null environment', { token: 'x', environmentId: null }, ['environmentId']],
    ['an unknown field', { token: 'x', scope: 'read' }, ['scope']],
    ['several faults', { scopes: 1, maxStalenessMs: 'x', other: 1 }, ['token', 'scopes', 'maxStalenessMs', 'other']],
  ])('because it is %s is answered, never thrown, and names the field', async (_, input, paths) => {
    const verdict = await exports.KeyVerifier.verify(input)

    expect(verdict).toMatchObject({ valid: false, code: 'invalid_request' })
    const errors = verdict.code === 'invalid_request' ? verdict.errors : []
    expect(errors.map(({ path }) => path).sort()).toEqual([...paths].sort())
    for (const { message } of errors) expect(message).toMatch(/./)
  })

  it('is not answered with the token that was in it', async () => {
    const verdict = await exports.KeyVerifier.verify({ token: walk.token, scopes: [walk.token] })

    expect(verdict).toMatchObject({ code: 'invalid_request' })
    expect(JSON.stringify(verdict)).not.toMatch(SECRET_MATERIAL)
  })
})
