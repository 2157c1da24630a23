// Runs one schedule on the real services and tells what went against the guarantee.
import { env } from 'cloudflare:workers'
import { seeded } from '../../simulate/random.ts'
import { readConfig } from '../../src/config.ts'
import { BEARER, ROOT } from '../../src/core/actor.ts'
import type { Bounds } from '../../src/core/environment.ts'
import { MAX_STALENESS_MS } from '../../src/core/environment.ts'
import type { RandomBytes } from '../../src/core/ports.ts'
import { Problem } from '../../src/core/problem.ts'
import type { Receipt } from '../../src/core/receipt.ts'
import type { Route } from '../../src/core/route-table.ts'
import { mintToken } from '../../src/core/token.ts'
import type { Unavailable, Verdict } from '../../src/core/verdict.ts'
import { Isolate } from '../../src/edge/isolate.ts'
import { RevocationLedger } from '../../src/edge/ledger.ts'
import { decideRequest } from '../../src/service/decide-request.ts'
import type { Deps } from '../../src/service/deps.ts'
import { createEnvironment, editEnvironment } from '../../src/service/environments.ts'
import { createKey, editKey, rotateKey } from '../../src/service/keys.ts'
import { createProject } from '../../src/service/projects.ts'
import { revokeEnvironmentKeys } from '../../src/service/revoke-environment.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { replaceRoutes } from '../../src/service/routes.ts'
import { sweep } from '../../src/service/sweep.ts'
import { verify } from '../../src/service/verify.ts'
import { openDatabase, openNearest } from '../../src/store/database.ts'
import { ALLOWED_MS, type Attribute, Oracle } from './oracle.ts'
import { Database, deliverInTurn, type Faults, KeyValues, Ledger, type NextDelivery, PROMPT } from './platform.ts'
import { ISOLATES, MANAGERS, type Schedule, type Step } from './schedule.ts'
import { VirtualTime } from './virtual-time.ts'

/** 2026-11-21T12:00:00.000Z. */
const NOON = 1_795_262_400_000
const CONFIG = readConfig({ ROOT_KEY: 'not-used-not-used-not-used-not-used' })
const CALLER = { actor: ROOT, requestId: 'model', address: null }
/** Asks for a scope that every key of the environments holds. */
const ROUTE: Route = {
  methods: ['GET'],
  path: '/api/items',
  scopes: ['read'],
  upstream: null,
  rerank: false,
  webSocket: false,
  timeoutMs: 1000,
}
const MIGRATIONS = env.MIGRATIONS.flatMap(({ queries }) => queries)

