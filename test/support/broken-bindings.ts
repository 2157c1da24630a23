// Bindings that fail the way the platform's do, because the local ones never fail and never lag.
import type { Deadline } from '../../src/core/ports.ts'
import type { LedgerClient } from '../../src/edge/ledger-client.ts'

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
  ({
    prepare: () => failingStatement,
    batch: () => Promise.reject(new Error(OUTAGE)),
    withSession: () => failingD1(),
  }) as unknown as D1Database // the part drizzle uses

/**
 * The real D1, but it cannot be asked what matches `broken.statements`, alone or in a batch;
 * with `broken.afterBatch` it is lost altogether once a batch has been committed; with `broken.confirmation` the answer to
 * each committed batch is lost.
 */
export function flakyD1(
  real: D1Database,
  broken: { statements?: RegExp; afterBatch?: boolean; confirmation?: boolean },
): D1Database {
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
    if (broken.confirmation === true) throw new Error(OUTAGE)
    return results
  }
  const flaky = { prepare, batch, withSession: () => flaky }
  return flaky as unknown as D1Database // the part drizzle uses
}

/** A D1 whose every statement hangs for ever. */
export function hangingD1(): D1Database {
  const never = () => new Promise(() => {})
  const statement = { bind: () => statement, all: never, run: never, raw: never, first: never }
  return { prepare: () => statement, batch: never } as unknown as D1Database // the part drizzle uses
}

/** For what hangs: a time limit of `ms` is over at once, and any other never is. Whoever waits longer waits for ever. */
export const noPatienceOf =
  (ms: number): Deadline =>
  (work, timeoutMs) =>
    timeoutMs === ms ? Promise.race([work, Promise.reject(new Error(`no answer within ${ms} ms`))]) : work

type Answer = () => Promise<unknown>

/** The real D1, each of whose single statements is answered by way of `relay`. */
function relayingD1(real: D1Database, relay: (question: string, answer: Answer) => Promise<unknown>): D1Database {
  const prepare = (text: string) => {
    const bind = (...parameters: unknown[]) => {
      const bound = real.prepare(text).bind(...parameters)
      const by = (method: string, ask: Answer) => () => relay(JSON.stringify([method, text, parameters]), ask)
      return { all: by('all', () => bound.all()), raw: by('raw', () => bound.raw()), run: by('run', () => bound.run()) }
    }
    return { bind, ...bind() }
  }
  return { prepare, batch: real.batch.bind(real) } as unknown as D1Database // the part drizzle uses
}

/** A copy of D1 that goes on answering each question as it first did. */
export function staleD1(real: D1Database): D1Database {
  const answers = new Map<string, Promise<unknown>>()
  return relayingD1(real, (question, answer) => {
    const known = answers.get(question) ?? answer()
    answers.set(question, known)
    return known
  })
}

/** A D1 after whose answers `lag` happens before anyone hears of them. */
export const laggingD1 = (real: D1Database, lag: () => Promise<unknown>): D1Database =>
  relayingD1(real, async (_, answer) => {
    const heard = await answer()
    await lag()
    return heard
  })

/** The real D1, counting how often it is asked: a batch is one trip, however many statements it has. */
export function countingD1(real: D1Database): { db: D1Database; count: { trips: number; statements: number } } {
  const count = { trips: 0, statements: 0 }
  const originals = new WeakMap<object, D1PreparedStatement>()
  const counted = (statement: D1PreparedStatement): D1PreparedStatement => {
    const proxy = new Proxy(statement, {
      get: (target, property) => {
        if (property === 'bind') return (...values: unknown[]) => counted(target.bind(...values))
        if (property === 'all' || property === 'raw' || property === 'run') {
          count.trips += 1
          count.statements += 1
        }
        const value: unknown = Reflect.get(target, property)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    originals.set(proxy, statement)
    return proxy
  }
  const batch = (statements: D1PreparedStatement[]) => {
    count.trips += 1
    count.statements += statements.length
    return real.batch(statements.map((statement) => originals.get(statement) ?? statement))
  }
  const prepare = (text: string) => counted(real.prepare(text))
  return { db: { prepare, batch } as unknown as D1Database, count } // the part drizzle uses
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

export type LedgerFault = {
  /** Every question and change rejects. */
  down?: boolean
  /** Every question and change hangs for ever. */
  hangs?: boolean
  /** What a question is answered with instead. */
  answer?: unknown
  /** What a change is answered with instead, though it was recorded. */
  acknowledgement?: unknown
  /** What happens before the ledger is asked, and after it has answered and before that is heard. */
  before?: () => Promise<unknown>
  after?: () => Promise<unknown>
}

export type FlakyLedger = LedgerClient & { questions: number; changes: number }

/** The real ledger, counting what it is asked, and broken for as long as `fault` says so. */
export function flakyLedger(real: LedgerClient, fault: LedgerFault = {}): FlakyLedger {
  const reach = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (fault.hangs) return new Promise(() => {})
    await fault.before?.()
    if (fault.down) throw new Error('Durable Object is overloaded. Requests queued for too long.')
    const answer = await ask()
    await fault.after?.()
    return answer
  }
  const flaky: FlakyLedger = {
    ...real,
    questions: 0,
    changes: 0,
    sync: (question) => {
      flaky.questions += 1
      return reach(async () => ('answer' in fault ? fault.answer : real.sync(question)))
    },
    record: (change, environmentId) => {
      flaky.changes += 1
      return reach(async () => {
        const answer = await real.record(change, environmentId)
        return 'acknowledgement' in fault ? fault.acknowledgement : answer
      })
    },
    entriesAfter: (...asked) => reach(() => real.entriesAfter(...asked)),
  }
  return flaky
}

/** A binding that may not be used at all: whoever reaches for one of its methods is told so. */
export function untouchable<Binding extends object>(): Binding {
  const get = (_target: object, property: string | symbol) => {
    throw new Error(`the binding was asked for ${String(property)}`)
  }
  return new Proxy({}, { get }) as Binding // never used as one
}
