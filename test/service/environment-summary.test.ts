import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { summarizeEnvironments } from '../../src/service/environments.ts'
import { editKey } from '../../src/service/keys.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { MAX_KEYS_LOOKED_AT } from '../../src/store/environments.ts'
import { aCaller, anEnvironment, aStoredKey, NOON, testDeps } from '../support/factory.ts'

describe('summarizeEnvironments', () => {
  it('counts what is neither revoked nor expired, and a disabled key with the living', async () => {
    const deps = testDeps()
    const environment = await anEnvironment(deps)
    const [disabled, revoked] = [await aStoredKey(deps, { environment }), await aStoredKey(deps, { environment })]
    await aStoredKey(deps, { environment, expiresAt: NOON + 10 })
    await aStoredKey(deps, { environment })
    await editKey(deps, aCaller(), disabled.key.id, { enabled: false })
    await revokeKey(deps, aCaller(), revoked.key.id, {})

    deps.setTime(NOON + 10)
    const [overview] = await summarizeEnvironments(deps, aCaller({ role: 'member' }), [environment.id])

    expect(overview).toMatchObject({ environmentId: environment.id, liveKeys: 2, isMore: false })
  })

  it('tells when the environment or anything in it last changed', async () => {
    const deps = testDeps()
    const environment = await anEnvironment(deps)
    deps.setTime(NOON + 5)
    await aStoredKey(deps, { environment })

    const [overview] = await summarizeEnvironments(deps, aCaller(), [environment.id])

    expect(overview?.lastChangedAt).toBe(NOON + 5)
  })

  it('answers for many in the order asked, and for an id of nothing', async () => {
    const deps = testDeps()
    const [one, two] = [await anEnvironment(deps), await anEnvironment(deps)]
    await aStoredKey(deps, { environment: two })

    const overviews = await summarizeEnvironments(deps, aCaller(), [two.id, 'env_none', one.id])

    expect(overviews.map(({ liveKeys }) => liveKeys)).toEqual([1, 0, 0])
    expect(overviews[1]).toEqual({ environmentId: 'env_none', liveKeys: 0, isMore: false, lastChangedAt: null })
  })

  it('stops counting where a card has no use for more, and says so', async () => {
    const deps = testDeps()
    const { id } = await anEnvironment(deps)
    await env.DB.prepare(
      `INSERT INTO api_keys (id, environment_id, name, scopes, enabled, metadata, revision, created_at, created_by)
       WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?2)
       SELECT printf('key_%s%d', ?1, n), ?1, 'key', '["read"]', 1, '{}', 1, ?3, 'root' FROM numbers`,
    )
      .bind(id, MAX_KEYS_LOOKED_AT + 5, NOON)
      .run()

    const [overview] = await summarizeEnvironments(deps, aCaller(), [id])

    expect(overview).toMatchObject({ liveKeys: MAX_KEYS_LOOKED_AT, isMore: true })
  })

  it('is not for verifiers', async () => {
    const asked = summarizeEnvironments(testDeps(), aCaller({ role: 'verifier' }), ['env_none'])

    await expect(asked).rejects.toMatchObject({ code: 'forbidden' })
  })
})
