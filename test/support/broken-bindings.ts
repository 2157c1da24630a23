// Bindings that fail the way the platform's do, because the local ones never fail and never lag.

const OUTAGE = 'D1_ERROR: Network connection lost.'

const failingStatement = {
  bind: () => failingStatement,
  all: () => Promise.reject(new Error(OUTAGE)),
  run: () => Promise.reject(new Error(OUTAGE)),
  raw: () => Promise.reject(new Error(OUTAGE)),
  first: () => Promise.reject(new Error(OUTAGE)),
}

/** A D1 that cannot be asked: every statement and batch rejects. */
export const failingD1 = (): D1Database =>
  ({ prepare: () => failingStatement, batch: () => Promise.reject(new Error(OUTAGE)) }) as unknown as D1Database // the part drizzle uses

/**
 * The real D1, but it cannot be asked what matches `broken.statements`, alone or in a batch;
 * with `broken.afterBatch` it is lost altogether once a batch has been committed.
 */
export function flakyD1(real: D1Database, broken: { statements?: RegExp; afterBatch?: boolean }): D1Database {
  const lost = new WeakSet<object>()
  let gone = false
  const prepare = (text: string) => {
    if (!gone && !broken.statements?.test(text)) return real.prepare(text)
    const statement = { ...failingStatement, bind: () => statement }
    lost.add(statement)
    return statement
  }
  const batch = async (statements: D1PreparedStatement[]) => {
    if (statements.some((statement) => lost.has(statement))) throw new Error(OUTAGE)
    const results = await real.batch(statements)
    gone = broken.afterBatch === true
    return results
  }
  return { prepare, batch } as unknown as D1Database // the part drizzle uses
}

/** A D1 whose every statement hangs for ever. */
export function hangingD1(): D1Database {
  const never = () => new Promise(() => {})
  const statement = { bind: () => statement, all: never, run: never, raw: never, first: never }
  return { prepare: () => statement, batch: never } as unknown as D1Database // the part drizzle uses
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

/** A binding that may not be used at all: whoever reaches for one of its methods is told so. */
export function untouchable<Binding extends object>(): Binding {
  const get = (_target: object, property: string | symbol) => {
    throw new Error(`the binding was asked for ${String(property)}`)
  }
  return new Proxy({}, { get }) as Binding // never used as one
}
