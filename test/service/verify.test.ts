import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createDeps } from '../../src/deps.ts'
import { editEnvironment } from '../../src/service/environments.ts'
import { editKey, getKey, rotateKey } from '../../src/service/keys.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import type { VerifyInput } from '../../src/service/verify.ts'
import {
  failingD1,
  flakyD1,
  flakyKv,
  flakyLedger,
  hangingD1,
  hangingKv,
  noPatienceOf,
  untouchable,
} from '../support/broken-bindings.ts'
import {
  aCaller,
  aManagementKey,
  anEnvironment,
  aStoredKey,
  NOON,
  type TestDeps,
  testDeps,
  verifyKey,
} from '../support/factory.ts'
import { aLostToken, aMadeUpToken } from '../support/made-up-tokens.ts'

const HOUR_MS = 3_600_000
const FRESH = { asOf: NOON, ageMs: 0, boundMs: 5000, source: 'ledger' }

const entomb = (prefix: string, value: string) => env.REVOCATIONS.put(`revoked:v1:${prefix}`, value)

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
})

async function aKeyToVerify(input: Parameters<typeof aStoredKey>[1] = {}) {
  const deps = testDeps()
  const { key, token, environment } = await aStoredKey(deps, input)
  const verify = (asked: Partial<VerifyInput> = {}, other: TestDeps = deps) =>
    verifyKey(other, null, { token, ...asked })
  return { deps, key, token, environment, verify }
}

describe('verifyKey', () => {
  it('allows a live key and tells all that its owner said of it', async () => {
    const { key, environment, verify } = await aKeyToVerify({
      scopes: ['read', 'write'],
      ownerId: 'ana',
      metadata: { a: 1 },
      expiresAt: NOON + 1,
    })

    expect(await verify({ scopes: ['write'] })).toStrictEqual({
      valid: true,
      code: 'valid',
      kind: 'api_key',
      keyId: key.id,
      name: 'billing',
      prefix: key.prefix,
      projectId: key.projectId,
      environment: { id: environment.id, name: environment.name, tag: environment.tag },
      scopes: ['read', 'write'],
      ownerId: 'ana',
      metadata: { a: 1 },
      expiresAt: NOON + 1,
      freshness: FRESH,
    })
  })

  it('denies a key from the moment it is revoked', async () => {
    const { deps, key, verify } = await aKeyToVerify()
    await revokeKey(deps, aCaller(), key.id, {})

    expect(await verify()).toStrictEqual({ valid: false, code: 'revoked', keyId: key.id, freshness: FRESH })
  })

  it('denies a key from the millisecond it expires', async () => {
    const { deps, key, verify } = await aKeyToVerify({ expiresAt: NOON + 1 })

    expect(await verify()).toMatchObject({ code: 'valid' })
    deps.setTime(NOON + 1)
    expect(await verify()).toStrictEqual({
      valid: false,
      code: 'expired',
      keyId: key.id,
      freshness: { ...FRESH, ageMs: 1, source: 'lease' },
    })
  })

  it('denies a disabled key until it is enabled again', async () => {
    const { deps, key, verify } = await aKeyToVerify({ enabled: false })

    expect(await verify()).toStrictEqual({ valid: false, code: 'disabled', keyId: key.id, freshness: FRESH })
    await editKey(deps, aCaller(), key.id, { enabled: true })
    expect(await verify()).toMatchObject({ code: 'valid' })
  })

  it('denies a key that lacks any of the scopes asked for, and names those', async () => {
    const { key, verify } = await aKeyToVerify({ scopes: ['read'] })

    expect(await verify({ scopes: ['write', 'read', 'write', 'admin'] })).toStrictEqual({
      valid: false,
      code: 'insufficient_scope',
      keyId: key.id,
      requiredScopes: ['write', 'read', 'admin'],
      missingScopes: ['write', 'admin'],
      freshness: FRESH,
    })
  })

  it('does not know a token that was never given out', async () => {
    const { deps } = await aKeyToVerify()
    const token = await aLostToken(deps)

    expect(await verifyKey(deps, null, { token })).toStrictEqual({ valid: false, code: 'not_found' })
  })

  it('does not know a token with the prefix of a key and another secret', async () => {
    const { deps, key } = await aKeyToVerify()
    const token = aMadeUpToken('nsl', key.prefix)

    expect(await verifyKey(deps, null, { token })).toStrictEqual({ valid: false, code: 'not_found' })
  })

  it('tells the earlier of the ends of key and secret', async () => {
    const { deps, key, verify } = await aKeyToVerify({ expiresAt: NOON + HOUR_MS })
    await rotateKey(deps, aCaller(), key.id, { overlapSeconds: 60 })

    expect(await verify()).toMatchObject({ valid: true, prefix: key.prefix, expiresAt: NOON + 60_000 })
  })
})