type Node = { isolate: Isolate; offset: number; clockSets: number }
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
  Date.now = () => model.time.now
  RevocationLedger.clock = () => model.time.now
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
  readonly time = new VirtualTime(NOON)
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
    this.#db = new Database(this.time, state.storage, MIGRATIONS)
    this.#kv = new KeyValues(this.time)
    const prompt: NextDelivery = () => PROMPT
    const bindings = { ...env, DB: this.#db.binding(prompt), REVOCATIONS: this.#kv.binding('ledger', prompt) }
    this.#ledger = new Ledger(this.time, state, bindings)
    this.#nodes = Array.from({ length: ISOLATES }, (_, index) => ({
      isolate: new Isolate(),
      offset: schedule.offsets[index - MANAGERS] ?? 0,
      clockSets: 0,
    }))
  }

  async run(): Promise<void> {
    void this.#setUp()
    await this.time.runUntil(NOON + 600_000)
    let at = this.time.now
    for (const step of this.#schedule.steps) {
      at += step.after
      this.time.at(at, () => this.#take(step))
    }
    await this.time.runUntil(at + 200_000)
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
    if (first !== undefined) {
      await this.#verify(0, first, false, undefined, {})
      await this.#findRoute(0, first, {})
    }
    this.#snapshot = this.#db.snapshot()
  }

  #deps(index: number, faults: Faults, random = this.#randomOf(this.#operations)): Deps {
    this.#operations += 1
    const node = this.#node(index)
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
      clock: () => this.time.now + node.offset,
      random,
      deadline: this.time.deadline,
      sleep: this.time.sleep,
      background: (work) => void work.catch(() => {}),
    }
  }

  #randomOf(seed: number): RandomBytes {
    const random = seeded(seed)
    return (count) => Uint8Array.from({ length: count }, () => random() * 256)
  }

  /** The token that an operation started now will mint first: its holder may use it as soon as D1 has it. */
  #foreseeToken() {
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
        void this.#verify(step.node, token, step.write, step.maxStalenessMs, step.faults)
        return
      }
      case 'find-route':
        void this.#findRoute(step.node, pick(this.#tokens, step.token), step.faults)
        return
      case 'set-route':
        void this.#setRoute(step.node, step.environment, step.to, step.faults)
        return
      case 'create':
        void this.#create(step.environment, step.node, step.faults)
        return
      case 'set-write':
      case 'set-enabled':
        void this.#edit(
          step.node,
          pick(this.#keys, step.key),
          step.do === 'set-write' ? 'write' : 'enabled',
          step.to,
          step.faults,
        )
        return
      case 'rotate':
        void this.#rotate(step.node, pick(this.#keys, step.key), step.overlapSeconds, step.faults)
        return
      case 'revoke':
        void this.#revoke(step.node, pick(this.#keys, step.key), step.faults)
        return
      case 'revoke-all':
        void this.#revokeAll(step.node, step.environment, step.faults)
        return
      case 'bounds':
        void this.#setBounds(step.node, step.environment, step.bounds, step.faults)
        return
      case 'sweep':
        // It is cron's to fail: the next one tries again.
        sweep(this.#deps(step.node, step.faults)).catch(() => this.#count('sweep failed'))
        return
      case 'new-isolate':
        this.#node(step.node).isolate = new Isolate()
        return
      case 'new-ledger':
        this.#ledger.evict()
        return
      case 'set-clock':
        this.#setClock(this.#node(step.node), step.by)
        return
      case 'snapshot':
        this.#snapshot = this.#db.snapshot()
        return
      case 'restore':
        if (this.#snapshot === null) return
        this.#db.restore(this.#snapshot, MIGRATIONS)
        this.oracle.noteRestore(this.time.now)
        this.#restores += 1
        for (const [index, { maxStalenessMs }] of this.#schedule.bounds.entries())
          this.#environment(index).possible.add(maxStalenessMs)
        this.#count('restored')
        return
    }
  }

  /** The isolate is busy: it reads its clock just before and just after. What nobody reads, nobody can notice. */
  #setClock(node: Node, by: number): void {
    node.isolate.readClock(this.time.now + node.offset)
    node.offset += by
    node.clockSets += 1
    node.isolate.readClock(this.time.now + node.offset)
  }

  async #verify(
    index: number,
    token: Token,
    write: boolean,
    maxStalenessMs: number | undefined,
    faults: Faults,
  ): Promise<Verdict | Unavailable> {
    const { isolate } = this.#node(index)
    const start = this.time.now
    const scopes = write ? ['write'] : []
    const verdict = await verify(this.#deps(index, faults), BEARER, { token: token.token, scopes, maxStalenessMs })
    const asked = {
      prefix: token.prefix,
      issuedAt: token.issuedAt,
      environmentId: this.#environment(token.environment).id,
      start,
      maxStalenessMs: maxStalenessMs ?? MAX_STALENESS_MS,
      isolate,
      clockWasSet: this.#node(index).clockSets > 0,
    }
    this.oracle.check(asked, verdict, this.time.now)
    this.#count(verdict.code)
    if (verdict.valid) this.#count(`valid by ${verdict.freshness.source}`)
    return verdict
  }

  /** What the front door decides of a request that the environment has a route for, or none. */
  async #findRoute(index: number, { token, prefix, environment }: Token, faults: Faults): Promise<void> {
    const start = this.time.now
    const decision = await decideRequest(this.#deps(index, faults), {
      token,
      kind: 'api_key',
      need: { method: 'GET', path: ['api', 'items'] },
      origin: null,
      environmentId: null,
    })
    this.#count(`route: ${decision.state}`)
    if (decision.state !== 'admitted' && decision.state !== 'no_route') return
    const isRouted = decision.state === 'admitted'
    const environmentId = this.#environment(environment).id
    this.oracle.checkRoute({ prefix, environmentId, start }, isRouted, this.time.now)
  }

  async #create(environment: number, index: number, faults: Faults): Promise<void> {
    const { token, prefix, random } = this.#foreseeToken()
    const minted: Token = {
      token,
      prefix,
      key: null,
      environment,
      start: this.time.now,
      end: null,
      issuedAt: null,
      endsByClock: false,
    }
    this.#tokens.push(minted)
    const input = { name: 'k', scopes: ['read', 'write'] }
    const made = await this.#attempt(
      createKey(this.#deps(index, faults, random), CALLER, this.#environment(environment).id, input),
    )
    if (made === null) return
    const key = { id: made.key.id, environment }
    this.#keys.push(key)
    const kept = made.token === token ? minted : this.#alsoMade(made.token, minted)
    Object.assign(kept, { key, end: this.time.now, issuedAt: made.key.createdAt })
  }

  #alsoMade(token: string, like: Token): Token {
    const made = { ...like, token, prefix: prefixOf(token) }
    this.#tokens.push(made)
    return made
  }

  async #edit(
    index: number,
    key: Key,
    attribute: Exclude<Attribute, 'routed'>,
    to: boolean,
    faults: Faults,
  ): Promise<void> {
    const change = this.#begin(key.id, key.environment)
    const attempt = { subject: key.id, attribute, to, start: change.start, end: Number.POSITIVE_INFINITY }
    this.oracle.attempts.push(attempt)
    const wanted = attribute === 'enabled' ? { enabled: to } : { scopes: to ? ['read', 'write'] : ['read'] }
    const edited = await this.#attempt(editKey(this.#deps(index, faults), CALLER, key.id, wanted))
    if (edited === null) return
    attempt.end = this.time.now
    this.#end(change)
    if (this.oracle.isLost(change.start)) return
    const claim = this.#claim(change, edited.receipt)
    this.oracle.note({ of: 'set', subject: key.id, attribute, to, ...claim })
  }

  async #rotate(index: number, key: Key, overlapSeconds: number, faults: Faults): Promise<void> {
    const { token, prefix, random } = this.#foreseeToken()
    const change = this.#begin(key.id, key.environment)
    const older = this.#tokens.filter(
      (other) => other.key?.id === key.id && other.end !== null && !this.#isForgotten(other),
    )
    const minted: Token = {
      token,
      prefix,
      key,
      environment: key.environment,
      start: change.start,
      end: null,
      issuedAt: null,
      endsByClock: false,
    }
    this.#tokens.push(minted)
    const rotated = await this.#attempt(
      rotateKey(this.#deps(index, faults, random), CALLER, key.id, { overlapSeconds }),
    )
    if (rotated === null) return
    this.#end(change)
    const kept = rotated.token === token ? minted : this.#alsoMade(rotated.token, minted)
    Object.assign(kept, { end: this.time.now, issuedAt: rotated.key.secrets[0]?.createdAt ?? null })
    if (this.oracle.isLost(change.start)) return
    const { possible, linger } = this.#environment(key.environment)
    for (const other of older) {
      const isPrevious = other.prefix === rotated.previous.prefix
      if (isPrevious && overlapSeconds > 0) other.endsByClock = true
      const endsAt = isPrevious ? Math.max(this.time.now, rotated.previous.expiresAt) : this.time.now
      const known = endsAt + (other.endsByClock ? this.#skew() : 0)
      const effectiveBy = Math.max(known, this.time.now + Math.max(...possible), linger)
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
    const clockSets = this.#schedule.steps.map((step) => (step.do === 'set-clock' ? Math.abs(step.by) : 0))
    return Math.max(0, ...this.#nodes.map(({ offset }) => -offset)) + clockSets.reduce((sum, by) => sum + by, 0)
  }

  async #revoke(index: number, key: Key, faults: Faults): Promise<void> {
    const change = this.#begin(key.id, key.environment)
    const revoked = await this.#attempt(revokeKey(this.#deps(index, faults), CALLER, key.id, {}))
    if (revoked === null) return
    this.#end(change)
    this.oracle.note({ of: 'revoked', keyId: key.id, ...this.#claim(change, revoked.receipt) })
    this.#count(`revoked, ${revoked.receipt.recorded}`)
  }

  async #revokeAll(index: number, environment: number, faults: Faults): Promise<void> {
    const change = this.#begin(null, environment)
    const deps = this.#deps(index, faults)
    const { id } = this.#environment(environment)
    const issuedBefore = deps.clock()
    const done = await this.#attempt(revokeEnvironmentKeys(deps, CALLER, id, { issuedBefore }))
    if (done === null) return
    this.#end(change)
    this.oracle.note({ of: 'revoked-all', environmentId: id, issuedBefore, ...this.#claim(change, done.receipt) })
    this.#count('revoked all')
  }

  async #setBounds(index: number, environment: number, bounds: Bounds, faults: Faults): Promise<void> {
    const known = this.#environment(environment)
    known.changes += 1
    const alone = known.changes
    const before = [...known.possible]
    known.possible.add(bounds.maxStalenessMs)
    known.linger = Number.POSITIVE_INFINITY
    const edited = await this.#attempt(editEnvironment(this.#deps(index, faults), CALLER, known.id, { bounds }))
    if (edited === null) return
    // What no other edit can have changed meanwhile is certain; the wider bound from before lives on for a while.
    if (known.changes === alone && before.length === 1) {
      known.possible = new Set([bounds.maxStalenessMs])
      known.linger = this.time.now + Math.max(...before)
    }
    this.#count('bounds set')
  }

  async #setRoute(index: number, environment: number, to: boolean, faults: Faults): Promise<void> {
    const { id } = this.#environment(environment)
    const start = this.time.now
    const attempt = { subject: id, attribute: 'routed' as const, to, start, end: Number.POSITIVE_INFINITY }
    this.oracle.attempts.push(attempt)
    const replaced = await this.#attempt(replaceRoutes(this.#deps(index, faults), CALLER, id, to ? [ROUTE] : []))
    if (replaced === null) return
    attempt.end = this.time.now
    if (this.oracle.isLost(start)) return
    const claim = this.#claim({ start, environment }, replaced.receipt)
    this.oracle.note({ of: 'set', subject: id, attribute: 'routed', to, ...claim })
    this.#count('routes set')
  }

  /** A receipt as a claim, and a look by every isolate as soon as the claim must hold. */
  #claim({ start, environment }: Pick<Change, 'start' | 'environment'>, { committedAt, effectiveBy }: Receipt) {
    if (committedAt > this.time.now) this.oracle.violations.push(`committed in the future: ${committedAt}`)
    const { possible, linger } = this.#environment(environment)
    const widest = Math.max(MAX_STALENESS_MS, ...possible)
    if (effectiveBy > Math.max(this.time.now + widest, linger))
      this.oracle.violations.push(`effective when nobody needs it any more: ${effectiveBy}`)
    this.time.at(effectiveBy + ALLOWED_MS + 1, () => this.#lookEverywhere(environment))
    this.#counts['facts'] = (this.#counts['facts'] ?? 0) + 1
    return { start, committedAt, effectiveBy }
  }

  #lookEverywhere(environment: number): void {
    for (const index of this.#nodes.keys()) {
      for (const token of this.#tokens) {
        if (token.environment !== environment) continue
        void this.#verify(index, token, false, undefined, {})
        void this.#findRoute(index, token, {})
      }
    }
  }

  #begin(key: string | null, environment: number): Change {
    const change = { key, environment, start: this.time.now, end: Number.POSITIVE_INFINITY, ok: false }
    this.#changes.push(change)
    return change
  }

  #end(change: Change): void {
    change.end = this.time.now
    change.ok = true
  }

  /** The outcome of an operation, or null where it refused with a Problem. Any other error is a defect. */
  async #attempt<T>(work: Promise<T>): Promise<T | null> {
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

  /** With nothing failing and nothing pending, what is live is valid, then from memory; and what is revoked is refused. */
  async #endWell(): Promise<void> {
    void this.#attempt(sweep(this.#deps(0, {})))
    await this.time.runUntil(this.time.now + 100_000)
    for (const round of ['ledger', 'ledger', 'lease']) {
      for (const index of this.#nodes.keys()) {
        const expected = this.#tokens.map((token) => ({
          token,
          live: this.#isLive(token),
          revoked: this.#isRevoked(token),
        }))
        for (const { token, live, revoked } of expected) {
          void this.#verify(index, token, false, undefined, {}).then((verdict) => {
            const source = verdict.valid ? verdict.freshness.source : null
            const isExpected = source === round || (round === 'ledger' && source === 'lease') || this.#isStrict(token)
            if (live && !(verdict.valid && isExpected)) this.#report('live but not valid', token, index, round, verdict)
            if (revoked && verdict.valid) this.#report('revoked but valid', token, index, round, verdict)
          })
        }
        await this.time.runUntil(this.time.now + 10)
      }
    }
  }

  #report(what: string, { prefix }: Token, index: number, round: string, verdict: Verdict | Unavailable): void {
    this.oracle.violations.push(`${what}: ${prefix} in isolate ${index} by ${round}: ${JSON.stringify(verdict)}`)
  }

  /** Environments that allow nothing from memory, or so little that it may be over. */
  #isStrict({ environment }: Token): boolean {
    return Math.min(...this.#environment(environment).possible) < 5000
  }

  #isRevoked({ key, environment, issuedAt }: Token): boolean {
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

const prefixOf = (token: string) => token.split('_')[1] ?? ''

function pick<T>(items: T[], index: number): T {
  const item = items.at(index % items.length)
  if (item === undefined) throw new Error('there is nothing to pick from')
  return item
}
