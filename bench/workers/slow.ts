// Keyward itself with a delay in front of every store: how many round trips does a cold verification take?
import { createFetch } from '../../src/app.ts'
import { createDeps } from '../../src/deps.ts'
import { Isolate } from '../../src/edge/isolate.ts'

export { RevocationLedger } from '../../src/edge/ledger.ts'

type SlowEnv = Env & { DELAY_MS: string; FIRST_KEYS: string }

const isolate = new Isolate()

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** The binding, with every promise it gives held back. */
function delayed<T extends object>(binding: T, ms: number): T {
  return new Proxy(binding, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        const result: unknown = value.apply(target, args.map(undelayed))
        if (result instanceof Promise) return pause(ms).then(() => result)
        return typeof result === 'object' && result !== null ? remember(delayed(result, ms), result) : result
      }
    },
  })
}

/** Batches take the real statements. */
const originals = new WeakMap<object, object>()
const remember = <T extends object>(proxy: T, original: object): T => {
  originals.set(proxy, original)
  return proxy
}
const undelayed = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(undelayed)
    : typeof value === 'object' && value !== null
      ? (originals.get(value) ?? value)
      : value

const fetch = createFetch((env, ctx) => {
  const ms = Number((env as SlowEnv).DELAY_MS) // set by the bench
  const slow = createDeps({ ...env, DB: delayed(env.DB, ms), REVOCATIONS: delayed(env.REVOCATIONS, ms) }, ctx)
  const { sync } = slow.ledger
  // Every verification is cold. With FIRST_KEYS it is also the first in its environment, as in a new isolate.
  isolate.apiKeys.forgetLive()
  return {
    ...slow,
    isolate: (env as SlowEnv).FIRST_KEYS === 'true' ? new Isolate() : isolate, // set by the bench
    ledger: { ...slow.ledger, sync: (question) => pause(ms).then(() => sync(question)) },
  }
})

export default { fetch }