describe('the order of the rules', () => {
  async function aKeyWithEverythingWrong() {
    const made = await aKeyToVerify({ enabled: false, expiresAt: NOON + 1 })
    const verify = (environmentId?: string) => made.verify({ scopes: ['write'], environmentId })
    return { ...made, verify }
  }

  it('puts another environment first, then revoked, expired, disabled, and scopes last', async () => {
    const { deps, key, environment, verify } = await aKeyWithEverythingWrong()
    const codes = [(await verify()).code]

    await editKey(deps, aCaller(), key.id, { enabled: true })
    codes.unshift((await verify()).code)
    await editKey(deps, aCaller(), key.id, { enabled: false })
    deps.setTime(NOON + 1)
    codes.push((await verify()).code)
    await revokeKey(deps, aCaller(), key.id, {})
    codes.push((await verify()).code, (await verify(environment.id)).code, (await verify('env_other')).code)

    expect(codes).toEqual(['insufficient_scope', 'disabled', 'expired', 'revoked', 'revoked', 'not_found'])
  })
})

describe('a malformed token', () => {
  const nowhere = () => testDeps({ db: untouchable<D1Database>(), kv: untouchable<KVNamespace>() })
  const BODY = 'a'.repeat(43)
  const MALFORMED = [
    ['', 'nothing'],
    ['hello', 'no token at all'],
    [`nsl_4fK9aZ2q_${BODY}000000`, 'a wrong checksum'],
    [`nslm_4fK9aZ2q_${BODY}000000`, 'another brand'],
    ['nsl_4fK9aZ2q_', 'no secret'],
    ["' OR 1=1 --", 'SQL'],
  ]

  it.each(MALFORMED)('costs no I/O: %s (%s)', async (token) => {
    expect(await verifyKey(nowhere(), null, { token })).toStrictEqual({ valid: false, code: 'malformed' })
  })

  it('is any text, and any minted token with one character changed or a space around it', async () => {
    const deps = nowhere()
    const token = aMadeUpToken()
    const mangled = [` ${token}`, `${token} `, `${token}\n`, token.toUpperCase(), token.slice(1), `${token}0`]

    for (const each of mangled)
      expect(await verifyKey(deps, null, { token: each })).toMatchObject({ code: 'malformed' })
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        expect(await verifyKey(deps, null, { token: text })).toEqual({ valid: false, code: 'malformed' })
      }),
    )
  })

  it('is a management key, to which no API key is ever mistaken', async () => {
    const { token } = await aManagementKey(testDeps(), { role: 'admin' })

    expect(await verifyKey(nowhere(), null, { token })).toMatchObject({ code: 'malformed' })
  })

  it('is the hash of a live token', async () => {
    const { key } = await aKeyToVerify()
    const row = await env.DB.prepare('SELECT hash FROM api_key_secrets WHERE key_id = ?')
      .bind(key.id)
      .first<{ hash: string }>()

    expect(await verifyKey(nowhere(), null, { token: row?.hash ?? '' })).toMatchObject({ code: 'malformed' })
  })
})

describe('a tombstone', () => {
  const GARBAGE = ['', '{}', 'null', 'not JSON', '[]', '{"keyId":1}', '0']

  it('alone denies a key that D1 still says is live', async () => {
    const { key, verify } = await aKeyToVerify()
    await entomb(key.prefix, JSON.stringify({ keyId: key.id, environmentId: key.environmentId, revokedAt: NOON }))

    expect(await verify()).toStrictEqual({ valid: false, code: 'revoked', keyId: key.id, freshness: FRESH })
  })

  it.each(GARBAGE)('denies whatever it holds: %j', async (value) => {
    const { key, verify } = await aKeyToVerify()
    await entomb(key.prefix, value)

    expect(await verify()).toMatchObject({ valid: false, code: 'revoked', keyId: key.id })
  })

  it('denies only the secret it names', async () => {
    const { deps, key, token } = await aKeyToVerify()
    const { token: fresh } = await rotateKey(deps, aCaller(), key.id, { overlapSeconds: 60 })
    await entomb(key.prefix, '{}')

    expect(await verifyKey(deps, null, { token })).toMatchObject({ code: 'revoked' })
    expect(await verifyKey(deps, null, { token: fresh })).toMatchObject({ code: 'valid' })
  })
})

