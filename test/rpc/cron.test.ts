import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import worker from '../../src/index.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { flakyKv } from '../support/broken-bindings.ts'
import { call, verdictOn } from '../support/client.ts'
import { aCaller, aStoredKey, testDeps } from '../support/factory.ts'

const LONG_AGO = Date.UTC(2020, 0, 1)

async function runCron(): Promise<void> {
  const ctx = createExecutionContext()
  await worker.scheduled(createScheduledController(), env, ctx)
  await waitOnExecutionContext(ctx)
}

/** A key revoked long ago, when KV took no writes. */
async function aKeyRevokedDuringAnOutage() {
  const deps = testDeps({ at: LONG_AGO, kv: flakyKv(env.REVOCATIONS, { writes: true }) })
  const { key, token } = await aStoredKey(deps)
  const { receipt } = await revokeKey(deps, aCaller(), key.id, {})
  return { key, token, receipt }
}

describe('the cron trigger', () => {
  it('writes the tombstone that failed when the key was revoked', async () => {
    const { key, receipt } = await aKeyRevokedDuringAnOutage()
    expect(receipt.recorded).toBe('pending')
    expect(await env.REVOCATIONS.get(`revoked:v1:${key.prefix}`)).toBeNull()

    await runCron()

    expect(JSON.parse((await env.REVOCATIONS.get(`revoked:v1:${key.prefix}`)) ?? '{}')).toEqual({
      keyId: key.id,
      environmentId: key.environmentId,
      revokedAt: LONG_AGO,
    })
  })

  it('leaves nothing pending, and the key as dead as before', async () => {
    const { key, token } = await aKeyRevokedDuringAnOutage()

    await runCron()

    expect(await env.DB.prepare('SELECT count(*) AS n FROM pending_tombstones').first('n')).toBe(0)
    expect(await verdictOn(token)).toMatchObject({ code: 'revoked' })
    expect((await call('POST', `/v1/keys/${key.id}/revoke`)).body.receipt.recorded).toBe('recorded')
  })

  it('has nothing to do when nothing is pending, and does not fail', async () => {
    await runCron()

    await expect(runCron()).resolves.toBeUndefined()
  })
})
