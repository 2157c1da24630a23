// A ledger spread over several objects: what is said to one key's secrets is said on every shard they are filed.
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { mintToken } from '../../src/core/token.ts'
import { Isolate } from '../../src/edge/isolate.ts'
import type { LedgerClient } from '../../src/edge/ledger-client.ts'
import { editEnvironment } from '../../src/service/environments.ts'
import { editKey, getKey, rotateKey } from '../../src/service/keys.ts'
import { revokeEnvironmentKeys } from '../../src/service/revoke-environment.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { sweep } from '../../src/service/sweep.ts'
import { verifyKey } from '../../src/service/verify.ts'
import { failingD1 } from '../support/broken-bindings.ts'
import { aCaller, anotherIsolate, aStoredKey, ledgerAt, NOON, type TestDeps, testDeps } from '../support/factory.ts'

const SHARDS = 3

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
})

/** Deps over a ledger of three objects. */
function shardedDeps(given: Parameters<typeof testDeps>[0] = {}): TestDeps {
  const deps = testDeps(given)
  return { ...deps, ledger: ledgerAt(deps.clock, { shards: SHARDS }) }
}

const shardOf = ({ ledger }: TestDeps, token: string) => ledger.shardOf(token.split('_')[1] ?? '')
const codeIn = async (deps: TestDeps, token: string) => (await verifyKey(deps, null, { token })).code

