import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { newId } from '../../src/core/ids.ts'
import { editEnvironment, getEnvironment } from '../../src/service/environments.ts'
import { editKey, getKey, rotateKey } from '../../src/service/keys.ts'
import { authenticate, revokeManagementKey } from '../../src/service/management-keys.ts'
import { deleteEnvironment, revokeEnvironmentKeys } from '../../src/service/revoke-environment.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { sweep } from '../../src/service/sweep.ts'
import { failingD1, flakyD1, flakyKv, flakyLedger, type LedgerFault } from '../support/broken-bindings.ts'
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

const tombstoneOf = (prefix: string) => env.REVOCATIONS.get(`revoked:v1:${prefix}`, 'json')
const codeIn = async (deps: TestDeps, token: string) => (await verifyKey(deps, null, { token })).code

/** A key that another isolate remembers, revoked by its id at noon, while D1 could not be asked. */
async function aKeyRevokedWithoutD1() {
  const deps = testDeps()
  const { key, token } = await aStoredKey(deps)
  const elsewhere = anotherIsolate(deps)
  await verifyKey(elsewhere, null, { token })
  const outage = testDeps({ db: failingD1() })
  const revocation = await revokeKey(outage, aCaller(), key.id, { reason: 'compromised', note: 'x' })
  return { deps, elsewhere, outage, key, token, revocation }
}

