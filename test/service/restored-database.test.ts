// D1 is put back to an older copy: what the ledger knows holds all the same, and the sweep writes it back.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { editEnvironment, getEnvironment } from '../../src/service/environments.ts'
import { editKey, getKey, rotateKey } from '../../src/service/keys.ts'
import { authenticate, revokeManagementKey } from '../../src/service/management-keys.ts'
import { deleteEnvironment, revokeEnvironmentKeys } from '../../src/service/revoke-environment.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { sweep } from '../../src/service/sweep.ts'
import { backUp } from '../support/backup.ts'
import { flakyKv, flakyLedger } from '../support/broken-bindings.ts'
import {
  aCaller,
  aManagementKey,
  anotherIsolate,
  aStoredKey,
  eventsOf,
  NOON,
  type TestDeps,
  testDeps,
  verifyKey,
} from '../support/factory.ts'

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
})

/** A key of which D1 forgets what `change` does to it: everything is as it was before, the marks too. */
async function aKeyRestoredFrom(
  change: (deps: TestDeps, ids: { keyId: string; environmentId: string }) => Promise<unknown>,
) {
  const deps = testDeps()
  const { key, token, environment } = await aStoredKey(deps)
  await sweep(deps)
  const restore = await backUp(env.DB)
  deps.setTime(NOON + 1000)
  const made = await change(deps, { keyId: key.id, environmentId: environment.id })
  await deps.settled()
  deps.setTime(NOON + 10_000)
  await sweep(deps)
  await restore()
  const verify = (other: TestDeps = anotherIsolate(deps)) => verifyKey(other, null, { token })
  return { deps, key, token, environment, made, restore, verify }
}

describe('a revoked key, after D1 was restored', () => {
  const aRestoredKey = () =>
    aKeyRestoredFrom((deps, { keyId }) => revokeKey(deps, aCaller(), keyId, { reason: 'compromised', note: 'x' }))

  it('is dead by the ledger, though D1 says it lives and KV cannot be asked', async () => {
    const { deps, key, verify } = await aRestoredKey()

    expect(await getKey(deps, aCaller(), key.id)).toMatchObject({ revokedAt: null })
    expect(
      await verify({ ...anotherIsolate(deps), revocations: flakyKv(env.REVOCATIONS, { reads: true }) }),
    ).toMatchObject({
      code: 'revoked',
    })
  })

  it('is dead by its tombstone, though D1 says it lives and the ledger cannot be asked', async () => {
    const { deps, verify } = await aRestoredKey()

    expect(await verify({ ...anotherIsolate(deps), ledger: flakyLedger(deps.ledger, { down: true }) })).toMatchObject({
      code: 'revoked',
    })
  })

  it('is written back by the next sweep, as it happened', async () => {
    const { deps, key, verify } = await aRestoredKey()

    expect(await sweep(deps)).toMatchObject({ caughtUp: true })

    expect(await getKey(deps, aCaller(), key.id)).toMatchObject({
      revokedAt: NOON + 1000,
      revokedReason: 'compromised',
    })
    expect(await eventsOf(deps, { keyId: key.id, action: 'key.revoked' })).toMatchObject([
      { at: NOON + 1000, after: { revokedAt: NOON + 1000, revokedReason: 'compromised', note: 'x' } },
    ])
    expect(await verify()).toMatchObject({ code: 'revoked' })
  })

  it('has the audit event of then, not another', async () => {
    const { deps, key } = await aRestoredKey()
    await sweep(deps)
    const [event] = await eventsOf(deps, { keyId: key.id, action: 'key.revoked' })

    const again = await backUp(env.DB)
    await again()
    await sweep(deps)

    expect(await eventsOf(deps, { keyId: key.id, action: 'key.revoked' })).toEqual([event])
  })

  it('can be revoked again before the sweep, and keeps its moment', async () => {
    const { deps, key } = await aRestoredKey()

    const { receipt } = await revokeKey(deps, aCaller(), key.id, {})
    await sweep(deps)

    expect(receipt.committedAt).toBe(NOON + 1000)
    expect(await eventsOf(deps, { keyId: key.id, action: 'key.revoked' })).toHaveLength(1)
  })

  it('is neither edited nor rotated before the sweep', async () => {
    const { deps, key } = await aRestoredKey()

    await expect(editKey(deps, aCaller(), key.id, { name: 'other' })).rejects.toMatchObject({ code: 'conflict' })
    await expect(rotateKey(deps, aCaller(), key.id, { overlapSeconds: 0 })).rejects.toMatchObject({ code: 'conflict' })
  })

  it('stays dead when D1 is restored over and over', async () => {
    const { deps, key, restore, verify } = await aRestoredKey()

    for (let count = 0; count < 3; count += 1) {
      await sweep(deps)
      expect(await getKey(deps, aCaller(), key.id)).toMatchObject({ revokedAt: NOON + 1000 })
      await restore()
      expect(await verify()).toMatchObject({ code: 'revoked' })
    }
  })
})

