// Runs one schedule on the real services and tells what went against the guarantee.
import { env } from 'cloudflare:workers'
import { readConfig } from '../../src/config.ts'
import { ROOT } from '../../src/core/actor.ts'
import type { Bounds } from '../../src/core/environment.ts'
import { MAX_STALENESS_MS } from '../../src/core/environment.ts'
import type { RandomBytes } from '../../src/core/ports.ts'
import { Problem } from '../../src/core/problem.ts'
import type { Receipt } from '../../src/core/receipt.ts'
import { mintToken } from '../../src/core/token.ts'
import type { Unavailable, Verdict } from '../../src/core/verdict.ts'
import type { Deps } from '../../src/deps.ts'
import { Isolate } from '../../src/edge/isolate.ts'
import { RevocationLedger } from '../../src/edge/ledger.ts'
import { KeyCache } from '../../src/edge/record-cache.ts'
import { createEnvironment, editEnvironment } from '../../src/service/environments.ts'
import { createKey, editKey, rotateKey } from '../../src/service/keys.ts'
import { createProject } from '../../src/service/projects.ts'
import { revokeEnvironmentKeys } from '../../src/service/revoke-environment.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { sweep } from '../../src/service/sweep.ts'
import { verifyKey } from '../../src/service/verify.ts'
import { openDatabase, openNearest } from '../../src/store/database.ts'
import { ALLOWED_MS, Oracle } from './oracle.ts'
import { Database, type Fates, type Fortune, fortuneOf, KeyValues, Ledger, SWIFT } from './platform.ts'
import { ISOLATES, MANAGERS, type Schedule, type Step } from './schedule.ts'
import { World } from './world.ts'

/** 2026-11-21T12:00:00.000Z. */
const NOON = 1_795_262_400_000
const CONFIG = readConfig({ ROOT_KEY: 'not-used-not-used-not-used-not-used', LEDGER_SHARDS: '2' })
const CALLER = { actor: ROOT, requestId: 'model', address: null }
const MIGRATIONS = env.MIGRATIONS.flatMap(({ queries }) => queries)

type Node = { isolate: Isolate; offset: number; turns: number }
type Key = { id: string; environment: number }
type Token = {
  token: string
  prefix: string
  key: Key | null
  environment: number
  /** When its making began and, once it is known, was over; null while that is not known. */
  start: number
  end: number | null
  issuedAt: number | null
  endsByClock: boolean
}
/** A change that was begun: what may have become of it. `failed` also when nobody knows. */
type Change = { key: string | null; environment: number; start: number; end: number; ok: boolean }
type EnvironmentState = { id: string; possible: Set<number>; linger: number; changes: number }

export type Counts = Record<string, number>

