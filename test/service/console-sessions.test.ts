import { describe, expect, it } from 'vitest'
import {
  claimForm,
  deleteEndedSessions,
  findSession,
  IDLE_LIMIT_MS,
  SESSION_LIMIT_MS,
  signIn,
} from '../../src/service/console-sessions.ts'
import { revokeManagementKey } from '../../src/service/management-keys.ts'
import { aCaller, aManagementKey, anotherIsolate, NOON, testDeps } from '../support/factory.ts'

describe('a console session', () => {
  it('ends after half an hour without a request', async () => {
    const deps = testDeps()
    const { token } = await signIn(deps, deps.config.rootKey)

    deps.setTime(NOON + IDLE_LIMIT_MS - 1)
    expect(await findSession(deps, token)).not.toBeNull()
    await deps.settled()
    deps.setTime(NOON + 2 * IDLE_LIMIT_MS - 1)

    expect(await findSession(deps, token)).toBeNull()
  })

  it('lives on while it is used, and ends after twelve hours all the same', async () => {
    const deps = testDeps()
    const { token } = await signIn(deps, deps.config.rootKey)
    const step = IDLE_LIMIT_MS - 1
    const seen: boolean[] = []

    for (let at = NOON + step; at < NOON + SESSION_LIMIT_MS + step; at += step) {
      deps.setTime(at)
      seen.push((await findSession(deps, token)) !== null)
      await deps.settled()
    }

    expect(seen.lastIndexOf(true)).toBe(seen.length - 2)
    expect(seen.filter((open) => !open)).toHaveLength(1)
  })

  it('ends with the root key it was opened under', async () => {
    const deps = testDeps()
    const { token } = await signIn(deps, deps.config.rootKey)

    const changed = { ...deps, config: { ...deps.config, rootKey: 'another-root-key-0123456789-0123456789' } }

    expect(await findSession(changed, token)).toBeNull()
    expect(await findSession(deps, token)).not.toBeNull()
  })

  it('ends with its management key, for an isolate that remembers the key as well', async () => {
    const deps = testDeps()
    const { managementKey, token: key } = await aManagementKey(deps, { role: 'member' })
    const { token } = await signIn(deps, key)
    const other = anotherIsolate(deps)
    expect((await findSession(other, token))?.actor).toMatchObject({ id: managementKey.id, role: 'member' })

    await revokeManagementKey(deps, aCaller(), managementKey.id)

    expect(await findSession(other, token)).toBeNull()
  })

  it('is removed when it has ended, with its forms', async () => {
    const deps = testDeps({ at: NOON + 40 * SESSION_LIMIT_MS })
    const { token } = await signIn(deps, deps.config.rootKey)
    const session = await findSession(deps, token)
    if (!session) throw new Error('no session')
    await claimForm(deps, session, crypto.randomUUID())
    deps.setTime(NOON + 41 * SESSION_LIMIT_MS)

    await deleteEndedSessions(deps)

    const left = await deps.db.$client.prepare('SELECT count(*) AS left FROM console_sent_forms').first()
    expect(left).toEqual({ left: 0 })
    expect(await findSession(deps, token)).toBeNull()
  })
})
