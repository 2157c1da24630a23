// The platform as it can be at its worst: D1 with replicas that lag, KV that caches what is not there, a ledger that
// is far away. Under it are the real engines: the SQLite of a Durable Object, which is what D1 and the ledger run on
// locally as well, with the real migrations and the real ledger class. Only the way there and back is made up.
import { RevocationLedger } from '../../src/edge/ledger.ts'
import { connectLedger, type LedgerClient, type LedgerOptions } from '../../src/edge/ledger-client.ts'
import type { Fate, World } from './world.ts'

export type Target = 'ledger' | 'primary' | 'nearest' | 'kv'

/** `lag` is how far behind the primary a replica is. */
export type NearFate = Fate & { lag: number }

/** What becomes of the next calls of one operation, by target; after them all goes well. */
export type Fates = { [T in Target]?: NearFate[] }

export const SWIFT: NearFate = { there: 2, back: 2, outcome: 'ok', lag: 0 }

/** Hands out the fates of one operation in turn. */
export type Fortune = (target: Target) => NearFate

export function fortuneOf(fates: Fates): Fortune {
  const left = { ledger: 0, primary: 0, nearest: 0, kv: 0 }
  return (target) => {
    const fate = fates[target]?.[left[target]] ?? SWIFT
    left[target] += 1
    return fate
  }
}

type Row = SqlStorageValue[]
type Copy = { at: number; records: Map<unknown, Row[]> }
type Tables = { name: string; columns: string[]; rows: Row[] }[]

type Result = { columns: string[]; rows: Row[]; changes: number; wrote: boolean }
type Statement = { text: string; params: unknown[] }
type Ask = {
  one(text: string, params: unknown[]): Promise<Result>
  batch(statements: Statement[]): Promise<Result[]>
}

/** D1 over the SQLite of a Durable Object. */
export class Database {
  readonly #world: World
  readonly #storage: DurableObjectStorage
  /** The statement that verification reads a record by, once it is known. */
  #recordStatement: string | null = null
  #history: Copy[] = []

  constructor(world: World, storage: DurableObjectStorage, migrations: string[]) {
    this.#world = world
    this.#storage = storage
    this.#rebuild(migrations)
    this.#remember()
  }

  binding(fortune: Fortune): D1Database {
    const call = <T>(execute: () => T) => this.#world.call(fortune('primary'), execute)
    const primary = this.#connection({
      one: (text, params) => call(() => this.#write(() => this.#run(text, params))),
      batch: (statements) =>
        call(() =>
          this.#write(() =>
            this.#storage.transactionSync(() => statements.map(({ text, params }) => this.#run(text, params))),
          ),
        ),
    })
    const replica = this.#connection({
      one: (text, params) => {
        const fate = fortune('nearest')
        return this.#world.call(fate, () => this.#readOld(text, params, fate.lag))
      },
      batch: () => Promise.reject(new Error('nothing is written through a replica')),
    })
    return { ...primary, withSession: () => replica } as unknown as D1Database // the part drizzle uses
  }

  snapshot(): Tables {
    return TABLES.map((name) => {
      const cursor = this.#storage.sql.exec(
        `SELECT * FROM ${name}${name === 'api_key_secrets' ? ' ORDER BY rowid' : ''}`,
      )
      return { name, columns: cursor.columnNames, rows: [...cursor.raw()] }
    })
  }

  /** Time travel: the database and its replicas are what they were. */
  restore(tables: Tables, migrations: string[]): void {
    this.#rebuild(migrations)
    for (const { name, columns, rows } of tables) {
      const values = columns.map(() => '?').join(', ')
      for (const row of rows) this.#storage.sql.exec(`INSERT INTO ${name} VALUES (${values})`, ...row)
    }
    this.#history = []
    this.#remember()
  }

  #rebuild(migrations: string[]): void {
    const { sql } = this.#storage
    for (const name of [...TABLES, ...UNREAD].reverse()) sql.exec(`DROP TABLE IF EXISTS ${name}`)
    for (const statement of migrations) sql.exec(statement)
  }

  #run(text: string, params: unknown[]): Result {
    const bound = params.map((value) => (typeof value === 'boolean' ? Number(value) : value)) as SqlStorageValue[]
    const cursor = this.#storage.sql.exec(text, ...bound)
    const rows = [...cursor.raw()]
    const changes = Number(this.#storage.sql.exec('SELECT changes() AS n').one()['n'])
    return { columns: cursor.columnNames, rows, changes, wrote: cursor.rowsWritten > 0 }
  }

  #write<T extends { wrote: boolean } | { wrote: boolean }[]>(run: () => T): T {
    const result = run()
    if ([result].flat().some(({ wrote }) => wrote)) this.#remember()
    return result
  }

  /** Keeps what verification would read now, for replicas that will be behind. */
  #remember(): void {
    const records = new Map<unknown, Row[]>()
    if (this.#recordStatement !== null) {
      for (const [hash] of this.#storage.sql.exec('SELECT hash FROM api_key_secrets').raw()) {
        records.set(hash, [...this.#storage.sql.exec(this.#recordStatement, hash).raw()])
      }
    }
    this.#history.push({ at: this.#world.now, records })
  }

  #readOld(text: string, params: unknown[], lag: number): Result {
    if (this.#recordStatement === null) {
      this.#recordStatement = text
      this.#remember()
    }
    if (text !== this.#recordStatement) throw new Error(`a replica is asked for a record and nothing else: ${text}`)
    const copy = this.#history.findLast(({ at }) => at <= this.#world.now - lag) ?? this.#history[0]
    return { columns: [], rows: copy?.records.get(params[0]) ?? [], changes: 0, wrote: false }
  }

  #connection(ask: Ask) {
    const told = ({ columns, rows, changes }: Result) => ({
      success: true,
      meta: { changes },
      results: rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]]))),
    })
    const prepare = (text: string, params: unknown[] = []) => ({
      text,
      params,
      bind: (...bound: unknown[]) => prepare(text, bound),
      all: async () => told(await ask.one(text, params)),
      run: async () => told(await ask.one(text, params)),
      raw: async () => (await ask.one(text, params)).rows,
    })
    return {
      prepare,
      batch: async (statements: Statement[]) => (await ask.batch(statements)).map(told),
    }
  }
}