export async function runSchedule(state: DurableObjectState, schedule: Schedule, counts: Counts): Promise<string[]> {
  const model = new Model(state, schedule, counts)
  const real = { now: Date.now, ledger: RevocationLedger.clock, warn: console.warn }
  // Plain assignments: a spy would remember millions of calls.
  Date.now = () => model.world.now
  RevocationLedger.clock = () => model.world.now
  console.warn = () => {}
  try {
    await model.run()
    return model.oracle.violations
  } finally {
    Date.now = real.now
    RevocationLedger.clock = real.ledger
    console.warn = real.warn
    // The engine tidies up between turns, and a schedule is a single one.
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
}

class Model {
  readonly world = new World(NOON)
  readonly oracle = new Oracle()
  readonly #schedule: Schedule
  readonly #counts: Counts
  readonly #db: Database
  readonly #kv: KeyValues
  readonly #ledger: Ledger
  readonly #nodes: Node[]
  readonly #environments: EnvironmentState[] = []
  readonly #keys: Key[] = []
  readonly #tokens: Token[] = []
  readonly #changes: Change[] = []
  #snapshot: ReturnType<Database['snapshot']> | null = null
  #restores = 0
  #operations = 0
  #underway = 0

  constructor(state: DurableObjectState, schedule: Schedule, counts: Counts) {
    this.#schedule = schedule
    this.#counts = counts
    this.#db = new Database(this.world, state.storage, MIGRATIONS)
    this.#kv = new KeyValues(this.world)
    const swift: Fortune = () => SWIFT
    const bindings = { ...env, DB: this.#db.binding(swift), REVOCATIONS: this.#kv.binding('ledger', swift) }
    this.#ledger = new Ledger(this.world, state, bindings, CONFIG.ledgerShards)
    this.#nodes = Array.from({ length: ISOLATES }, (_, index) => ({
      isolate: newIsolate(),
      offset: schedule.offsets[index - MANAGERS] ?? 0,
      turns: 0,
    }))
  }

  async run(): Promise<void> {
    void this.#setUp()
    await this.world.runUntil(NOON + 600_000)
    let at = this.world.now
    for (const step of this.#schedule.steps) {
      at += step.after
      this.world.at(at, () => this.#take(step))
    }
    await this.world.runUntil(at + 200_000)
    await this.#endWell()
  }

  async #setUp(): Promise<void> {
    const deps = this.#deps(0, {})
    const { id } = await createProject(deps, CALLER, { name: 'Shop' })
    for (const [index, bounds] of this.#schedule.bounds.entries()) {
      const made = await createEnvironment(deps, CALLER, id, { name: 'e', tag: 'production', template: 'data-api' })
      await editEnvironment(deps, CALLER, made.id, { bounds })
      const possible = new Set([bounds.maxStalenessMs])
      this.#environments.push({ id: made.id, possible, linger: 0, changes: 0 })
      await this.#create(index, 0, {})
    }
    await this.#create(0, 0, {})
    const first = this.#tokens[0]
    if (first !== undefined) await this.#verify(0, first, false, undefined, {})
    this.#snapshot = this.#db.snapshot()
  }

  #deps(index: number, fates: Fates, random = this.#randomOf(this.#operations)): Deps {
    this.#operations += 1
    const node = this.#node(index)
    const fortune = fortuneOf(fates)
    const binding = this.#db.binding(fortune)
    return {
      config: CONFIG,
      db: openDatabase(binding),
      nearest: () => openNearest(binding),
      revocations: this.#kv.binding(`place ${index}`, fortune),
      ledger: this.#ledger.client(CONFIG, fortune),
      isolate: node.isolate,
      fetchUpstream: () => Promise.reject(new Error('the model has no upstream')),
      service: () => null,
      tries: null,
      clock: () => this.world.now + node.offset,
      random,
      deadline: this.world.deadline,
      sleep: this.world.sleep,
      background: (work) => void work.catch(() => {}),
    }
  }

  #randomOf(seed: number): RandomBytes {
    let state = (seed + 1) * 0x9e3779b9
    const next = () => {
      state = (state + 0x6d2b79f5) | 0
      let bits = Math.imul(state ^ (state >>> 15), 1 | state)
      bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
      return (bits ^ (bits >>> 14)) & 255
    }
    return (count) => Uint8Array.from({ length: count }, next)
  }

  /** The token that an operation started now will mint first: its holder may be as quick as you like. */
  #foreseen() {
    const seed = this.#operations
    return { random: this.#randomOf(seed), ...mintToken(CONFIG.brand, this.#randomOf(seed)) }
  }

  #node(index: number): Node {
    const node = this.#nodes[index]
    if (node === undefined) throw new Error(`there is no isolate ${index}`)
    return node
  }

  #take(step: Step): void {
    switch (step.do) {
      case 'verify': {
        const token = pick(this.#tokens, step.token)
        void this.#verify(step.node, token, step.write, step.maxStalenessMs, step.fates)
        return
      }
      case 'create':
        void this.#create(step.environment, step.node, step.fates)
        return
      case 'set-write':
      case 'set-enabled':
        void this.#edit(
          step.node,
          pick(this.#keys, step.key),
          step.do === 'set-write' ? 'write' : 'enabled',
          step.to,
          step.fates,
        )
        return
      case 'rotate':
        void this.#rotate(step.node, pick(this.#keys, step.key), step.overlapSeconds, step.fates)
        return
      case 'revoke':
        void this.#revoke(step.node, pick(this.#keys, step.key), step.fates)
        return
      case 'revoke-all':
        void this.#revokeAll(step.node, step.environment, step.fates)
        return
      case 'bounds':
        void this.#setBounds(step.node, step.environment, step.bounds, step.fates)
        return
      case 'sweep':
        // It is cron's to fail: the next one tries again.
        sweep(this.#deps(step.node, step.fates)).catch(() => this.#count('sweep failed'))
        return
      case 'new-isolate':
        this.#node(step.node).isolate = newIsolate()
        return
      case 'new-ledger':
        this.#ledger.evict()
        return
      case 'turn-clock':
        this.#turnClock(this.#node(step.node), step.by)
        return
      case 'snapshot':
        this.#snapshot = this.#db.snapshot()
        return
      case 'restore':
        if (this.#snapshot === null) return
        this.#db.restore(this.#snapshot, MIGRATIONS)
        this.oracle.restored(this.world.now)
        this.#restores += 1
        for (const [index, { maxStalenessMs }] of this.#schedule.bounds.entries())
          this.#environment(index).possible.add(maxStalenessMs)
        this.#count('restored')
        return
    }
  }

  /** The isolate is busy: it reads its clock just before and just after. What nobody reads, nobody can notice. */
  #turnClock(node: Node, by: number): void {
    node.isolate.read(this.world.now + node.offset)
    node.offset += by
    node.turns += 1
    node.isolate.read(this.world.now + node.offset)
  }

  async #verify(
    index: number,
    token: Token,
    write: boolean,
    maxStalenessMs: number | undefined,
    fates: Fates,
  ): Promise<Verdict | Unavailable> {
    const { isolate, turns } = this.#node(index)
    const start = this.world.now
    const scopes = write ? ['write'] : []
    const verdict = await verifyKey(this.#deps(index, fates), null, { token: token.token, scopes, maxStalenessMs })
    const keyId = 'keyId' in verdict ? verdict.keyId : (token.key?.id ?? '')
    const asked = {
      prefix: token.prefix,
      issuedAt: token.issuedAt,
      keyId,
      environmentId: this.#environment(token.environment).id,
      start,
      maxStalenessMs: maxStalenessMs ?? MAX_STALENESS_MS,
      isolate,
      turned: turns !== this.#node(index).turns || this.#node(index).turns > 0,
    }
    this.oracle.check(asked, verdict, this.world.now)
    this.#count(verdict.code)
    if (verdict.valid) this.#count(`valid by ${verdict.freshness.source}`)
    return verdict
  }

  async #create(environment: number, index: number, fates: Fates): Promise<void> {
    const { token, prefix, random } = this.#foreseen()
    const born: Token = {
      token,
      prefix,
      key: null,
      environment,
      start: this.world.now,
      end: null,
      issuedAt: null,
      endsByClock: false,
    }
    this.#tokens.push(born)
    const input = { name: 'k', scopes: ['read', 'write'] }
    const made = await this.#settled(
      createKey(this.#deps(index, fates, random), CALLER, this.#environment(environment).id, input),
    )
    if (made === null) return
    const key = { id: made.key.id, environment }
    this.#keys.push(key)
    const kept = made.token === token ? born : this.#alsoMade(made.token, born)
    Object.assign(kept, { key, end: this.world.now, issuedAt: made.key.createdAt })
  }

  #alsoMade(token: string, like: Token): Token {
    const made = { ...like, token, prefix: prefixOf(token) }
    this.#tokens.push(made)
    return made
  }

  async #edit(index: number, key: Key, attribute: 'write' | 'enabled', to: boolean, fates: Fates): Promise<void> {
    const change = this.#begin(key.id, key.environment)
    const attempt = { keyId: key.id, attribute, to, start: change.start, end: Number.POSITIVE_INFINITY }
    this.oracle.attempts.push(attempt)
    const wanted = attribute === 'enabled' ? { enabled: to } : { scopes: to ? ['read', 'write'] : ['read'] }
    const edited = await this.#settled(editKey(this.#deps(index, fates), CALLER, key.id, wanted))
    if (edited === null) return
    attempt.end = this.world.now
    this.#end(change)
    if (this.oracle.isLost(change.start)) return
    const claim = this.#claim(change, edited.receipt)
    this.oracle.note({ of: 'set', keyId: key.id, attribute, to, ...claim })
  }

  async #rotate(index: number, key: Key, overlapSeconds: number, fates: Fates): Promise<void> {
    const { token, prefix, random } = this.#foreseen()
    const change = this.#begin(key.id, key.environment)
    const older = this.#tokens.filter(
      (other) => other.key?.id === key.id && other.end !== null && !this.#isForgotten(other),
    )
    const born: Token = {
      token,
      prefix,
      key,
      environment: key.environment,
      start: change.start,
      end: null,
      issuedAt: null,
      endsByClock: false,
    }
    this.#tokens.push(born)
    const rotated = await this.#settled(rotateKey(this.#deps(index, fates, random), CALLER, key.id, { overlapSeconds }))
    if (rotated === null) return
    this.#end(change)
    const kept = rotated.token === token ? born : this.#alsoMade(rotated.token, born)
    Object.assign(kept, { end: this.world.now, issuedAt: rotated.key.secrets[0]?.createdAt ?? null })
    if (this.oracle.isLost(change.start)) return
    const { possible, linger } = this.#environment(key.environment)
    for (const other of older) {
      const isPrevious = other.prefix === rotated.previous.prefix
      if (isPrevious && overlapSeconds > 0) other.endsByClock = true
      const endsAt = isPrevious ? Math.max(this.world.now, rotated.previous.expiresAt) : this.world.now
      const known = endsAt + (other.endsByClock ? this.#skew() : 0)
      const effectiveBy = Math.max(known, this.world.now + Math.max(...possible), linger)
      this.oracle.note({
        of: 'ended',
        prefix: other.prefix,
        start: change.start,
        committedAt: effectiveBy,
        effectiveBy,
      })
      this.#count('secrets ended')
    }
  }

  /** Whether a restore may have taken the secret with it: then nothing that D1 is told can concern it. */
  #isForgotten({ start }: Token): boolean {
    return this.oracle.isLost(start) && start >= NOON + 600_000
  }

  /** An end after an overlap is a time of day, and is read from the clock of whoever verifies. */
  #skew(): number {
    const turns = this.#schedule.steps.map((step) => (step.do === 'turn-clock' ? Math.abs(step.by) : 0))
    return Math.max(0, ...this.#nodes.map(({ offset }) => -offset)) + turns.reduce((sum, by) => sum + by, 0)
  }

  async #revoke(index: number, key: Key, fates: Fates): Promise<void> {
    const change = this.#begin(key.id, key.environment)
    const revoked = await this.#settled(revokeKey(this.#deps(index, fates), CALLER, key.id, {}))
    if (revoked === null) return
    this.#end(change)
    this.oracle.note({ of: 'revoked', keyId: key.id, ...this.#claim(change, revoked.receipt) })
    this.#count(`revoked, ${revoked.receipt.recorded}`)
  }

  async #revokeAll(index: number, environment: number, fates: Fates): Promise<void> {
    const change = this.#begin(null, environment)
    const deps = this.#deps(index, fates)
    const { id } = this.#environment(environment)
    const issuedBefore = deps.clock()
    const done = await this.#settled(revokeEnvironmentKeys(deps, CALLER, id, { issuedBefore }))
    if (done === null) return
    this.#end(change)
    this.oracle.note({ of: 'revoked-all', environmentId: id, issuedBefore, ...this.#claim(change, done.receipt) })
    this.#count('revoked all')
  }

  async #setBounds(index: number, environment: number, bounds: Bounds, fates: Fates): Promise<void> {
    const known = this.#environment(environment)
    known.changes += 1
    const alone = known.changes
    const before = [...known.possible]
    known.possible.add(bounds.maxStalenessMs)
    known.linger = Number.POSITIVE_INFINITY
    const edited = await this.#settled(editEnvironment(this.#deps(index, fates), CALLER, known.id, { bounds }))
    if (edited === null) return
    // What no other edit can have changed meanwhile is certain; the wider bound from before lives on for a while.
    if (known.changes === alone && before.length === 1) {
      known.possible = new Set([bounds.maxStalenessMs])
      known.linger = this.world.now + Math.max(...before)
    }
    this.#count('bounds set')
  }

  /** A receipt as a claim, and a look by every isolate as soon as the claim must hold. */
  #claim({ start, environment }: Change, { committedAt, effectiveBy }: Receipt) {
    if (committedAt > this.world.now) this.oracle.violations.push(`committed in the future: ${committedAt}`)
    const { possible, linger } = this.#environment(environment)
    const widest = Math.max(MAX_STALENESS_MS, ...possible)
    if (effectiveBy > Math.max(this.world.now + widest, linger))
      this.oracle.violations.push(`effective when nobody needs it any more: ${effectiveBy}`)
    this.world.at(effectiveBy + ALLOWED_MS + 1, () => this.#lookEverywhere(environment))
    this.#counts['facts'] = (this.#counts['facts'] ?? 0) + 1
    return { start, committedAt, effectiveBy }
  }

  #lookEverywhere(environment: number): void {
    for (const index of this.#nodes.keys()) {
      for (const token of this.#tokens) {
        if (token.environment === environment) void this.#verify(index, token, false, undefined, {})
      }
    }
  }

  #begin(key: string | null, environment: number): Change {
    const change = { key, environment, start: this.world.now, end: Number.POSITIVE_INFINITY, ok: false }
    this.#changes.push(change)
    return change
  }

  #end(change: Change): void {
    change.end = this.world.now
    change.ok = true
  }

  /** The outcome of an operation, or null where it said that it cannot. Anything else is a defect. */
  async #settled<T>(work: Promise<T>): Promise<T | null> {
    this.#underway += 1
    try {
      return await work
    } catch (error) {
      if (!(error instanceof Problem))
        this.oracle.violations.push(`broke: ${error instanceof Error ? error.stack : error}`)
      this.#count(`refused: ${error instanceof Problem ? error.code : 'broke'}`)
      return null
    } finally {
      this.#underway -= 1
    }
  }

  /** With nothing failing and nothing pending, what is live is valid, then from memory; and what is dead is dead. */
  async #endWell(): Promise<void> {
    void this.#settled(sweep(this.#deps(0, {})))
    await this.world.runUntil(this.world.now + 100_000)
    for (const round of ['ledger', 'ledger', 'lease']) {
      for (const index of this.#nodes.keys()) {
        const expected = this.#tokens.map((token) => ({ token, live: this.#isLive(token), dead: this.#isDead(token) }))
        for (const { token, live, dead } of expected) {
          void this.#verify(index, token, false, undefined, {}).then((verdict) => {
            const source = verdict.valid ? verdict.freshness.source : null
            const right = source === round || (round === 'ledger' && source === 'lease') || this.#isStrict(token)
            if (live && !(verdict.valid && right)) this.#wrong('live but not valid', token, index, round, verdict)
            if (dead && verdict.valid) this.#wrong('dead but valid', token, index, round, verdict)
          })
        }
        await this.world.runUntil(this.world.now + 10)
      }
    }
  }

  #wrong(what: string, { prefix }: Token, index: number, round: string, verdict: Verdict | Unavailable): void {
    this.oracle.violations.push(`${what}: ${prefix} in isolate ${index} by ${round}: ${JSON.stringify(verdict)}`)
  }

  /** Environments that allow nothing from memory, or so little that it may be over. */
  #isStrict({ environment }: Token): boolean {
    return Math.min(...this.#environment(environment).possible) < 5000
  }

  #isDead({ key, environment, issuedAt }: Token): boolean {
    return (
      key !== null &&
      this.oracle.isRevoked({ keyId: key.id, environmentId: this.#environment(environment).id, issuedAt })
    )
  }

  /** Certainly so: nothing was tried that could have ended it, or it was undone for certain. */
  #isLive({ key, end, start, environment }: Token): boolean {
    if (key === null || end === null || this.oracle.isLost(start)) return false
    const touched = this.#changes.some(
      (change) => change.key === key.id || (change.key === null && change.environment === environment),
    )
    return !touched
  }

  #environment(index: number): EnvironmentState {
    const environment = this.#environments[index]
    if (environment === undefined) throw new Error(`there is no environment ${index}`)
    return environment
  }

  #count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1
  }
}

/** Of the real size it would take megabytes, for a handful of keys. */
const newIsolate = () => new Isolate(new KeyCache({ max: 100 }))

const prefixOf = (token: string) => token.split('_')[1] ?? ''

function pick<T>(items: T[], index: number): T {
  const item = items[index % items.length]
  if (item === undefined) throw new Error('there is nothing to pick from')
  return item
}