describe('when D1 cannot be asked', () => {
  const withoutD1 = (kv = env.REVOCATIONS) => testDeps({ db: failingD1(), kv })

  it('the verdict is unavailable, for a live key and for an unknown one', async () => {
    const { deps, verify } = await aKeyToVerify()
    const unknown = await aLostToken(deps)

    for (const asked of [{}, { token: unknown }, { environmentId: 'env_other' }, { scopes: ['write'] }]) {
      expect(await verify(asked, withoutD1())).toStrictEqual({
        valid: false,
        code: 'unavailable',
        retryAfterSeconds: expect.any(Number),
      })
    }
  })

  it('a revoked key is still denied by its tombstone, and the answer says what was not heard', async () => {
    const { deps, key, verify } = await aKeyToVerify()
    await revokeKey(deps, aCaller(), key.id, {})

    expect(await verify({ maxStalenessMs: 100 }, withoutD1())).toStrictEqual({
      valid: false,
      code: 'revoked',
      keyId: key.id,
      freshness: { ...FRESH, boundMs: 100, degraded: ['d1'] },
    })
  })

  it('the bound of the answer is a number even when none was asked for', async () => {
    const { deps, key, verify } = await aKeyToVerify()
    await revokeKey(deps, aCaller(), key.id, {})

    const verdict = await verify({}, withoutD1())

    expect(JSON.parse(JSON.stringify(verdict))).toMatchObject({
      code: 'revoked',
      freshness: { boundMs: expect.any(Number) },
    })
  })

  it('a tombstone of another environment is not told of', async () => {
    const { deps, key, token, verify } = await aKeyToVerify()
    await revokeKey(deps, aCaller(), key.id, {})

    expect(await verify({ environmentId: 'env_other' }, withoutD1())).toStrictEqual({ valid: false, code: 'not_found' })
    expect(await verifyKey(withoutD1(), 'env_other', { token })).toStrictEqual({ valid: false, code: 'not_found' })
  })

  it('a tombstone that cannot be read allows nothing', async () => {
    const { key, verify } = await aKeyToVerify()
    await entomb(key.prefix, 'garbage')

    expect(await verify({}, withoutD1())).toMatchObject({ valid: false })
  })

  it('nor KV, a revoked key is still denied by the ledger', async () => {
    const { deps, key, verify } = await aKeyToVerify()
    await revokeKey(deps, aCaller(), key.id, {})

    expect(await verify({}, withoutD1(flakyKv(env.REVOCATIONS, { reads: true })))).toMatchObject({
      code: 'revoked',
      keyId: key.id,
    })
  })

  it('nor KV nor the ledger, the verdict is unavailable', async () => {
    const { deps, key, verify } = await aKeyToVerify()
    await revokeKey(deps, aCaller(), key.id, {})
    const alone = withoutD1(flakyKv(env.REVOCATIONS, { reads: true }))

    expect(await verify({}, { ...alone, ledger: flakyLedger(deps.ledger, { down: true }) })).toMatchObject({
      code: 'unavailable',
    })
  })

  it('because it hangs, the verdict is unavailable after five seconds', async () => {
    const { verify } = await aKeyToVerify()
    const hanging = { ...testDeps({ db: hangingD1() }), deadline: noPatienceOf(5000) }

    expect(await verify({}, hanging)).toMatchObject({ code: 'unavailable' })
  })
})

describe('when KV cannot be asked', () => {
  const withoutKv = () => testDeps({ kv: flakyKv(env.REVOCATIONS, { reads: true }) })

  it('D1 decides, and the answer says what was not heard', async () => {
    const { deps, key, verify } = await aKeyToVerify()
    const freshness = { ...FRESH, degraded: ['kv'] }

    expect(await verify({}, withoutKv())).toMatchObject({ code: 'valid', freshness })
    expect(await verify({ scopes: ['write'] }, withoutKv())).toMatchObject({ code: 'insufficient_scope', freshness })
    await revokeKey(deps, aCaller(), key.id, {})
    expect(await verify({}, withoutKv())).toStrictEqual({ valid: false, code: 'revoked', keyId: key.id, freshness })
  })

  it('because it hangs, the answer waits a second for it', async () => {
    const { verify } = await aKeyToVerify()

    const verdict = await verify({}, { ...testDeps({ kv: hangingKv() }), deadline: noPatienceOf(1000) })

    expect(verdict).toMatchObject({ code: 'valid', freshness: { degraded: ['kv'] } })
  })
})

