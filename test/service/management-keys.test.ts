import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ROOT } from '../../src/core/actor.ts'
import {
  authenticate,
  createManagementKey,
  listManagementKeys,
  revokeManagementKey,
} from '../../src/service/management-keys.ts'
import { deleteEnvironment } from '../../src/service/revoke-environment.ts'
import { failingD1, flakyD1, untouchable } from '../support/broken-bindings.ts'
import {
  aCaller,
  aManagementKey,
  anEnvironment,
  aStoredKey,
  eventsOf,
  FIRST_PAGE,
  NOON,
  testDeps,
} from '../support/factory.ts'
import { aMadeUpToken } from '../support/made-up-tokens.ts'

const UNAUTHENTICATED = { code: 'unauthenticated', message: 'The credential is not valid.' }

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
})

describe('authenticate', () => {
  it('knows the root key without asking any store', async () => {
    const deps = testDeps({ db: untouchable<D1Database>(), kv: untouchable<KVNamespace>() })

    expect(await authenticate(deps, env.ROOT_KEY)).toEqual(ROOT)
  })

  it.each([' ', 'x', '\n'])('does not know the root key with %j after it', async (extra) => {
    await expect(authenticate(testDeps(), env.ROOT_KEY + extra)).rejects.toMatchObject(UNAUTHENTICATED)
  })

  it('knows a live management key by its token, with its role and binding', async () => {
    const deps = testDeps()
    const environment = await anEnvironment(deps)
    const { managementKey, token } = await aManagementKey(deps, { name: 'ci', environmentId: environment.id })

    expect(await authenticate(deps, token)).toEqual({
      type: 'management_key',
      id: managementKey.id,
      name: 'ci',
      role: 'verifier',
      environmentId: environment.id,
    })
  })

  it('says the same of a revoked, an unknown, a malformed and an empty credential', async () => {
    const deps = testDeps()
    const { managementKey, token } = await aManagementKey(deps, { role: 'admin' })
    await revokeManagementKey(deps, aCaller(), managementKey.id)
    const unknown = aMadeUpToken('nslm')

    for (const credential of [token, unknown, unknown.slice(0, -1), `${unknown}x`, '', 'root']) {
      await expect(authenticate(deps, credential)).rejects.toMatchObject(UNAUTHENTICATED)
    }
  })

  it('does not know an API key, nor the hash of a management key', async () => {
    const deps = testDeps()
    const { token } = await aStoredKey(deps)
    await aManagementKey(deps, { role: 'admin' })
    const row = await env.DB.prepare('SELECT hash FROM management_keys').first<{ hash: string }>()

    await expect(authenticate(deps, token)).rejects.toMatchObject(UNAUTHENTICATED)
    await expect(authenticate(deps, row?.hash ?? '')).rejects.toMatchObject(UNAUTHENTICATED)
  })

  it('does not know a management key of another brand, even with its hash in the table', async () => {
    const deps = testDeps()
    const { token } = await aManagementKey(deps)
    const rebranded = { ...deps, config: { ...deps.config, brand: 'acme' } }

    await expect(authenticate(rebranded, token)).rejects.toMatchObject(UNAUTHENTICATED)
  })

  it('is unavailable, and not unauthenticated, while D1 cannot be asked', async () => {
    const { token } = await aManagementKey(testDeps())
    const deps = testDeps({ db: failingD1() })

    await expect(authenticate(deps, token)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(authenticate(deps, aMadeUpToken('nslm'))).rejects.toMatchObject({
      code: 'unavailable',
    })
  })

  it('still knows the root key while D1 cannot be asked', async () => {
    expect(await authenticate(testDeps({ db: failingD1() }), env.ROOT_KEY)).toEqual(ROOT)
  })

  it('notes the last use, at most once a minute', async () => {
    const deps = testDeps()
    const { managementKey, token } = await aManagementKey(deps)
    const noted: number[] = []

    for (const afterMs of [0, 1, 60_000, 60_001]) {
      deps.setTime(NOON + afterMs)
      await authenticate(deps, token)
      await deps.settled()
      const { items } = await listManagementKeys(deps, aCaller(), FIRST_PAGE)
      noted.push((items.find(({ id }) => id === managementKey.id)?.lastUsedAt ?? 0) - NOON)
    }

    expect(noted).toEqual([0, 0, 0, 60_001])
  })

  it('is not harmed by a last use that cannot be written', async () => {
    const { managementKey, token } = await aManagementKey(testDeps())
    const deps = testDeps({ db: flakyD1(env.DB, { statements: /^update/i }) })

    const actor = await authenticate(deps, token)

    expect(actor.id).toBe(managementKey.id)
    expect(await deps.settled()).toMatchObject([{ code: 'unavailable' }])
  })
})

describe('createManagementKey', () => {
  it('records role, binding and prefix, and never the token', async () => {
    const deps = testDeps()
    const environment = await anEnvironment(deps)
    const { managementKey, token } = await aManagementKey(deps, { environmentId: environment.id })

    const events = await eventsOf(deps, { environmentId: environment.id, action: 'management_key.created' })

    expect(events).toMatchObject([
      { managementKeyId: managementKey.id, after: { name: 'ci', prefix: managementKey.prefix, role: 'verifier' } },
    ])
    expect(JSON.stringify([events, managementKey])).not.toContain(token.slice(-49))
  })

  it.each(['admin', 'member'] as const)('binds no %s to an environment', async (role) => {
    const deps = testDeps()
    const { id: environmentId } = await anEnvironment(deps)

    await expect(aManagementKey(deps, { role, environmentId })).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ path: 'environmentId' }],
    })
  })

  it('binds no verifier to an environment that does not exist or is deleted', async () => {
    const deps = testDeps()
    const { id, name } = await anEnvironment(deps)
    await deleteEnvironment(deps, aCaller(), id, { confirm: name })

    for (const environmentId of ['env_none', id]) {
      await expect(aManagementKey(deps, { environmentId })).rejects.toMatchObject({
        code: 'invalid_request',
        faults: [{ path: 'environmentId' }],
      })
    }
    expect(await eventsOf(deps, { environmentId: id, action: 'management_key.created' })).toEqual([])
  })

  it.each(['admin', 'member', 'verifier'] as const)('makes a %s of every environment', async (role) => {
    const { managementKey } = await createManagementKey(testDeps(), aCaller(), { name: 'ci', role })

    expect(managementKey).toMatchObject({
      role,
      environmentId: null,
      createdBy: 'root',
      lastUsedAt: null,
      revokedAt: null,
    })
  })
})

