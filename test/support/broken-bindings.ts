// Bindings that fail the way the platform's do, because the local ones never fail and never lag.

const OUTAGE = 'D1_ERROR: Network connection lost.'

/** A D1 that cannot be asked: every statement and batch rejects. */
export function failingD1(): D1Database {
  const statement = {
    bind: () => statement,
    all: () => Promise.reject(new Error(OUTAGE)),
    run: () => Promise.reject(new Error(OUTAGE)),
    raw: () => Promise.reject(new Error(OUTAGE)),
    first: () => Promise.reject(new Error(OUTAGE)),
  }
  return { prepare: () => statement, batch: () => Promise.reject(new Error(OUTAGE)) } as unknown as D1Database // the part drizzle uses
}

/** A KV whose reads, writes or both fail while `broken` says so; otherwise it is the real one. */
export function flakyKv(real: KVNamespace, broken: { reads?: boolean; writes?: boolean }): KVNamespace {
  const outage = () => Promise.reject(new Error('KV GET failed: 503 Service Unavailable'))
  return new Proxy(real, {
    get: (target, property) => {
      if (property === 'get' && broken.reads) return outage
      if (property === 'put' && broken.writes) return outage
      const value: unknown = Reflect.get(target, property)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** A binding whose every call hangs for ever. */
export const hangingKv = (): KVNamespace =>
  ({ get: () => new Promise(() => {}), put: () => new Promise(() => {}) }) as unknown as KVNamespace // the part we use
