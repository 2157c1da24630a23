// Tokens that were made by others than the issuer, or changed on their way: none is taken for one of ours.
import { createHmac } from 'node:crypto'
import { base64url, exportJWK, exportSPKI, importJWK, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import type { AccessTokenClaims } from '../../src/core/access-token.ts'
import { looksLikeAccessToken, readSignedClaims } from '../../src/service/access-tokens.ts'
import { readJwkSet } from '../../src/service/signing-keys.ts'
import { untouchable } from '../support/broken-bindings.ts'
import { ORIGIN } from '../support/client.ts'
import { anotherIsolate, NOON, type TestDeps, testDeps, verifyAccessToken, verifyAny } from '../support/factory.ts'
import { aClientWithToken, bytesToBase64Url, readJwt, signedByUs, toBase64Url } from '../support/oauth.ts'

const SECOND = NOON / 1000

const verdict = (deps: TestDeps, token: string) => verifyAccessToken(deps, null, { token })

/** Deps none of whose stores may be touched. */
const cutOff = (deps: TestDeps): TestDeps => ({
  ...deps,
  db: untouchable(),
  nearest: () => untouchable(),
  ledger: untouchable(),
  revocations: untouchable(),
})

describe('a forged token', () => {
  const forgeries: [string, (deps: TestDeps, token: string) => Promise<string> | string][] = [
    ['alg none without a signature', (_, token) => `${withHeader(token, { alg: 'none' })}.`],
    ['alg none with the signature', (_, token) => `${withHeader(token, { alg: 'none' })}.${signatureOf(token)}`],
    ['alg None', (_, token) => `${withHeader(token, { alg: 'None' })}.${signatureOf(token)}`],
    ['no alg', (_, token) => `${withHeader(token, { alg: undefined })}.${signatureOf(token)}`],
    ['alg Ed25519', (_, token) => `${withHeader(token, { alg: 'Ed25519' })}.${signatureOf(token)}`],
    ['alg in lower case', (_, token) => `${withHeader(token, { alg: 'eddsa' })}.${signatureOf(token)}`],
    ['alg in a list', (_, token) => `${withHeader(token, { alg: ['EdDSA'] })}.${signatureOf(token)}`],
    [
      'HS256 with the raw public key',
      async (deps, token) => hmacSigned(token, base64url.decode((await publicJwk(deps)).x)),
    ],
    ['HS256 with x as text', async (deps, token) => hmacSigned(token, (await publicJwk(deps)).x)],
    ['HS256 with the JWK as text', async (deps, token) => hmacSigned(token, JSON.stringify(await publicJwk(deps)))],
    ['HS256 with the key as PEM', async (deps, token) => hmacSigned(token, await publicPem(deps))],
    [
      'HS512 padded to the length of a signature',
      async (deps, token) => hmacSigned(token, (await publicJwk(deps)).x, 'HS512', 'sha512'),
    ],
    ['another key under our kid', async (_, token) => signedByStranger(token, {})],
    ['another key under its own kid', async (_, token) => signedByStranger(token, { kid: 'x'.repeat(43) })],
    ['another key embedded as jwk', async (_, token) => signedByStranger(token, {}, true)],
    ['another key at a jku', async (_, token) => signedByStranger(token, { jku: 'https://evil.test/jwks.json' })],
    ['another key at an x5u', async (_, token) => signedByStranger(token, { x5u: 'https://evil.test/cert.pem' })],
    ['another key in an x5c', async (_, token) => signedByStranger(token, { x5c: ['MIIB'] })],
    [
      'another key of another issuer',
      async (_, token) =>
        signedByStranger(token, {}, false, { iss: 'https://evil.test', aud: ['https://evil.test/core'] }),
    ],
    ['no kid', (_, token) => `${withHeader(token, { kid: undefined })}.${signatureOf(token)}`],
    ['an empty kid', (_, token) => `${withHeader(token, { kid: '' })}.${signatureOf(token)}`],
    [
      'a kid that is a list',
      (_, token) => `${withHeader(token, { kid: [readJwt(token).header['kid']] })}.${signatureOf(token)}`,
    ],
    ['a kid that is an object', (_, token) => `${withHeader(token, { kid: {} })}.${signatureOf(token)}`],
    ['a kid that is a number', (_, token) => `${withHeader(token, { kid: 1 })}.${signatureOf(token)}`],
    [
      'a kid that is a path',
      (_, token) => `${withHeader(token, { kid: '../../../../dev/null' })}.${signatureOf(token)}`,
    ],
    ['a kid that is SQL', (_, token) => `${withHeader(token, { kid: "x' OR '1'='1" })}.${signatureOf(token)}`],
    ['a kid that is __proto__', (_, token) => `${withHeader(token, { kid: '__proto__' })}.${signatureOf(token)}`],
    [
      'the kid of another key',
      (_, token) =>
        `${withHeader(token, { kid: `${String(readJwt(token).header['kid']).slice(0, -1)}0` })}.${signatureOf(token)}`,
    ],
    ['a crit that is not understood', (_, token) => `${withHeader(token, { crit: ['exp'] })}.${signatureOf(token)}`],
    ['b64 false', (_, token) => `${withHeader(token, { b64: false, crit: ['b64'] })}.${signatureOf(token)}`],
    ['a later end', (_, token) => withPayload(token, { exp: SECOND + 864_000 })],
    ['another client', (_, token) => withPayload(token, { sub: 'cred_x', client_id: 'cred_x' })],
    ['another environment', (_, token) => withPayload(token, { environment_id: 'env_x' })],
    ['more scopes', (_, token) => withPayload(token, { scope: 'read write admin' })],
    [
      'the payload twice',
      (_, token) => `${token.split('.')[0]}.${token.split('.')[1]}${token.split('.')[1]}.${signatureOf(token)}`,
    ],
    ['a signature of zeros', (_, token) => `${token.split('.').slice(0, 2).join('.')}.${'A'.repeat(86)}`],
    ['no signature', (_, token) => `${token.split('.').slice(0, 2).join('.')}.`],
    ['two parts', (_, token) => token.split('.').slice(0, 2).join('.')],
    ['four parts', (_, token) => `${token}.${signatureOf(token)}`],
    ['the five parts of a JWE', (_, token) => [...token.split('.'), 'AAAA', 'AAAA'].join('.')],
    ['empty parts', () => '..'],
    ['a header that is no JSON', (_, token) => `${toBase64Url('{')}.${token.split('.').slice(1).join('.')}`],
    ['a header that is a list', (_, token) => `${toBase64Url('[]')}.${token.split('.').slice(1).join('.')}`],
    ['a header that is null', (_, token) => `${toBase64Url('null')}.${token.split('.').slice(1).join('.')}`],
    ['padding', (_, token) => `${token}==`],
    ['padding inside', (_, token) => token.replace('.', '=.')],
    ['the letters of base64', (_, token) => `${token.slice(0, -2)}+/`],
    ['a leading space', (_, token) => ` ${token}`],
    ['a trailing space', (_, token) => `${token} `],
    ['a trailing newline', (_, token) => `${token}\n`],
    ['a newline between its parts', (_, token) => token.replace('.', '.\n')],
    ['a NUL', (_, token) => `${token}\u0000`],
    ['a letter that looks alike', (_, token) => token.replace('e', '\u0435')],
    ['another spelling of the same signature', (_, token) => otherSpelling(token)],
    ['64 KiB', (_, token) => `${token.split('.')[0]}.${'A'.repeat(65_536)}.${signatureOf(token)}`],
    ['64 KiB of dots', () => '.'.repeat(65_536)],
  ]

  it.each(forgeries)('with %s is refused as one that is none, warm and cold', async (_, forge) => {
    const deps = testDeps()
    const { token } = await aClientWithToken(deps)
    expect(await verdict(deps, token)).toMatchObject({ valid: true })
    const forged = await forge(deps, token)
    expect(forged).not.toBe(token)

    for (const each of [deps, anotherIsolate(deps)]) {
      expect(await verifyAny(each, null, { token: forged })).toEqual({
        valid: false,
        code: expect.stringMatching(/^(malformed|not_found)$/),
      })
    }
  })

  const SIGNED: [string, Record<string, unknown>, Record<string, unknown>][] = [
    ['of type JWT', { typ: 'JWT' }, {}],
    ['of no type', { typ: undefined }, {}],
    ['of the type of an ID token', { typ: 'id+jwt' }, {}],
    ['of the type of a logout token', { typ: 'logout+jwt' }, {}],
    ['for another resource alone', {}, { aud: ['https://api.example.com'] }],
    ['with one audience as text', {}, { aud: `${ORIGIN}/core` }],
    ['of another issuer', {}, { iss: 'https://evil.test' }],
    ['without an end', {}, { exp: undefined }],
    ['without a beginning', {}, { iat: undefined }],
    ['without a prefix', {}, { secret_prefix: undefined }],
    ['for another subject than the client', {}, { sub: 'someone' }],
    ['that is not valid yet', {}, { nbf: SECOND + 3600 }],
    ['issued in an hour', {}, { iat: SECOND + 3600 }],
    ['that names a prefix nobody has', {}, { secret_prefix: '00000000' }],
  ]

  it.each(SIGNED)('that our own key signed, %s, is refused', async (_, header, payload) => {
    const deps = testDeps()
    const { token } = await aClientWithToken(deps)

    const signed = await signedByUs(deps, { ...claimsOf(token), ...payload }, header)

    expect(await verdict(deps, signed)).toEqual({
      valid: false,
      code: expect.stringMatching(/^(malformed|not_found)$/),
    })
  })

  it('is told from a good one by nothing else that the tests do', async () => {
    const deps = testDeps()
    const { token } = await aClientWithToken(deps)

    expect(await verdict(deps, await signedByUs(deps, claimsOf(token)))).toMatchObject({ valid: true })
  })

  it('is remembered by nobody', async () => {
    const deps = testDeps()
    const { token } = await aClientWithToken(deps)
    await verdict(deps, token)
    const { size } = deps.isolate.keyring.tokens

    for (const [, forge] of forgeries) await readSignedClaims(deps, await forge(deps, token))

    expect(deps.isolate.keyring.tokens.size).toBe(size)
  })

  it('costs no I/O when it does not look like one', async () => {
    const deps = cutOff(testDeps())

    for (const token of ['', '.', 'a.b.c', `${'a'.repeat(70_000)}.b.c`, 'nsl_x', '🔑']) {
      expect(await verifyAccessToken(deps, null, { token })).toEqual({ valid: false, code: 'malformed' })
    }
  })
})

describe('looksLikeAccessToken', () => {
  it('takes no time that grows faster than the text', () => {
    const texts = [`${'a.'.repeat(60_000)}`, 'a'.repeat(120_000), `${'a'.repeat(60_000)}.${'a'.repeat(60_000)}!`]

    for (const text of texts) expect(looksLikeAccessToken(text)).toBe(false)
  })
})

const claimsOf = (token: string) => readJwt(token).payload as AccessTokenClaims // the tests' own tokens
const signatureOf = (token: string) => token.split('.')[2] ?? ''

/** Header and payload of the token, the header changed; undefined takes a parameter away. */
function withHeader(token: string, change: Record<string, unknown>): string {
  return `${toBase64Url({ ...readJwt(token).header, ...change })}.${token.split('.')[1]}`
}

const withPayload = (token: string, change: object) =>
  `${token.split('.')[0]}.${toBase64Url({ ...readJwt(token).payload, ...change })}.${signatureOf(token)}`

function hmacSigned(token: string, key: string | Uint8Array, alg = 'HS256', hash = 'sha256'): string {
  const signed = withHeader(token, { alg })
  return `${signed}.${bytesToBase64Url(createHmac(hash, key).update(signed).digest())}`
}

async function publicJwk(deps: TestDeps) {
  const jwk = (await readJwkSet(deps)).keys.find(({ kty }) => kty === 'OKP')
  if (jwk?.kty !== 'OKP') throw new Error('no Ed25519 key is published')
  return jwk
}

const publicPem = async (deps: TestDeps) => exportSPKI((await importJWK(await publicJwk(deps), 'EdDSA')) as CryptoKey) // it is an asymmetric key

async function signedByStranger(
  token: string,
  header: object,
  embedded = false,
  payload: object = {},
): Promise<string> {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair // Ed25519 makes pairs
  const jwk = await exportJWK(pair.publicKey)
  return new SignJWT({ ...claimsOf(token), ...payload })
    .setProtectedHeader({ ...readJwt(token).header, ...(embedded ? { jwk } : {}), ...header, alg: 'EdDSA' })
    .sign(pair.privateKey)
}

/** The last letter holds two bits of the signature and four that lenient decoders ignore. */
function otherSpelling(token: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return token.slice(0, -1) + letters[letters.indexOf(token.slice(-1)) + 1]
}
