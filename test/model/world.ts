// What a schedule runs in: virtual time, the platform, the isolates with their clocks, and what has been made so far.
import { env } from 'cloudflare:workers'
import { seeded } from '../../simulate/random.ts'
import { readConfig } from '../../src/config.ts'
import { ROOT } from '../../src/core/actor.ts'
import { MAX_STALENESS_MS } from '../../src/core/environment.ts'
import type { MintKey } from '../../src/core/mint-tag.ts'
import { OAuthError } from '../../src/core/oauth-error.ts'
import type { RandomBytes } from '../../src/core/ports.ts'
import { Problem } from '../../src/core/problem.ts'
import type { Receipt } from '../../src/core/receipt.ts'
import { Isolate } from '../../src/edge/isolate.ts'
import type { Deps } from '../../src/service/deps.ts'
import { openDatabase, openNearest } from '../../src/store/database.ts'
import { type Claim, Oracle } from './oracle.ts'
import { Database, deliverInTurn, type Faults, KeyValues, Ledger, type NextDelivery, PROMPT } from './platform.ts'
import { ISOLATES, type Schedule } from './steps.ts'
import { type Key, newSpan, type Secret, type Span, type Token } from './tokens.ts'
import { VirtualTime } from './virtual-time.ts'

export const CONFIG = readConfig({ ROOT_KEY: 'not-used-not-used-not-used-not-used' })
export const CALLER = { actor: ROOT, requestId: 'model', address: null }

/** 2026-11-21T12:00:00.000Z. */
const NOON = 1_795_262_400_000
/** When the schedule begins: by then everything that it begins with is there. */
export const BEGINNING = NOON + 600_000
/** A message that is under way when its sender gives up arrives within this, if ever. */
const LATEST_ARRIVAL_MS = 6000
const MIGRATIONS = env.MIGRATIONS.flatMap(({ queries }) => queries)

type Node = { isolate: Isolate; offset: number; clockSets: number }
/** The bounds that may be in force, and until when leases may follow a wider one. */
type EnvironmentState = { id: string; possible: Set<number>; linger: number; changes: number }

export type Counts = Record<string, number>

export class World {
  readonly time = new VirtualTime(NOON)
  readonly oracle = new Oracle(BEGINNING)
  readonly nodes: Node[]
  readonly environments: EnvironmentState[] = []
  readonly keys: Key[] = []
  /** Of API keys and credentials. */
  readonly secrets: Secret[] = []
  /** API keys and access tokens: what is verified. */
  readonly tokens: Token[] = []
  /** Client secrets: what access tokens are obtained with. */
  readonly clients: Token[] = []
  readonly #schedule: Schedule
  readonly #counts: Counts
  /** The key that all tokens are tagged with. */
  readonly mintKey: Promise<MintKey>
  readonly #db: Database
  readonly #kv: KeyValues
  readonly #ledger: Ledger
  #snapshot: ReturnType<Database['snapshot']> | null = null
  #operations = 0

  constructor(state: DurableObjectState, schedule: Schedule, counts: Counts) {
    this.#schedule = schedule
    this.#counts = counts
    this.#db = new Database(this.time, state.storage, MIGRATIONS)
    this.mintKey = this.#db.mintKey()
    this.#kv = new KeyValues(this.time)
    const prompt: NextDelivery = () => PROMPT
    const bindings = { ...env, DB: this.#db.binding(prompt), REVOCATIONS: this.#kv.binding('ledger', prompt) }
    this.#ledger = new Ledger(this.time, state, bindings)
    this.nodes = Array.from({ length: ISOLATES }, (_, index) => ({
      isolate: new Isolate(),
      offset: schedule.offsets[index] ?? 0,
      clockSets: 0,
    }))
  }

  deps(index: number, faults: Faults, random = this.#randomOf(this.#operations)): Deps {
    this.#operations += 1
    const node = this.node(index)
    const next = deliverInTurn(faults)
    const binding = this.#db.binding(next)
    return {
      config: CONFIG,
      db: openDatabase(binding),
      nearest: () => openNearest(binding),
      revocations: this.#kv.binding(`place ${index}`, next),
      ledger: this.#ledger.client(CONFIG, next),
      isolate: node.isolate,
      fetchUpstream: () => Promise.reject(new Error('the model has no upstream')),
      service: () => null,
      tries: null,
      signInTries: null,
      assetVersion: 'test',
      clock: () => this.clockOf(index),
      random,
      deadline: this.time.deadline,
      sleep: this.time.sleep,
      background: (work) => void work.catch(() => {}),
    }
  }

  /** Randomness that the next operation will have as well: so what it is going to mint is known beforehand. */
  foreseeRandom(): () => RandomBytes {
    const seed = this.#operations
    return () => this.#randomOf(seed)
  }

  #randomOf(seed: number): RandomBytes {
    const random = seeded(seed)
    return (count) => Uint8Array.from({ length: count }, () => random() * 256)
  }