describe('revokeManagementKey', () => {
  it('revokes once: again is the same answer and no second event', async () => {
    const deps = testDeps()
    const { managementKey } = await aManagementKey(deps)
    const revoke = () => revokeManagementKey(deps, aCaller(), managementKey.id)

    const first = await revoke()
    deps.setTime(NOON + 1000)
    const second = await revoke()

    expect(first).toEqual({ ...managementKey, revokedAt: NOON })
    expect(second).toEqual(first)
    expect(await revocationsOf(managementKey.id)).toBe(1)
  })

  it('records one revocation when ten come at once', async () => {
    const deps = testDeps()
    const { managementKey } = await aManagementKey(deps)

    const revoked = await Promise.all(
      Array.from({ length: 10 }, () => revokeManagementKey(deps, aCaller(), managementKey.id)),
    )

    expect(new Set(revoked.map(({ revokedAt }) => revokedAt))).toEqual(new Set([NOON]))
    expect(await revocationsOf(managementKey.id)).toBe(1)
  })

  it('refuses a key that does not exist', async () => {
    await expect(revokeManagementKey(testDeps(), aCaller(), 'mk_none')).rejects.toMatchObject({ code: 'not_found' })
  })
})

async function revocationsOf(id: string) {
  const statement =
    "SELECT count(*) AS events FROM audit_events WHERE management_key_id = ? AND action = 'management_key.revoked'"
  return (await env.DB.prepare(statement).bind(id).first<{ events: number }>())?.events
}
