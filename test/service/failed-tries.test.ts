// The limits on guessing, with time passing between the tries.
import { describe, expect, it, vi } from 'vitest'
import { BLOCKED_MS, countFailedTry } from '../../src/service/failed-tries.ts'
import { NOON, type TestDeps, testDeps } from '../support/factory.ts'

/** A limiter that lets each key try `limit` times. */
function aLimiter(limit: number) {
  const counts = new Map<string, number>()
  const limiter: RateLimit = {
    limit: async ({ key }) => {
      counts.set(key, (counts.get(key) ?? 0) + 1)
      return { success: (counts.get(key) ?? 0) <= limit }
    },
  }
  return { limiter, counts }
}

function limitedDeps(limit = 2): TestDeps & { counts: Map<string, number> } {
  const { limiter, counts } = aLimiter(limit)
  return { ...testDeps(), tries: limiter, signInTries: limiter, counts }
}

const ADDRESS = '203.0.113.7'
const count = (deps: TestDeps, address: string | undefined = ADDRESS) => countFailedTry(deps, 'client', address)

async function blocked(): Promise<ReturnType<typeof limitedDeps>> {
  const deps = limitedDeps()
  for (let tried = 0; tried < 3; tried += 1) await count(deps)
  return deps
}

describe('a wrong secret', () => {
  it('is one of few until the limiter says otherwise, and then blocks for a minute', async () => {
    const deps = limitedDeps()

    expect([await count(deps), await count(deps), await count(deps)]).toEqual([null, null, 60])
  })

  it.each([
    [1, 60],
    [500, 60],
    [1000, 59],
    [30_000, 30],
    [58_999, 2],
    [59_000, 1],
    [59_999, 1],
  ])('%i ms later is told to wait %i seconds, which are true', async (later, seconds) => {
    const deps = await blocked()
    deps.setTime(NOON + later)

    expect(await count(deps)).toBe(seconds)

    deps.counts.clear()
    deps.setTime(NOON + later + seconds * 1000)
    expect(await count(deps)).toBeNull()
  })

  it('does not make the wait longer, however often it is tried meanwhile', async () => {
    const deps = await blocked()
    for (let at = 0; at < BLOCKED_MS; at += 1000) {
      deps.setTime(NOON + at)
      await count(deps)
    }
    deps.counts.clear()

    deps.setTime(NOON + BLOCKED_MS)

    expect(await count(deps)).toBeNull()
  })

  it('is not counted by the limiter while its network is blocked', async () => {
    const deps = await blocked()

    for (let tried = 0; tried < 10; tried += 1) await count(deps)

    expect([...deps.counts.values()]).toEqual([3])
  })

  it('of many at once blocks once, for the same time', async () => {
    const deps = limitedDeps(0)

    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => count(deps))))).toEqual(new Set([60]))
  })

  it('is judged again after the clock was set back', async () => {
    const deps = await blocked()
    deps.counts.clear()

    deps.setTime(NOON - 3_600_000)

    expect(await count(deps)).toBeNull()
  })

  it('counts for the /64 of an IPv6 address, and for no other', async () => {
    const deps = limitedDeps()

    const answers = []
    for (const host of [':1', ':2', 'a:b:c:d']) answers.push(await count(deps, `2001:db8:1:2:${host}`))

    expect(answers).toEqual([null, null, 60])
    expect(await count(deps, '2001:db8:1:3::1')).toBeNull()
    expect(await count(deps, ADDRESS)).toBeNull()
  })

  it('is counted apart at the console and at the OAuth endpoints', async () => {
    const deps = await blocked()

    expect(await countFailedTry(deps, 'sign_in', ADDRESS)).toBeNull()
  })

  it('is judged as ever while the limiter cannot be asked', async () => {
    vi.spyOn(console, 'warn').mockReturnValue()
    const tries: RateLimit = { limit: () => Promise.reject(new Error('limiter outage')) }

    expect(await count({ ...testDeps(), tries })).toBeNull()
  })

  it('is never too many where the deployment has no limiter', async () => {
    const deps = testDeps()

    for (let tried = 0; tried < 200; tried += 1) expect(await count(deps)).toBeNull()
  })
})
