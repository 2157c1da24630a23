// What was promised, and whether a verdict keeps it. It knows the services by their answers alone, and compares in true
// time. Two kinds of promise: no verdict answers from before a change for longer than the bound (facts, which changes
// answered), and no live token is refused (endings, which begin when a change is asked for).
import { isFromTheFuture } from '../../src/core/access-token.ts'
import type { Unavailable, Verdict } from '../../src/core/verdict.ts'
import { isMade, type Span, type Token } from './tokens.ts'

/** What the guarantee allows on top of the bound. */
export const ALLOWED_MS = 250

/** Of a key, whether it holds the scope `write` and whether it is enabled; of an environment, whether it has a route and its other name. */
export type Attribute = 'write' | 'enabled' | 'routed' | 'renamed'

/** Since when something holds, and from when on everyone must know; in true time. */
export type Claim = { start: number; committedAt: number; effectiveBy: number }

export type Fact =
  /** Tokens are dead. `final`: even if D1 is restored. */
  | ({ of: 'ended'; what: string; final: boolean; covers(token: Token): boolean } & Claim)
  | ({ of: 'set'; subject: string; attribute: Attribute; to: boolean } & Claim)

/** A change that may end tokens, whatever became of it. `span` ends when it can no longer take effect. */
export type Ending = { what: string; span: Span; mayCover(token: Token, clock: number): boolean }

/** A change of an attribute, whatever became of it. `knownBy`: once it is answered, from when on everyone must know. */
type Attempt = { subject: string; attribute: Attribute; to: boolean; span: Span; knownBy: number }

export type Asked = {
  token: Token
  environmentId: string
  start: number
  maxStalenessMs: number
  /** Which isolate said it. */
  isolate: object
  /** What its clock read, in the order of asking and answering. */
  clocks: [number, number]
  /** Whether its clock was ever set: then what it says of how old its answer is means nothing. */
  clockWasSet: boolean
}

export class Oracle {
  readonly violations: string[] = []
  #facts: Fact[] = []
  readonly endings: Ending[] = []
  readonly attempts: Attempt[] = []
  readonly #revokedVerdicts = new WeakMap<object, Map<string, number>>()
  readonly #begunAt: number
  #restoredAt = Number.NEGATIVE_INFINITY

  /** What was there at `begunAt` is in every copy that D1 is restored from. */
  constructor(begunAt: number) {
    this.#begunAt = begunAt
  }

  note(fact: Fact): void {
    this.#facts.push(fact)
  }

  /** D1 was restored from an older copy, and with that every change but revocations is lost. */
  noteRestore(at: number): void {
    this.#facts = this.#facts.filter((fact) => (fact.of === 'ended' && fact.final) || fact.start >= at)
    this.#restoredAt = at
  }

  isLost(start: number): boolean {
    return start <= this.#restoredAt
  }

  /** Whether a restore may have taken what was made then with it. */
  isForgotten({ start }: Span): boolean {
    return this.isLost(start) && start >= this.#begunAt
  }

  mustBeDead(token: Token): boolean {
    return this.#facts.some((fact) => fact.of === 'ended' && fact.final && fact.covers(token))
  }

  /** Certainly made, and nothing was begun by now that could have ended it for a clock that reads `clock`. */
  isLive(token: Token, clock: number): boolean {
    const { claims, secret, making } = token
    if (!isMade(token) || this.isForgotten(making) || this.isForgotten(secret.making)) return false
    if (claims !== null && clock >= claims.exp * 1000) return false
    return !this.endings.some(({ mayCover }) => mayCover(token, clock))
  }

