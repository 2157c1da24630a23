// The platform as it can be at its worst: D1 with replicas that lag, KV that caches what is not there, a ledger that
// is far away. Under it are the real engines: the SQLite of a Durable Object, which is what D1 and the ledger run on
// locally as well, with the real migrations and the real ledger class. Only the way there and back is made up.
import { importMintKey, type MintKey } from '../../src/core/mint-tag.ts'
import { RevocationLedger } from '../../src/edge/ledger.ts'
import { connectLedger, type LedgerClient, type LedgerOptions } from '../../src/edge/ledger-client.ts'
import type { Delivery, VirtualTime } from './virtual-time.ts'

export type Target = 'ledger' | 'primary' | 'nearest' | 'kv'

/** What becomes of the next calls of one operation, by target; after them all goes well. */
export type Faults = { [T in Target]?: Delivery[] }

export const PROMPT: Delivery = { there: 2, back: 2, outcome: 'ok', lag: 0 }

/** Hands out the deliveries of one operation in turn. */
export type NextDelivery = (target: Target) => Delivery

export function deliverInTurn(faults: Faults): NextDelivery {
  const used = { ledger: 0, primary: 0, nearest: 0, kv: 0 }
  return (target) => {
    const delivery = faults[target]?.[used[target]] ?? PROMPT
    used[target] += 1
    return delivery
  }
}

type Row = SqlStorageValue[]
/** What replicas are asked for, by statement and parameters, as it was at a moment. */
type Copy = { at: number; answers: Map<string, Row[]> }
type Tables = { name: string; columns: string[]; rows: Row[] }[]

type Result = { columns: string[]; rows: Row[]; changes: number; wrote: boolean }
type Statement = { text: string; params: unknown[] }
type Ask = {
  one(text: string, params: unknown[]): Promise<Result>
  batch(statements: Statement[]): Promise<Result[]>
}

/** D1 over the SQLite of a Durable Object. */
export class Database {
  readonly #time: VirtualTime
  readonly #storage: DurableObjectStorage
  /** The statements that replicas are asked, each once it is known. */
  readonly #replicated = new Set<string>()
  #history: Copy[] = []

  constructor(time: VirtualTime, storage: DurableObjectStorage, migrations: string[]) {
    this.#time = time
    this.#storage = storage
    this.#rebuild(migrations)
    this.#remember()
  }

  binding(next: NextDelivery): D1Database {
    const call = <T>(execute: () => T) => this.#time.call(next('primary'), execute)
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
        const delivery = next('nearest')
        return this.#time.call(delivery, () => this.#readOld(text, params, delivery.lag))
      },
      batch: () => Promise.reject(new Error('nothing is written through a replica')),
    })
    return { ...primary, withSession: () => replica } as unknown as D1Database // the part drizzle uses
  }

  /** The key that all tokens are tagged with. A restore brings it back. */
  mintKey(): Promise<MintKey> {
    const rows = this.#storage.sql.exec<{ id: string; secret: string; createdAt: number }>(
      'SELECT id, secret, created_at AS createdAt FROM mint_keys',
    )
    return importMintKey(rows.one())
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
    this.#storage.sql.exec('DELETE FROM mint_keys')
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

  /** Keeps what a replica could be asked now, for replicas that will be behind. */
  #remember(): void {
    const answers = new Map<string, Row[]>()
    for (const text of this.#replicated) {
      for (const [parameter] of this.#storage.sql.exec(findParameters(text)).raw()) {
        answers.set(`${text} ${parameter}`, [...this.#storage.sql.exec(text, parameter).raw()])
      }
    }
    this.#history.push({ at: this.#time.now, answers })
  }

  #readOld(text: string, params: unknown[], lag: number): Result {
    if (!this.#replicated.has(text)) {
      this.#replicated.add(text)
      this.#remember()
    }
    const copy = this.#history.findLast(({ at }) => at <= this.#time.now - lag) ?? this.#history[0]
    return { columns: [], rows: copy?.answers.get(`${text} ${params[0]}`) ?? [], changes: 0, wrote: false }
  }

  #connection(ask: Ask) {
    const toD1Result = ({ columns, rows, changes }: Result) => ({
      success: true,
      meta: { changes },
      results: rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]]))),
    })
    const prepare = (text: string, params: unknown[] = []) => ({
      text,
      params,
      bind: (...bound: unknown[]) => prepare(text, bound),
      all: async () => toD1Result(await ask.one(text, params)),
      run: async () => toD1Result(await ask.one(text, params)),
      raw: async () => (await ask.one(text, params)).rows,
    })
    return {
      prepare,
      batch: async (statements: Statement[]) => (await ask.batch(statements)).map(toD1Result),
    }
  }
}