describe('an edited key, after D1 was restored', () => {
  it('stays disabled once the sweep has run', async () => {
    const { deps, verify } = await aKeyRestoredFrom((made, { keyId }) =>
      editKey(made, aCaller(), keyId, { enabled: false }),
    )

    await sweep(deps)

    expect(await verify()).toMatchObject({ code: 'disabled' })
  })

  it('is not disabled by an edit that left it enabled', async () => {
    const { deps, key, verify } = await aKeyRestoredFrom(async (made, { keyId }) => {
      await editKey(made, aCaller(), keyId, { enabled: false })
      await editKey(made, aCaller(), keyId, { enabled: true, name: 'other' })
    })

    await sweep(deps)

    expect(await verify()).toMatchObject({ code: 'valid', name: 'billing' })
    expect(await getKey(deps, aCaller(), key.id)).toMatchObject({ revision: 3, enabled: true })
  })

  it('verifies as D1 has it, from D1 each time before the sweep and from memory after it', async () => {
    const { deps, verify } = await aKeyRestoredFrom((made, { keyId }) =>
      editKey(made, aCaller(), keyId, { name: 'other' }),
    )
    const isolate = anotherIsolate(deps)

    const sources = []
    for (const swept of [false, true]) {
      if (swept) await sweep(deps)
      for (let count = 0; count < 2; count += 1) {
        const verdict = await verify(isolate)
        sources.push('freshness' in verdict && verdict.freshness.source)
      }
    }

    expect(sources).toEqual(['ledger', 'ledger', 'ledger', 'lease'])
  })

  it('can be edited and rotated again, and that is seen within the bound', async () => {
    const { deps, key, verify } = await aKeyRestoredFrom((made, { keyId }) =>
      editKey(made, aCaller(), keyId, { name: 'other' }),
    )
    const isolate = anotherIsolate(deps)
    await verify(isolate)

    await editKey(deps, aCaller(), key.id, { enabled: false })
    deps.setTime(NOON + 20_000)

    expect(await verify(isolate)).toMatchObject({ code: 'disabled' })
  })

  it('has forgotten the secret of a rotation, and the one before works as before', async () => {
    const { deps, made, verify } = await aKeyRestoredFrom((restored, { keyId }) =>
      rotateKey(restored, aCaller(), keyId, { overlapSeconds: 0 }),
    )
    await sweep(deps)
    const { token } = made as { token: string } // what rotateKey gives

    expect(await verifyKey(anotherIsolate(deps), null, { token })).toMatchObject({ code: 'not_found' })
    expect(await verify()).toMatchObject({ code: 'valid' })
  })
})

describe('an environment, after D1 was restored', () => {
  it('has its keys dead before and after the sweep, and its deletion written back', async () => {
    const { deps, key, environment, verify } = await aKeyRestoredFrom((made, { environmentId }) =>
      deleteEnvironment(made, aCaller(), environmentId, { confirm: 'Production' }),
    )

    expect(await verify()).toMatchObject({ code: 'revoked' })
    await sweep(deps)

    expect(await verify()).toMatchObject({ code: 'revoked' })
    expect(await getKey(deps, aCaller(), key.id)).toMatchObject({ revokedAt: NOON + 1000 })
    await expect(getEnvironment(deps, aCaller(), environment.id)).rejects.toMatchObject({ code: 'not_found' })
    expect(await eventsOf(deps, { environmentId: environment.id, action: 'environment.deleted' })).toHaveLength(1)
  })

  it('has its keys dead after they were revoked together, and only those', async () => {
    const { deps, key, environment, verify } = await aKeyRestoredFrom((made, { environmentId }) =>
      revokeEnvironmentKeys(made, aCaller(), environmentId, { reason: 'compromised' }),
    )
    const later = await aStoredKey(deps, { environment })

    await sweep(deps)

    expect(await verify()).toMatchObject({ code: 'revoked' })
    expect(await getKey(deps, aCaller(), key.id)).toMatchObject({
      revokedAt: NOON + 1000,
      revokedReason: 'compromised',
    })
    expect(await verifyKey(anotherIsolate(deps), null, { token: later.token })).toMatchObject({ code: 'valid' })
    expect(await eventsOf(deps, { environmentId: environment.id, action: 'environment.keys_revoked' })).toHaveLength(1)
  })

  it('can be edited again', async () => {
    const { deps, environment } = await aKeyRestoredFrom((made, { environmentId }) =>
      editEnvironment(made, aCaller(), environmentId, { name: 'Other' }),
    )
    await sweep(deps)

    expect(await editEnvironment(deps, aCaller(), environment.id, { name: 'Third' })).toMatchObject({
      name: 'Third',
      revision: 3,
    })
  })
})

describe('a management key, after D1 was restored', () => {
  it('opens nothing, before the sweep and after it', async () => {
    const deps = testDeps()
    const { managementKey, token } = await aManagementKey(deps)
    const restore = await backUp(env.DB)
    await revokeManagementKey(deps, aCaller(), managementKey.id)
    await restore()
    deps.setTime(NOON + 5000)

    await expect(authenticate(anotherIsolate(deps), token)).rejects.toMatchObject({ code: 'unauthenticated' })
    await sweep(deps)

    const stored = await env.DB.prepare('SELECT revoked_at FROM management_keys WHERE id = ?')
      .bind(managementKey.id)
      .first()
    expect(stored).toEqual({ revoked_at: NOON })
    await expect(authenticate(anotherIsolate(deps), token)).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})