  node(index: number): Node {
    const node = this.nodes[index]
    if (node === undefined) throw new Error(`there is no isolate ${index}`)
    return node
  }

  clockOf(index: number): number {
    return this.time.now + this.node(index).offset
  }

  environment(index: number): EnvironmentState {
    const environment = this.environments[index]
    if (environment === undefined) throw new Error(`there is no environment ${index}`)
    return environment
  }

  /** The isolate is busy: it reads its clock just before and just after. What nobody reads, nobody can notice. */
  setClock(index: number, by: number): void {
    const node = this.node(index)
    node.isolate.readClock(this.clockOf(index))
    node.offset += by
    node.clockSets += 1
    node.isolate.readClock(this.clockOf(index))
  }

  /** How far behind true time the clock of any isolate may ever be. */
  get mostBehindMs(): number {
    const sets = this.#schedule.steps.map((step) => (step.do === 'set-clock' ? Math.abs(step.by) : 0))
    return Math.max(0, ...this.nodes.map(({ offset }) => -offset)) + sets.reduce((sum, by) => sum + by, 0)
  }

  evictLedger(): void {
    this.#ledger.evict()
  }

  takeSnapshot(): void {
    this.#snapshot = this.#db.snapshot()
  }

  restore(): void {
    if (this.#snapshot === null) return
    this.#db.restore(this.#snapshot, MIGRATIONS)
    this.oracle.noteRestore(this.time.now)
    for (const [index, { maxStalenessMs }] of this.#schedule.bounds.entries())
      this.environment(index).possible.add(maxStalenessMs)
    this.count('restored')
  }

  /** The outcome of an operation, or null where it was refused. Any other error is a defect. */
  async attempt<T>(work: Promise<T>, onRefusal: (error: Problem | OAuthError) => void = () => {}): Promise<T | null> {
    try {
      return await work
    } catch (error) {
      const isRefusal = error instanceof Problem || error instanceof OAuthError
      if (isRefusal) onRefusal(error)
      else this.oracle.violations.push(`broke: ${error instanceof Error ? error.stack : error}`)
      this.count(`refused: ${isRefusal ? error.code : 'broke'}`)
      return null
    }
  }

  /** The same of a change: its span ends with the answer, or when it can no longer take effect. */
  async change<T>(span: Span, work: Promise<T>): Promise<T | null> {
    const outcome = await this.attempt(work)
    span.end = this.time.now + (outcome === null ? LATEST_ARRIVAL_MS : 0)
    return outcome
  }

  newSpan(): Span {
    return newSpan(this.time.now)
  }

  /** A receipt as a claim: every moment of it is one of the ledger's clock. */
  claimOf(span: Span, environment: number, receipt: Receipt): Claim {
    const { committedAt, effectiveBy } = receipt
    if (committedAt > this.time.now) this.oracle.violations.push(`committed in the future: ${committedAt}`)
    const { possible, linger } = this.environment(environment)
    const widest = Math.max(MAX_STALENESS_MS, ...possible)
    if (effectiveBy > Math.max(this.time.now + widest, linger))
      this.oracle.violations.push(`effective when nobody needs it any more: ${effectiveBy}`)
    this.count('facts')
    return { start: span.start, committedAt, effectiveBy }
  }

  /** The claim of a change that was answered just now and gave no receipt. */
  claimNow({ start }: Span, environment: number): Claim {
    const { possible, linger } = this.environment(environment)
    const committedAt = this.time.now
    this.count('facts')
    return { start, committedAt, effectiveBy: Math.max(committedAt + Math.max(...possible), linger) }
  }

  count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1
  }
}

export function pick<T>(items: readonly T[], index: number): T {
  const item = items.at(index % items.length)
  if (item === undefined) throw new Error('there is nothing to pick from')
  return item
}