/** Which parameters a statement that a replica is asked can have: a record is read by a hash or a prefix, a route table by its environment. */
function findParameters(text: string): string {
  if (/ where \(?"api_key_secrets"."hash" = \?/.test(text)) return 'SELECT hash FROM api_key_secrets'
  if (/ where \(?"api_key_secrets"."prefix" = \?/.test(text)) return 'SELECT prefix FROM api_key_secrets'
  if (/ where "environments"."id" = \?/.test(text)) return 'SELECT id FROM environments'
  throw new Error(`a replica is asked for records and environments, and for nothing else: ${text}`)
}

/** What no schedule writes into, or what triggers fill. */
const UNREAD = [
  'api_key_scopes',
  'browser_origins',
  'idempotent_responses',
  'old_search_terms',
  'rerank_controls',
  'console_sessions',
  'console_sent_forms',
]
/** In an order in which they can be filled. */
const TABLES = [
  'mint_keys',
  'projects',
  'environments',
  'api_keys',
  'api_key_secrets',
  'api_key_terms',
  'audit_events',
  'management_keys',
  'pending_tombstones',
  'ledger_mark',
  'signing_keys',
]

const CACHED_MS = 30_000

/** KV: what was written is there, but a place that looked a while ago goes on seeing what it saw, or that it saw nothing. */
export class KeyValues {
  readonly #time: VirtualTime
  readonly #values = new Map<string, string>()
  readonly #seen = new Map<string, { at: number; value: string | null }>()

  constructor(time: VirtualTime) {
    this.#time = time
  }

  binding(place: string, next: NextDelivery): KVNamespace {
    const get = (name: string) =>
      this.#time.call(next('kv'), () => {
        const seen = this.#seen.get(`${place} ${name}`)
        if (seen !== undefined && this.#time.now < seen.at + CACHED_MS) return seen.value
        const value = this.#values.get(name) ?? null
        this.#seen.set(`${place} ${name}`, { at: this.#time.now, value })
        return value
      })
    const put = (name: string, value: string) => this.#time.call(next('kv'), () => this.#values.set(name, value))
    return { get, put } as unknown as KVNamespace // the part we use
  }
}

/** The real ledger: its class over real storage, evicted and started again at will, with an alarm in virtual time. */
export class Ledger {
  readonly #time: VirtualTime
  readonly #state: DurableObjectState
  readonly #bindings: Env
  #object: RevocationLedger
  #alarm: number | null = null

  constructor(time: VirtualTime, state: DurableObjectState, bindings: Env) {
    this.#time = time
    this.#state = state
    this.#bindings = bindings
    for (const table of ['entries', 'secrets', 'ended_tokens', 'ledger'])
      state.storage.sql.exec(`DROP TABLE IF EXISTS ${table}`)
    this.#object = this.#start()
  }

  /** What was in memory is lost; what was written is not. */
  evict(): void {
    this.#object = this.#start()
  }

  client(options: LedgerOptions, next: NextDelivery): LedgerClient {
    const ask = <A extends unknown[], R>(method: (ledger: RevocationLedger, ...args: A) => R) => {
      return (...args: A) => {
        const sent = structuredClone(args)
        return this.#time.call(next('ledger'), () => structuredClone(method(this.#object, ...sent)))
      }
    }
    const stub = {
      sync: ask((ledger, ...args: Parameters<RevocationLedger['sync']>) => ledger.sync(...args)),
      record: ask((ledger, ...args: Parameters<RevocationLedger['record']>) => ledger.record(...args)),
      entriesAfter: ask((ledger, ...args: Parameters<RevocationLedger['entriesAfter']>) =>
        ledger.entriesAfter(...args),
      ),
    }
    const namespace = { idFromName: (name: string) => name, get: () => stub }
    return connectLedger(namespace as unknown as DurableObjectNamespace<RevocationLedger>, options) // the part it uses
  }

  /** The base class insists on the real state, so the state lends its name to a storage with alarms in virtual time. */
  #start(): RevocationLedger {
    const { storage } = this.#state
    const own = {
      sql: storage.sql,
      transactionSync: <T>(work: () => T) => storage.transactionSync(work),
      getAlarm: async () => this.#alarm,
      setAlarm: async (at: number) => this.#setAlarm(at),
    }
    const real = Object.getOwnPropertyDescriptor(this.#state, 'storage')
    Object.defineProperty(this.#state, 'storage', { value: own, configurable: true })
    const ledger = new RevocationLedger(this.#state, this.#bindings)
    if (real === undefined) Reflect.deleteProperty(this.#state, 'storage')
    else Object.defineProperty(this.#state, 'storage', real)
    Object.defineProperty(ledger, 'ctx', { value: { storage: own, waitUntil: () => {} } })
    return ledger
  }

  #setAlarm(at: number): void {
    this.#alarm = at
    this.#time.at(at, () => {
      if (this.#alarm !== at) return
      this.#alarm = null
      void this.#object.alarm()
    })
  }
}