/** Chance that gives the next token a prefix on the shard. */
function prefixOn(deps: TestDeps, shard: number): TestDeps['random'] {
  for (;;) {
    const { token, prefix } = mintToken(deps.config.brand, deps.random)
    if (shardOf(deps, token) !== shard) continue
    let first = true
    return (count) => {
      const bytes = first ? Uint8Array.from(prefix, (letter) => ALPHABET.indexOf(letter)) : deps.random(count)
      first = false
      return bytes
    }
  }
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A key with a live secret on each of two shards, and an isolate that remembers both. */
async function aKeyOnTwoShards() {
  const deps = shardedDeps()
  const { key, token, environment } = await aStoredKey({ ...deps, random: prefixOn(deps, 0) })
  const rotation = { ...deps, random: prefixOn(deps, 2) }
  const { token: second } = await rotateKey(rotation, aCaller(), key.id, { overlapSeconds: 3600 })
  const tokens = [token, second]
  expect(tokens.map((each) => shardOf(deps, each))).toEqual([0, 2])
  const elsewhere = anotherIsolate(deps)
  for (const each of tokens) expect(await codeIn(elsewhere, each)).toBe('valid')
  return {
    deps,
    elsewhere,
    key,
    tokens,
    environment,
    codes: (at: TestDeps) => Promise.all(tokens.map((each) => codeIn(at, each))),
  }
}

describe('a key with secrets on several shards', () => {
  it('is dead by every secret, at once here and elsewhere when the bound is over', async () => {
    const { deps, elsewhere, key, codes } = await aKeyOnTwoShards()

    await revokeKey(deps, aCaller(), key.id, {})

    expect(await codes(deps)).toEqual(['revoked', 'revoked'])
    deps.setTime(NOON + 5001)
    expect(await codes(elsewhere)).toEqual(['revoked', 'revoked'])
  })

  it('is dead by every secret when it is revoked by its id', async () => {
    const { deps, elsewhere, key, codes } = await aKeyOnTwoShards()

    await revokeKey(shardedDeps({ db: failingD1() }), aCaller(), key.id, {})

    deps.setTime(NOON + 5001)
    expect(await codes(elsewhere)).toEqual(['revoked', 'revoked'])
    expect(await codes(anotherIsolate(deps))).toEqual(['revoked', 'revoked'])
  })

  it('is dead by every secret when its environment is revoked', async () => {
    const { deps, elsewhere, environment, codes } = await aKeyOnTwoShards()
    deps.setTime(NOON + 1)

    await revokeEnvironmentKeys(deps, aCaller(), environment.id, {})

    deps.setTime(NOON + 5002)
    expect(await codes(elsewhere)).toEqual(['revoked', 'revoked'])
  })

  it('is edited for every secret', async () => {
    const { deps, elsewhere, key, codes } = await aKeyOnTwoShards()

    await editKey(deps, aCaller(), key.id, { enabled: false })

    deps.setTime(NOON + 5001)
    expect(await codes(elsewhere)).toEqual(['disabled', 'disabled'])
  })

  it('follows its environment by every secret', async () => {
    const { deps, elsewhere, tokens, environment } = await aKeyOnTwoShards()

    await editEnvironment(deps, aCaller(), environment.id, { bounds: { maxStalenessMs: 100 } })

    deps.setTime(NOON + 5001)
    for (const token of tokens)
      expect(await verifyKey(elsewhere, null, { token })).toMatchObject({ freshness: { boundMs: 100 } })
  })

  it('has a lease for each shard, so that one that is silent stops no other', async () => {
    const { deps, elsewhere, tokens } = await aKeyOnTwoShards()
    const [first = '', second = ''] = tokens
    const sync: LedgerClient['sync'] = async (shard, question) => {
      if (shard === 0) throw new Error('Network connection lost.')
      return deps.ledger.sync(shard, question)
    }
    deps.setTime(NOON + 5001)
    const broken = { ...elsewhere, ledger: { ...deps.ledger, sync } }

    expect([await codeIn(broken, first), await codeIn(broken, second)]).toEqual(['unavailable', 'valid'])
  })
})

describe('a change of a ledger of several shards', () => {
  it('is refused when one of those it concerns cannot be asked', async () => {
    const { deps, key } = await aKeyOnTwoShards()
    const record: LedgerClient['record'] = async (shard, ...change) => {
      if (shard === 2) throw new Error('Network connection lost.')
      return deps.ledger.record(shard, ...change)
    }

    const revocation = revokeKey({ ...deps, ledger: { ...deps.ledger, record } }, aCaller(), key.id, {})

    await expect(revocation).rejects.toMatchObject({ code: 'unavailable' })
    expect(await getKey(deps, aCaller(), key.id)).toMatchObject({ revokedAt: null })
    expect(await revokeKey(deps, aCaller(), key.id, {})).toMatchObject({ receipt: { recorded: 'recorded' } })
  })

  it('is written into D1 by the sweep, from every shard', async () => {
    const deps = shardedDeps()
    const keys = await Promise.all([0, 1, 2].map((shard) => aStoredKey({ ...deps, random: prefixOn(deps, shard) })))
    for (const { key } of keys) await revokeKey(shardedDeps({ db: failingD1() }), aCaller(), key.id, {})
    deps.setTime(NOON + 3_600_000)

    expect(await sweep(deps)).toMatchObject({ caughtUp: true })

    for (const { key } of keys) expect(await getKey(deps, aCaller(), key.id)).toMatchObject({ revokedAt: NOON })
  })
})

describe('a rotation that races with the revocation of its key', () => {
  it('leaves no secret alive, in whatever order the shards hear of the two', async () => {
    const deps = shardedDeps()
    const { key, token } = await aStoredKey({ ...deps, random: prefixOn(deps, 0) })
    const elsewhere = anotherIsolate(deps)
    const [rotationOnOld, revocationOnNew, release] = [aGate(), aGate(), aGate()]
    const isolated = (record: LedgerClient['record'], random = deps.random): TestDeps => ({
      ...deps,
      isolate: new Isolate(),
      random,
      ledger: { ...deps.ledger, record },
    })
    // Shard 0 hears of the rotation first, shard 2 of the revocation.
    const revoking = isolated(async (shard, ...change) => {
      if (shard === 0) await rotationOnOld.opened
      const answer = await deps.ledger.record(shard, ...change)
      if (shard === 2) revocationOnNew.open()
      if (shard === 0) await release.opened
      return answer
    })
    const rotating = isolated(
      async (shard, ...change) => {
        if (shard === 2) await revocationOnNew.opened
        const answer = await deps.ledger.record(shard, ...change)
        if (shard === 0) rotationOnOld.open()
        return answer
      },
      prefixOn(deps, 2),
    )

    const revocation = revokeKey(revoking, aCaller(), key.id, {})
    const rotation = await rotateKey(rotating, aCaller(), key.id, { overlapSeconds: 60 }).catch(() => null)
    const tokens = rotation ? [token, rotation.token] : [token]
    for (const each of tokens) await codeIn(elsewhere, each)
    release.open()
    const { receipt } = await revocation
    deps.setTime(receipt.effectiveBy + 1)

    expect(await Promise.all(tokens.map((each) => codeIn(elsewhere, each)))).toEqual(tokens.map(() => 'revoked'))
  })

  it.each([1, SHARDS])('leaves no secret alive that any isolate remembers, with %i shards', async (shards) => {
    for (let round = 0; round < 10; round += 1) {
      const base = testDeps()
      const deps = { ...base, ledger: ledgerAt(base.clock, { shards }) }
      const { key, token } = await aStoredKey(deps)
      const elsewhere = anotherIsolate(deps)
      const rotation = rotateKey(anotherIsolate(deps), aCaller(), key.id, { overlapSeconds: 60 })
        .then(async (rotated) => {
          await codeIn(elsewhere, rotated.token)
          return rotated.token
        })
        .catch(() => token)

      const [rotated, { receipt }] = await Promise.all([rotation, revokeKey(deps, aCaller(), key.id, {})])
      deps.setTime(receipt.effectiveBy + 1)

      for (const each of [token, rotated]) expect(await codeIn(elsewhere, each)).toBe('revoked')
    }
  })
})

/** Something to wait for until it is opened. */
function aGate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}
