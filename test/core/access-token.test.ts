import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CLOCK_SKEW_SECONDS,
  coreAudienceOf,
  isFromTheFuture,
  MAX_TOKEN_LENGTH,
  readClaims,
  scopesOf,
} from '../../src/core/access-token.ts'
import { MAX_SCOPES } from '../../src/core/scope.ts'

const ISSUER = 'https://keys.example.com'
const NOW = 1_795_262_400_000

const CLAIMS = {
  iss: ISSUER,
  sub: 'cred_1',
  client_id: 'cred_1',
  aud: [`${ISSUER}/core`],
  iat: NOW / 1000,
  exp: NOW / 1000 + 3600,
  jti: 'jti',
  scope: 'read write',
  environment_id: 'env_1',
  project_id: 'proj_1',
  secret_prefix: '4fK9aZ2q',
  credential_revision: 3,
}

describe('readClaims', () => {
  it('gives back what a token of ours says, and nothing besides', () => {
    expect(readClaims({ ...CLAIMS, extra: 1 })).toEqual(CLAIMS)
  })

  it('takes a token that is for others as well', () => {
    expect(readClaims({ ...CLAIMS, aud: ['https://other.example', coreAudienceOf(ISSUER)] })).toMatchObject({
      jti: 'jti',
    })
  })

  const REQUIRED = Object.keys(CLAIMS).filter((name) => name !== 'credential_revision')

  it('takes a token from before tokens named a revision for one of the first', () => {
    expect(readClaims({ ...CLAIMS, credential_revision: undefined })).toEqual({ ...CLAIMS, credential_revision: 0 })
  })

  it.each(REQUIRED)('refuses a token without %s (RFC 9068 §2.2)', (name) => {
    expect(readClaims({ ...CLAIMS, [name]: undefined })).toBeNull()
  })

  it.each<[string, object]>([
    ['aud is one text', { aud: `${ISSUER}/core` }],
    ['aud is empty', { aud: [] }],
    ['aud is another resource alone', { aud: ['https://other.example/core'] }],
    ['aud is that of another issuer', { iss: 'https://other.example' }],
    ['aud is only alike', { aud: [`${ISSUER}/core/`] }],
    ['aud holds what is no text', { aud: [`${ISSUER}/core`, 1] }],
    ['sub is another than client_id', { sub: 'cred_2' }],
    ['exp is text', { exp: '1795266000' }],
    ['exp is a fraction', { exp: 1.5 }],
    ['exp is beyond every date', { exp: 2 ** 60 }],
    ['iat is text', { iat: 'x' }],
    ['scope is a list', { scope: ['read'] }],
    ['secret_prefix is a number', { secret_prefix: 12_345_678 }],
    ['environment_id is null', { environment_id: null }],
  ])('refuses a token whose %s', (_, change) => {
    expect(readClaims({ ...CLAIMS, ...change })).toBeNull()
  })

  it('answers for any JSON object, and throws for none', () => {
    const named = fc.dictionary(fc.constantFrom(...Object.keys(CLAIMS), '__proto__', 'x'), fc.jsonValue())
    fc.assert(
      fc.property(named, (payload) => {
        expect(readClaims(payload)).toBeNull()
      }),
    )
  })
})

describe('isFromTheFuture', () => {
  it.each([
    [0, false],
    [CLOCK_SKEW_SECONDS, false],
    [CLOCK_SKEW_SECONDS + 1, true],
    [-86_400, false],
  ])('of a token issued %i seconds from now is %s', (seconds, expected) => {
    expect(isFromTheFuture({ iat: NOW / 1000 + seconds }, NOW)).toBe(expected)
  })
})

describe('scopesOf', () => {
  it.each([
    ['', []],
    ['read', ['read']],
    ['read write', ['read', 'write']],
  ])('of %j are %j', (scope, scopes) => {
    expect(scopesOf({ scope })).toEqual(scopes)
  })
})

describe('MAX_TOKEN_LENGTH', () => {
  it('is longer than any token of ours, also one with every scope there may be', () => {
    const scope = Array.from({ length: MAX_SCOPES }, () => 's'.repeat(64)).join(' ')
    const claims = { ...CLAIMS, scope, aud: [coreAudienceOf(ISSUER), 'a'.repeat(200)], jti: crypto.randomUUID() }

    const length = Math.ceil((JSON.stringify(claims).length * 4) / 3) + 300

    expect(MAX_TOKEN_LENGTH).toBeGreaterThan(length)
  })
})
