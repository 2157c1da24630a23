// Keyward itself with a delay in front of every store: how many round trips does a cold verification take?
import { createFetch } from '../../src/app.ts'
import { createDeps } from '../../src/deps.ts'
import { Isolate } from '../../src/edge/isolate.ts'
import { KeyCache } from '../../src/edge/record-cache.ts'

export { RevocationLedger } from '../../src/edge/ledger.ts'

type SlowEnv = Env & { DELAY_MS: string }

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
  // A new isolate for each request: every verification is cold.
  return {
    ...slow,
    isolate: new Isolate(new KeyCache({ max: 1 })),
    ledger: { ...slow.ledger, sync: (shard, question) => pause(ms).then(() => sync(shard, question)) },
  }
})

export default { fetch }
