// Access tokens of either algorithm: each is verified by the published key it names, with the algorithm of that key.
import { env } from 'cloudflare:workers'
import { createHmac } from 'node:crypto'
import { createLocalJWKSet, exportJWK, exportSPKI, importJWK, jwtVerify, SignJWT } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { TOKEN_ALGORITHMS, type TokenAlgorithm } from '../../src/core/signing-key.ts'
import { looksLikeAccessToken } from '../../src/service/access-tokens.ts'
import { findPublicKey, getSigner, readJwkSet, renewSigningKeys } from '../../src/service/signing-keys.ts'
import { ORIGIN } from '../support/client.ts'
import { anotherIsolate, NOON, type TestDeps, testDeps, verifyAccessToken, verifyAny } from '../support/factory.ts'
import {
  aClientWithToken,
  anAccessToken,
  bytesToBase64Url,
  readJwt,
  signedByUs,
  signingWith,
  toBase64Url,
} from '../support/oauth.ts'

beforeEach(async () => {
  await env.DB.exec('DELETE FROM signing_keys')
})

const verdict = (deps: TestDeps, token: string) => verifyAccessToken(deps, null, { token })
const partsOf = (token: string) => token.split('.') as [string, string, string] // of a JWT
const headerOf = (token: string) => readJwt(token).header

/** The same stores in an isolate that remembers nothing, of a deployment that has chosen the algorithm. */
const deployedWith = (deps: TestDeps, algorithm: TokenAlgorithm) => signingWith(anotherIsolate(deps), algorithm)

/** Claims of the token under another header, with what the real signing key has signed, whatever the header says. */
async function signedAs(deps: TestDeps, token: string, header: Record<string, unknown>): Promise<string> {
  const { key } = await getSigner(deps)
  const signed = `${toBase64Url({ ...headerOf(token), ...header })}.${partsOf(token)[1]}`
  const signature = await crypto.subtle.sign(key.algorithm.name, key, new TextEncoder().encode(signed))
  return `${signed}.${bytesToBase64Url(new Uint8Array(signature))}`
}

const otherThan = (algorithm: TokenAlgorithm): TokenAlgorithm => (algorithm === 'EdDSA' ? 'RS256' : 'EdDSA')

describe.each(TOKEN_ALGORITHMS)('a deployment that signs with %s', (algorithm) => {
  it('issues tokens that it verifies, warm and cold, and so does one that signs with the other', async () => {
    const deps = signingWith(testDeps(), algorithm)
    const { token } = await aClientWithToken(deps)

    expect(headerOf(token)).toEqual({ alg: algorithm, typ: 'at+jwt', kid: (await getSigner(deps)).kid })
    for (const each of [deps, deps, anotherIsolate(deps), deployedWith(deps, otherThan(algorithm))]) {
      expect(await verifyAny(each, null, { token })).toMatchObject({ valid: true, kind: 'access_token' })
    }
  })

  it('publishes a key that a library verifies them with', async () => {
    const deps = signingWith(testDeps(), algorithm)
    const { token } = await aClientWithToken(deps)

    const verified = await jwtVerify(token, createLocalJWKSet(await readJwkSet(deps)), {
      issuer: ORIGIN,
      audience: `${ORIGIN}/core`,
      typ: 'at+jwt',
      algorithms: [algorithm],
      currentDate: new Date(NOON),
    })

    expect(verified.protectedHeader.alg).toBe(algorithm)
  })

  it('cannot give the private key away, in memory or in D1', async () => {
    const { key } = await getSigner(signingWith(testDeps(), algorithm))

    expect(key.extractable).toBe(false)
    const { results } = await env.DB.prepare('SELECT * FROM signing_keys').all()
    expect(JSON.stringify(results)).not.toMatch(/"(d|p|q|dp|dq|qi)\\?"/)
  })

  it('refuses another spelling of the same signature', async () => {
    const deps = signingWith(testDeps(), algorithm)
    const { token } = await aClientWithToken(deps)
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = letters.indexOf(token.slice(-1))

    for (let bits = 1; bits < 16; bits += 1) {
      expect(await verifyAny(deps, null, { token: token.slice(0, -1) + letters[last + bits] })).toMatchObject({
        code: 'malformed',
      })
    }
  })

  it.each<[string, (deps: TestDeps, token: string) => Promise<string> | string]>([
    ['the name of the other algorithm', (deps, token) => signedAs(deps, token, { alg: otherThan(algorithm) })],
    ['no algorithm', (deps, token) => signedAs(deps, token, { alg: 'none' })],
    ['the name of a related algorithm', (deps, token) => signedAs(deps, token, { alg: 'RS512' })],
    ['PS256', (deps, token) => signedAs(deps, token, { alg: 'PS256' })],
    ['the type of another JWT', (deps, token) => signedAs(deps, token, { typ: 'JWT' })],
    ['the kid of the key of the other algorithm', (deps, token) => withOtherKid(deps, token)],
    ['HS256 with the public key as PEM', (deps, token) => hmacSigned(deps, token, exportPem)],
    ['HS256 with the JWK', (deps, token) => hmacSigned(deps, token, async (jwk) => JSON.stringify(jwk))],
    ['the signature of a stranger under our kid', (_, token) => signedByStranger(token, algorithm)],
    ['that of a stranger with the other algorithm', (_, token) => signedByStranger(token, otherThan(algorithm))],
    ['a signature of zeros', (_, token) => `${partsOf(token).slice(0, 2).join('.')}.${'A'.repeat(342)}`],
  ])('refuses a token with %s, warm and cold', async (_, forge) => {
    const deps = signingWith(testDeps(), algorithm)
    await getSigner(deployedWith(deps, otherThan(algorithm)))
    const { token } = await aClientWithToken(deps)
    expect(await verdict(deps, token)).toMatchObject({ valid: true })

    const forged = await forge(deps, token)

    for (const each of [deps, anotherIsolate(deps)]) {
      expect(await verifyAny(each, null, { token: forged })).toEqual({
        valid: false,
        code: expect.stringMatching(/^(malformed|not_found)$/),
      })
    }
  })

  it('takes what its key has signed, and nothing else is told by the tests above', async () => {
    const deps = signingWith(testDeps(), algorithm)
    const { token } = await aClientWithToken(deps)

    expect(await verdict(deps, await signedAs(deps, token, {}))).toMatchObject({ valid: true })
    expect(await verdict(deps, await signedByUs(deps, readJwt(token).payload))).toMatchObject({ valid: true })
  })
})