describe('a revocation while D1 cannot be asked', () => {
  it('is made by the id, with the widest bound there can be, and is still to be recorded', async () => {
    const { revocation } = await aKeyRevokedWithoutD1()

    expect(revocation).toEqual({
      key: null,
      receipt: { committedAt: NOON, effectiveBy: NOON + 60_000, recorded: 'pending' },
    })
  })

  it('is the same revocation when it is sent again', async () => {
    const { outage, key, revocation } = await aKeyRevokedWithoutD1()
    outage.setTime(NOON + 1000)

    expect(await revokeKey(outage, aCaller(), key.id, {})).toEqual(revocation)
  })

  it('kills the key in other isolates when their lease ends, though D1 is still gone', async () => {
    const { elsewhere, token } = await aKeyRevokedWithoutD1()
    elsewhere.setTime(NOON + 5001)
    const { db, nearest } = testDeps({ db: failingD1() })

    expect(await codeIn({ ...elsewhere, db, nearest }, token)).toBe('revoked')
  })

  it('kills the key in isolates that have never seen it, at once when D1 is back', async () => {
    const { deps, key, token } = await aKeyRevokedWithoutD1()

    expect(await getKey(deps, aCaller(), key.id)).toMatchObject({ revokedAt: null })
    expect(await codeIn(anotherIsolate(deps), token)).toBe('revoked')
    expect(await verifyKey(anotherIsolate(deps), null, { token, maxStalenessMs: 0 })).toMatchObject({ valid: false })
  })

  it('lets nobody edit or rotate the key, though D1 does not know of it yet', async () => {
    const { deps, key } = await aKeyRevokedWithoutD1()

    const attempts = [
      () => editKey(deps, aCaller(), key.id, { name: 'other' }),
      () => rotateKey(deps, aCaller(), key.id, { overlapSeconds: 60 }),
    ]
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'conflict' })
    expect(await getKey(deps, aCaller(), key.id)).toMatchObject({ revision: 1, secrets: key.secrets })
  })

  it('is recorded by the sweep when D1 is back, as it happened', async () => {
    const { deps, key } = await aKeyRevokedWithoutD1()
    deps.setTime(NOON + 5000)

    expect(await sweep(deps)).toMatchObject({ caughtUp: true, tombstones: { failed: 0 } })

    expect(await getKey(deps, aCaller(), key.id)).toMatchObject({ revokedAt: NOON, revokedReason: 'compromised' })
    expect(await eventsOf(deps, { keyId: key.id, action: 'key.revoked' })).toMatchObject([
      {
        at: NOON,
        actor: { id: 'root' },
        projectId: key.projectId,
        environmentId: key.environmentId,
        before: { revokedAt: null },
        after: { revokedAt: NOON, revokedReason: 'compromised', note: 'x' },
      },
    ])
    // The ledger's own alarm may be writing it at the same moment.
    await vi.waitFor(async () =>
      expect(await tombstoneOf(key.prefix)).toMatchObject({ keyId: key.id, revokedAt: NOON }),
    )
  })

  it('has a receipt that becomes recorded, of the same moment', async () => {
    const { deps, key } = await aKeyRevokedWithoutD1()
    deps.setTime(NOON + 5000)
    await sweep(deps)

    const { receipt } = await revokeKey(deps, aCaller(), key.id, {})

    expect(receipt).toMatchObject({ committedAt: NOON, recorded: 'recorded' })
  })

  it('is recorded once when it is sent again before the sweep', async () => {
    const { deps, key } = await aKeyRevokedWithoutD1()
    deps.setTime(NOON + 1000)
    const again = await revokeKey(deps, aCaller(), key.id, { reason: 'superseded' })
    deps.setTime(NOON + 10_000)
    await sweep(deps)

    expect(again).toMatchObject({ key: { revokedAt: NOON }, receipt: { committedAt: NOON, recorded: 'recorded' } })
    expect(await eventsOf(deps, { keyId: key.id, action: 'key.revoked' })).toMatchObject([{ at: NOON }])
  })

  it('waits for D1 as long as it takes', async () => {
    const { deps, outage, key } = await aKeyRevokedWithoutD1()
    outage.setTime(NOON + 5000)
    deps.setTime(NOON + 3_600_000)

    await expect(sweep(outage)).rejects.toMatchObject({ code: 'unavailable' })
    await sweep(deps)

    expect(await getKey(deps, aCaller(), key.id)).toMatchObject({ revokedAt: NOON })
  })

  it('of what is no key is recorded nowhere and harms nothing', async () => {
    const { deps, outage } = await aKeyRevokedWithoutD1()
    const id = newId('key')
    await revokeKey(outage, aCaller(), id, {})
    deps.setTime(NOON + 5000)

    expect(await sweep(deps)).toMatchObject({ caughtUp: true })
    expect(await eventsOf(deps, { keyId: id })).toEqual([])
  })

  it('of what cannot be a key is refused', async () => {
    const { outage } = await aKeyRevokedWithoutD1()

    await expect(revokeKey(outage, aCaller(), 'key_1', {})).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('a revocation that D1 did not take', () => {
  async function anUnrecordedRevocation() {
    const deps = testDeps()
    const { key, token } = await aStoredKey(deps)
    const { token: second } = await rotateKey(deps, aCaller(), key.id, { overlapSeconds: 60 })
    const losing = testDeps({ db: flakyD1(env.DB, { statements: /^\s*UPDATE api_keys SET revoked_at/ }) })
    const revocation = await revokeKey(losing, aCaller(), key.id, {})
    return { deps, key, tokens: [token, second], revocation }
  }

  it('is pending, of a key that is dead', async () => {
    const { deps, key, tokens, revocation } = await anUnrecordedRevocation()

    expect(revocation).toMatchObject({
      key: { id: key.id, revokedAt: NOON },
      receipt: { committedAt: NOON, effectiveBy: NOON + 5000, recorded: 'pending' },
    })
    for (const token of tokens) expect(await codeIn(anotherIsolate(deps), token)).toBe('revoked')
  })

  it('has its tombstones all the same', async () => {
    const { key, tokens } = await anUnrecordedRevocation()

    for (const token of tokens) {
      expect(await tombstoneOf(token.split('_')[1] ?? '')).toEqual({
        keyId: key.id,
        environmentId: key.environmentId,
        revokedAt: NOON,
      })
    }
  })

  it('is recorded by the sweep, once', async () => {
    const { deps, key } = await anUnrecordedRevocation()
    deps.setTime(NOON + 5000)

    await sweep(deps)
    await sweep(deps)

    expect(await getKey(deps, aCaller(), key.id)).toMatchObject({ revokedAt: NOON })
    expect(await eventsOf(deps, { keyId: key.id, action: 'key.revoked' })).toHaveLength(1)
  })
})

describe.each<[string, LedgerFault]>([
  ['fails', { down: true }],
  ['hangs', { hangs: true }],
])('while the ledger %s', (_, fault) => {
  async function withoutLedger() {
    const deps = testDeps()
    const { key, token, environment } = await aStoredKey(deps)
    const { managementKey, token: managementToken } = await aManagementKey(deps)
    const rows = () => rowsOf(key.id, environment.id, managementKey.id)
    const before = await rows()
    const deadline: TestDeps['deadline'] = (work) => deps.deadline(work, 300)
    const broken = { ...testDeps({ at: NOON + 1 }), deadline, ledger: flakyLedger(deps.ledger, fault) }
    return { deps, broken, key, token, environment, managementKey, managementToken, rows, before }
  }
  type Made = Awaited<ReturnType<typeof withoutLedger>>

  /** All that D1 holds of them. */
  const rowsOf = (...ids: string[]) =>
    Promise.all(
      [
        'SELECT * FROM api_keys WHERE id IN (?1, ?2, ?3)',
        'SELECT * FROM api_key_secrets WHERE key_id IN (?1, ?2, ?3)',
        'SELECT * FROM environments WHERE id IN (?1, ?2, ?3)',
        'SELECT * FROM management_keys WHERE id IN (?1, ?2, ?3)',
        'SELECT * FROM audit_events WHERE environment_id IN (?1, ?2, ?3) OR management_key_id IN (?1, ?2, ?3)',
        'SELECT * FROM pending_tombstones WHERE key_id IN (?1, ?2, ?3)',
      ].map(
        async (question) =>
          (
            await env.DB.prepare(question)
              .bind(...ids)
              .all()
          ).results,
      ),
    )

  it.each<[string, (made: Made) => Promise<unknown>]>([
    ['revoking a key', ({ broken, key }) => revokeKey(broken, aCaller(), key.id, {})],
    ['editing a key', ({ broken, key }) => editKey(broken, aCaller(), key.id, { name: 'other' })],
    ['rotating a key', ({ broken, key }) => rotateKey(broken, aCaller(), key.id, { overlapSeconds: 0 })],
    [
      'editing an environment',
      ({ broken, environment }) => editEnvironment(broken, aCaller(), environment.id, { name: 'x' }),
    ],
    [
      'revoking the keys of an environment',
      ({ broken, environment }) => revokeEnvironmentKeys(broken, aCaller(), environment.id, {}),
    ],
    [
      'deleting an environment',
      ({ broken, environment }) => deleteEnvironment(broken, aCaller(), environment.id, { confirm: 'Production' }),
    ],
    [
      'revoking a management key',
      ({ broken, managementKey }) => revokeManagementKey(broken, aCaller(), managementKey.id),
    ],
  ])('%s is refused, and nothing has happened', async (_name, change) => {
    const made = await withoutLedger()

    await expect(change(made)).rejects.toMatchObject({ code: 'unavailable' })

    expect(await made.rows()).toEqual(made.before)
    expect(await codeIn(anotherIsolate(made.deps), made.token)).toBe('valid')
    expect(await tombstoneOf(made.key.prefix)).toBeNull()
    await expect(authenticate(anotherIsolate(made.deps), made.managementToken)).resolves.toBeDefined()
    await expect(getEnvironment(made.deps, aCaller(), made.environment.id)).resolves.toEqual(made.environment)
  })

  it('the sweep writes the tombstones that are due all the same', async () => {
    const { deps, broken } = await withoutLedger()
    const { key } = await aStoredKey(deps)
    await revokeKey(testDeps({ kv: flakyKv(env.REVOCATIONS, { writes: true }) }), aCaller(), key.id, {})
    broken.setTime(NOON + 3_600_000)

    await sweep(broken).catch(() => null)

    expect(await tombstoneOf(key.prefix)).toMatchObject({ keyId: key.id })
  })
})