/** In an order in which they can be filled; the scopes fill themselves. */
/** What no schedule writes into, or what triggers fill. */
const UNREAD = ['api_key_scopes', 'rerank_controls', 'signing_keys', 'console_sessions', 'console_sent_forms']
const TABLES = [
  'projects',
  'environments',
  'api_keys',
  'api_key_secrets',
  'api_key_terms',
  'audit_events',
  'management_keys',
  'pending_tombstones',
  'ledger_marks',
]

const CACHED_MS = 30_000

/** KV: what was written is there, but a place that looked a while ago goes on seeing what it saw, or that it saw nothing. */
export class KeyValues {
  readonly #world: World
  readonly #values = new Map<string, string>()
  readonly #seen = new Map<string, { at: number; value: string | null }>()

  constructor(world: World) {
    this.#world = world
  }

  binding(place: string, fortune: Fortune): KVNamespace {
    const get = (name: string) =>
      this.#world.call(fortune('kv'), () => {
        const seen = this.#seen.get(`${place} ${name}`)
        if (seen !== undefined && this.#world.now < seen.at + CACHED_MS) return seen.value
        const value = this.#values.get(name) ?? null
        this.#seen.set(`${place} ${name}`, { at: this.#world.now, value })
        return value
      })
    const put = (name: string, value: string) => this.#world.call(fortune('kv'), () => this.#values.set(name, value))
    return { get, put } as unknown as KVNamespace // the part we use
  }
}

/** The real ledger: its class over real storage, evicted and started again at will, with alarms in virtual time. */
export class Ledger {
  readonly #world: World
  readonly #state: DurableObjectState
  readonly #bindings: Env
  readonly #shards: RevocationLedger[]
  readonly #alarms = new Map<number, number>()

  constructor(world: World, state: DurableObjectState, bindings: Env, shards: number) {
    this.#world = world
    this.#state = state
    this.#bindings = bindings
    for (let shard = 0; shard < shards; shard += 1) {
      for (const table of ['entries', 'ledger']) state.storage.sql.exec(`DROP TABLE IF EXISTS ${table}_${shard}`)
    }
    this.#shards = Array.from({ length: shards }, (_, shard) => this.#start(shard))
  }

  /** What was in memory is gone; what was written is not. */
  evict(): void {
    for (const shard of this.#shards.keys()) this.#shards[shard] = this.#start(shard)
  }

  client(options: LedgerOptions, fortune: Fortune): LedgerClient {
    const object = (name: string) => {
      const shard = Number(name.slice(name.indexOf('-') + 1))
      const ask = <A extends unknown[], R>(method: (ledger: RevocationLedger, ...args: A) => R) => {
        return (...args: A) => {
          const sent = structuredClone(args)
          return this.#world.call(fortune('ledger'), () => structuredClone(method(this.#shardAt(shard), ...sent)))
        }
      }
      return {
        sync: ask((ledger, ...args: Parameters<RevocationLedger['sync']>) => ledger.sync(...args)),
        record: ask((ledger, ...args: Parameters<RevocationLedger['record']>) => ledger.record(...args)),
        entriesAfter: ask((ledger, ...args: Parameters<RevocationLedger['entriesAfter']>) =>
          ledger.entriesAfter(...args),
        ),
      }
    }
    const namespace = { idFromName: (name: string) => name, get: object }
    return connectLedger(namespace as unknown as DurableObjectNamespace<RevocationLedger>, options) // the part it uses
  }

  #shardAt(shard: number): RevocationLedger {
    const ledger = this.#shards[shard]
    if (ledger === undefined) throw new Error(`there is no shard ${shard}`)
    return ledger
  }

  /** The base class insists on the real state, so the state lends its name to a storage with tables of the shard's own. */
  #start(shard: number): RevocationLedger {
    const { storage } = this.#state
    const { sql } = storage
    const own = {
      sql: {
        exec: (text: string, ...bindings: SqlStorageValue[]) =>
          sql.exec(text.replace(/\b(entries_by_key|entries|ledger)\b/g, `$1_${shard}`), ...bindings),
      },
      transactionSync: <T>(work: () => T) => storage.transactionSync(work),
      getAlarm: async () => this.#alarms.get(shard) ?? null,
      setAlarm: async (at: number) => this.#setAlarm(shard, at),
    }
    const real = Object.getOwnPropertyDescriptor(this.#state, 'storage')
    Object.defineProperty(this.#state, 'storage', { value: own, configurable: true })
    const ledger = new RevocationLedger(this.#state, this.#bindings)
    if (real === undefined) Reflect.deleteProperty(this.#state, 'storage')
    else Object.defineProperty(this.#state, 'storage', real)
    const ctx = { storage: own, id: { name: `ledger-${shard}` }, waitUntil: () => {} }
    Object.defineProperty(ledger, 'ctx', { value: ctx })
    return ledger
  }

  #setAlarm(shard: number, at: number): void {
    this.#alarms.set(shard, at)
    this.#world.at(at, () => {
      if (this.#alarms.get(shard) !== at) return
      this.#alarms.delete(shard)
      void this.#shardAt(shard).alarm()
    })
  }
}