describe('changing the algorithm of a deployment', () => {
  it.each(TOKEN_ALGORITHMS)(
    'from %s makes a new key at once, and breaks no live token for its life',
    async (before) => {
      const deps = signingWith(testDeps(), before)
      const client = await aClientWithToken(deps)
      const changed = deployedWith(deps, otherThan(before))

      const later = await anAccessToken(changed, client)

      expect(headerOf(later)['alg']).toBe(otherThan(before))
      expect((await readJwkSet(changed)).keys.map(({ alg }) => alg).sort()).toEqual(['EdDSA', 'RS256'])
      deps.setTime(NOON + 3_599_000)
      for (const each of [deps, changed, anotherIsolate(changed)]) {
        for (const token of [client.token, later]) expect(await verdict(each, token)).toMatchObject({ valid: true })
      }
    },
  )

  it('and back goes on with the key from before', async () => {
    const deps = testDeps()
    const { kid } = await getSigner(deps)
    await getSigner(deployedWith(deps, 'RS256'))

    expect((await getSigner(deployedWith(deps, 'EdDSA'))).kid).toBe(kid)
    expect((await readJwkSet(anotherIsolate(deps))).keys).toHaveLength(2)
  })

  it('makes one key, however many isolates are first', async () => {
    const deps = testDeps()
    await getSigner(deps)

    const signers = await Promise.all(Array.from({ length: 4 }, () => getSigner(deployedWith(deps, 'RS256'))))

    expect(new Set(signers.map(({ kid }) => kid)).size).toBe(1)
  })

  it('is prepared by the cron, so that the key is published before the first token is asked for', async () => {
    const deps = testDeps()
    await getSigner(deps)
    const changed = deployedWith(deps, 'RS256')

    await renewSigningKeys(changed)

    expect((await readJwkSet(changed)).keys.map(({ alg }) => alg)).toContain('RS256')
  })
})

describe('the published RSA key', () => {
  it('is what RFC 7518 §6.3.1 says of one of 2048 bits, and nothing private', async () => {
    const deps = signingWith(testDeps(), 'RS256')
    const { kid } = await getSigner(deps)

    expect(await readJwkSet(deps)).toEqual({
      keys: [{ kty: 'RSA', n: expect.stringMatching(/^[\w-]{342}$/), e: 'AQAB', kid, use: 'sig', alg: 'RS256' }],
    })
    expect((await findPublicKey(deps, kid))?.algorithm).toBe('RS256')
  })
})

describe('looksLikeAccessToken', () => {
  const withSignature = (signature: string) => `eyJh.eyJp.${signature}`

  it.each([
    [86, 'A', true],
    [86, 'Q', true],
    [86, 'g', true],
    [86, 'w', true],
    [342, 'A', true],
    [342, 'w', true],
    [342, 'B', false],
    [342, '_', false],
    [86, 'x', false],
    [85, 'A', false],
    [87, 'A', false],
    [341, 'A', false],
    [343, 'A', false],
    [172, 'A', false],
  ])('of a signature of %i letters that ends in %s says %s', (length, last, expected) => {
    expect(looksLikeAccessToken(withSignature('x'.repeat(length - 1) + last))).toBe(expected)
  })
})

async function withOtherKid(deps: TestDeps, token: string): Promise<string> {
  const { kid, algorithm } = await getSigner(deployedWith(deps, headerOf(token)['alg'] === 'EdDSA' ? 'RS256' : 'EdDSA'))
  return signedAs(deps, token, { kid, alg: algorithm })
}

type Jwk = Awaited<ReturnType<typeof readJwkSet>>['keys'][number]

async function hmacSigned(deps: TestDeps, token: string, secretOf: (jwk: Jwk) => Promise<string>): Promise<string> {
  const jwk = (await readJwkSet(deps)).keys.find(({ kid }) => kid === headerOf(token)['kid'])
  if (jwk === undefined) throw new Error('the key is not published')
  const signed = `${toBase64Url({ ...headerOf(token), alg: 'HS256' })}.${partsOf(token)[1]}`
  return `${signed}.${bytesToBase64Url(
    createHmac('sha256', await secretOf(jwk))
      .update(signed)
      .digest(),
  )}`
}

const exportPem = async (jwk: Jwk) => exportSPKI((await importJWK(jwk, jwk.alg)) as CryptoKey) // it is an asymmetric key

async function signedByStranger(token: string, alg: TokenAlgorithm): Promise<string> {
  const algorithm =
    alg === 'EdDSA'
      ? { name: 'Ed25519' }
      : {
          name: 'RSASSA-PKCS1-v1_5',
          modulusLength: 2048,
          publicExponent: new Uint8Array([1, 0, 1]),
          hash: 'SHA-256',
        }
  const pair = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair // both make pairs
  return new SignJWT(readJwt(token).payload)
    .setProtectedHeader({ ...headerOf(token), alg, jwk: await exportJWK(pair.publicKey) })
    .sign(pair.privateKey)
}