describe('a binding to one environment', () => {
  it('is met by the keys of that environment', async () => {
    const { deps, token, environment } = await aKeyToVerify()

    expect(await verifyKey(deps, environment.id, { token, environmentId: environment.id })).toMatchObject({
      code: 'valid',
    })
  })

  it('hides every other key, live or revoked, whichever of caller and call it is', async () => {
    const { deps, key, token, environment } = await aKeyToVerify()
    const other = await anEnvironment(deps)
    const ask = async () => [
      await verifyKey(deps, other.id, { token }),
      await verifyKey(deps, null, { token, environmentId: other.id }),
      await verifyKey(deps, other.id, { token, environmentId: environment.id }),
      await verifyKey(deps, environment.id, { token, environmentId: other.id }),
    ]

    const live = await ask()
    await revokeKey(deps, aCaller(), key.id, {})
    const revoked = await ask()

    for (const verdict of [...live, ...revoked]) expect(verdict).toStrictEqual({ valid: false, code: 'not_found' })
  })
})

describe('freshness', () => {
  it.each([
    [0, 0],
    [4999, 4999],
    [60_000, 5000],
    [undefined, 5000],
  ])(
    'with maxStalenessMs %s is bound by %s: the bound is tightened and never widened',
    async (maxStalenessMs, boundMs) => {
      const { verify } = await aKeyToVerify()

      expect(await verify({ maxStalenessMs })).toMatchObject({ freshness: { boundMs } })
    },
  )

  it("follows the environment's own bound", async () => {
    const { deps, environment, verify } = await aKeyToVerify()
    await editEnvironment(deps, aCaller(), environment.id, { bounds: { maxStalenessMs: 250 } })

    expect(await verify()).toMatchObject({ freshness: { boundMs: 250 } })
  })

  it('is aged from the moment the question was asked', async () => {
    const { verify } = await aKeyToVerify()
    const slow = testDeps()
    const ledger = flakyLedger(slow.ledger, { before: async () => slow.setTime(slow.clock() + 40) })

    const verdict = await verify({}, { ...slow, ledger })

    // The second question, about the environment, was sent when the first had been answered.
    expect(verdict).toMatchObject({ freshness: { asOf: NOON + 40, ageMs: 40 } })
  })
})

describe('the last use of a key', () => {
  const lastUse = async (deps: TestDeps, keyId: string) => (await getKey(deps, aCaller(), keyId)).lastUsedAt

  it('is noted when it is allowed, at most once a minute', async () => {
    const { deps, key, verify } = await aKeyToVerify()
    const noted: (number | null)[] = []

    for (const afterMs of [0, 1, 60_000, 60_001, 90_000, 120_002]) {
      deps.setTime(NOON + afterMs)
      await verify()
      await deps.settled()
      noted.push(((await lastUse(deps, key.id)) ?? 0) - NOON)
    }

    expect(noted).toEqual([0, 0, 0, 60_001, 60_001, 120_002])
  })

  it('is not noted when it is denied', async () => {
    const { deps, key, verify } = await aKeyToVerify()
    await verify({ scopes: ['write'] })
    await verify({ environmentId: 'env_other' })
    await deps.settled()

    expect(await lastUse(deps, key.id)).toBeNull()
  })

  it('is not asked to be noted again while a note of the last minute is known', async () => {
    const { deps, verify } = await aKeyToVerify()
    await verify()
    await deps.settled()
    const background = vi.fn()

    await verify({}, { ...deps, background })

    expect(background).not.toHaveBeenCalled()
  })

  it('is no change of the key', async () => {
    const { deps, key, verify } = await aKeyToVerify()
    await verify()
    await deps.settled()

    expect(await getKey(deps, aCaller(), key.id)).toEqual({ ...key, lastUsedAt: NOON })
  })

  it('harms nothing when it cannot be written', async () => {
    const { key, verify } = await aKeyToVerify()
    const deps = testDeps({ db: flakyD1(env.DB, { statements: /^update/i }) })

    expect(await verify({}, deps)).toMatchObject({ valid: true, keyId: key.id })
    expect(await deps.settled()).toMatchObject([{ code: 'unavailable' }])
  })

  it('fails in the Worker with a line in the log and nothing else', async () => {
    const { token } = await aKeyToVerify()
    const work: Promise<unknown>[] = []
    const broken = { ...env, DB: flakyD1(env.DB, { statements: /^update/i }) }
    const error = vi.spyOn(console, 'error').mockReturnValue()

    await verifyKey(createDeps(broken, { waitUntil: (each) => work.push(each) }), null, { token })

    await Promise.all(work)
    expect(error).toHaveBeenCalledOnce()
  })
})