  /** Nothing was begun that could have disabled the key and was not certainly undone, as everyone must know at that time. */
  isEnabled(keyId: string, at: number): boolean {
    const attempts = this.attempts.filter(({ subject, attribute }) => subject === keyId && attribute === 'enabled')
    const disablings = attempts.filter(({ to }) => !to).map(({ span }) => span.end)
    if (disablings.length === 0) return true
    const since = Math.max(this.#restoredAt, ...disablings)
    return attempts.some(({ to, knownBy, span }) => to && knownBy + ALLOWED_MS < at && span.start > since)
  }

  check(asked: Asked, verdict: Verdict | Unavailable, now: number): void {
    this.#checkFinality(asked, verdict, now)
    this.#checkDenial(asked, verdict, now)
    if (!('freshness' in verdict) || verdict.freshness.source === 'grace') return
    const { freshness } = verdict
    const says = `${asked.token.id} ${verdict.code} at ${now}, asked at ${asked.start} for ${asked.maxStalenessMs} ms`
    for (const fact of this.#facts) {
      if (!isContradicted(fact, asked, verdict) || this.#isOvertaken(fact, now)) continue
      const latest = Math.min(fact.committedAt + asked.maxStalenessMs, fact.effectiveBy) + ALLOWED_MS
      const asOf = now - freshness.ageMs
      if (now > latest) this.violations.push(`too late: ${says}, ${now - latest} ms after ${JSON.stringify(fact)}`)
      else if (!asked.clockWasSet && fact.committedAt < asOf)
        this.violations.push(`not as of what it says: ${says} as of ${asOf}, after ${JSON.stringify(fact)}`)
    }
    if (!verdict.valid) return
    const oldest = freshness.boundMs + (freshness.source === 'ledger' ? ALLOWED_MS : 0)
    if (freshness.ageMs < 0 || freshness.ageMs > oldest || freshness.boundMs > asked.maxStalenessMs)
      this.violations.push(`older than allowed: ${says} ${JSON.stringify(freshness)}`)
  }

  /** An isolate that has answered `revoked` never allows the token again, with a grace or without. */
  #checkFinality({ isolate, token, start }: Asked, verdict: Verdict | Unavailable, now: number): void {
    const said = this.#revokedVerdicts.get(isolate) ?? new Map<string, number>()
    this.#revokedVerdicts.set(isolate, said)
    const since = said.get(token.id)
    if (verdict.code === 'revoked') said.set(token.id, since ?? now)
    else if (verdict.valid && since !== undefined && start >= since)
      this.violations.push(
        `valid after revoked: ${token.id} valid at ${now}, revoked at ${since} ${JSON.stringify(verdict.freshness)}`,
      )
  }

  /** No live token is refused for good reasons that it does not have, whatever fails. */
  #checkDenial(asked: Asked, verdict: Verdict | Unavailable, now: number): void {
    if (!DENIALS.has(verdict.code) || !this.#isLiveThroughout(asked)) return
    this.violations.push(
      `live but ${verdict.code}: ${asked.token.id} at ${now}, asked at ${asked.start} ${JSON.stringify(verdict)}`,
    )
  }

  /** Whether the token was made before it was presented, and was live until now. */
  #isLiveThroughout({ token, start, clocks: [before, after] }: Asked): boolean {
    const isAhead = token.claims !== null && isFromTheFuture(token.claims, Math.min(before, after))
    return token.making.end <= start && !isAhead && this.isLive(token, after)
  }

  /** A route decision, or an authentication, that tells no more than that the token is no good. */
  checkRefusal(asked: Asked, now: number): void {
    const { key } = asked.token.secret
    if (key === null || !this.isEnabled(key.id, asked.start) || !this.#isLiveThroughout(asked)) return
    this.violations.push(`live but refused: ${asked.token.id} at ${now}, asked at ${asked.start}`)
  }

  /** A route decision says of the environment what was so no longer ago than its bound. */
  checkRoute({ environmentId, token, start }: Asked, isRouted: boolean, now: number): void {
    for (const fact of this.#facts) {
      if (fact.of !== 'set' || fact.attribute !== 'routed' || fact.subject !== environmentId || fact.to === isRouted)
        continue
      if (now <= fact.effectiveBy + ALLOWED_MS || this.#isOvertaken(fact, now)) continue
      this.violations.push(
        `too late: ${token.id} ${isRouted ? 'admitted' : 'without a route'} at ${now}, asked at ${start}, after ${JSON.stringify(fact)}`,
      )
    }
  }

  /** Whether another change may have set the attribute otherwise since. */
  #isOvertaken(fact: Fact, now: number): boolean {
    return (
      fact.of === 'set' &&
      this.attempts.some(
        ({ subject, attribute, to, span }) =>
          subject === fact.subject &&
          attribute === fact.attribute &&
          to !== fact.to &&
          span.start <= now &&
          span.end >= fact.start,
      )
    )
  }
}

const DENIALS = new Set(['malformed', 'not_found', 'revoked', 'expired'])

type Said = Exclude<Verdict, { code: 'malformed' | 'not_found' }>

/** Whether the verdict answers from before the fact. */
function isContradicted(fact: Fact, { token, environmentId }: Asked, verdict: Said): boolean {
  if (fact.of === 'ended') return verdict.valid && fact.covers(token)
  if (fact.subject !== verdict.keyId && fact.subject !== environmentId) return false
  const seen = readAttributes(verdict, token)[fact.attribute]
  return seen !== undefined && seen !== fact.to
}

/** The name and tag of an environment that was renamed. */
export const NAMES = [
  { name: 'e', tag: 'production' },
  { name: 'f', tag: 'staging' },
] as const

type Seen = { [A in Attribute]?: boolean }

function readAttributes(verdict: Said, { claims }: Token): Seen {
  if (verdict.code === 'disabled') return { enabled: false }
  // An access token may lack what its credential holds by now.
  const ofWrite = (holds: boolean): Seen => (holds || claims === null ? { write: holds } : {})
  if (verdict.valid) {
    const { name, tag } = verdict.environment
    const renamed = NAMES.findIndex((names) => names.name === name && names.tag === tag) === 1
    return { enabled: true, renamed, ...ofWrite(verdict.scopes.includes('write')) }
  }
  if (verdict.code !== 'insufficient_scope') return {}
  return { enabled: true, ...ofWrite(!verdict.missingScopes.includes('write')) }
}
