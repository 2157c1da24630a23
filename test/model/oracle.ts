// What was promised, and whether a verdict keeps it. It knows the services by their answers alone: facts are what changes
// answered, and every verdict is compared with them in true time.
import type { Unavailable, Verdict } from '../../src/core/verdict.ts'

/** What the guarantee allows on top of the bound. */
export const ALLOWED_MS = 250

/** Of a key, whether it holds the scope `write` and whether it is enabled; of an environment, whether it has a route. */
export type Attribute = 'write' | 'enabled' | 'routed'

/** Since when something holds, and from when on everyone must know; in true time. */
export type Claim = { start: number; committedAt: number; effectiveBy: number }

type Fact =
  | ({ of: 'revoked'; keyId: string } & Claim)
  | ({ of: 'revoked-all'; environmentId: string; issuedBefore: number } & Claim)
  | ({ of: 'ended'; prefix: string } & Claim)
  | ({ of: 'set'; subject: string; attribute: Attribute; to: boolean } & Claim)

/** A change of an attribute, whatever became of it. */
type Attempt = { subject: string; attribute: Attribute; to: boolean; start: number; end: number }

export type Asked = {
  prefix: string
  issuedAt: number | null
  environmentId: string
  start: number
  maxStalenessMs: number
  /** Which isolate said it. */
  isolate: object
  /** Whether the isolate's clock was ever set: then what it says of how old its answer is means nothing. */
  clockWasSet: boolean
}

export class Oracle {
  readonly violations: string[] = []
  #facts: Fact[] = []
  readonly attempts: Attempt[] = []
  readonly #revokedVerdicts = new WeakMap<object, Map<string, number>>()

  note(fact: Fact): void {
    this.#facts.push(fact)
  }

  /** D1 was restored from an older copy, and with that every change but revocations is lost. */
  noteRestore(at: number): void {
    this.#facts = this.#facts.filter((fact) => isFinal(fact) || fact.start >= at)
    this.#restoredAt = at
  }

  #restoredAt = Number.NEGATIVE_INFINITY

  isLost(start: number): boolean {
    return start <= this.#restoredAt
  }

  isRevoked({
    keyId,
    environmentId,
    issuedAt,
  }: Pick<Asked, 'environmentId' | 'issuedAt'> & { keyId: string }): boolean {
    return this.#facts.some(
      (fact) =>
        (fact.of === 'revoked' && fact.keyId === keyId) ||
        (fact.of === 'revoked-all' &&
          fact.environmentId === environmentId &&
          issuedAt !== null &&
          issuedAt < fact.issuedBefore),
    )
  }

  check(asked: Asked, verdict: Verdict | Unavailable, now: number): void {
    this.#checkFinality(asked, verdict, now)
    if (!('freshness' in verdict) || verdict.freshness.source === 'grace') return
    const { freshness } = verdict
    const says = `${asked.prefix} ${verdict.code} at ${now}, asked at ${asked.start} for ${asked.maxStalenessMs} ms`
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
  #checkFinality({ isolate, prefix, start }: Asked, verdict: Verdict | Unavailable, now: number): void {
    const said = this.#revokedVerdicts.get(isolate) ?? new Map<string, number>()
    this.#revokedVerdicts.set(isolate, said)
    const since = said.get(prefix)
    if (verdict.code === 'revoked') said.set(prefix, since ?? now)
    else if (verdict.valid && since !== undefined && start >= since)
      this.violations.push(
        `valid after revoked: ${prefix} valid at ${now}, revoked at ${since} ${JSON.stringify(verdict.freshness)}`,
      )
  }

  /** A route decision says of the environment what was so no longer ago than its bound. */
  checkRoute(
    { environmentId, prefix, start }: Pick<Asked, 'environmentId' | 'prefix' | 'start'>,
    isRouted: boolean,
    now: number,
  ): void {
    for (const fact of this.#facts) {
      if (fact.of !== 'set' || fact.subject !== environmentId || fact.to === isRouted) continue
      if (now <= fact.effectiveBy + ALLOWED_MS || this.#isOvertaken(fact, now)) continue
      this.violations.push(
        `too late: ${prefix} ${isRouted ? 'admitted' : 'without a route'} at ${now}, asked at ${start}, after ${JSON.stringify(fact)}`,
      )
    }
  }

  /** Whether another change may have set the attribute otherwise since. */
  #isOvertaken(fact: Fact, now: number): boolean {
    return (
      fact.of === 'set' &&
      this.attempts.some(
        ({ subject, attribute, to, start, end }) =>
          subject === fact.subject &&
          attribute === fact.attribute &&
          to !== fact.to &&
          start <= now &&
          end >= fact.start,
      )
    )
  }
}

const isFinal = ({ of }: Fact) => of === 'revoked' || of === 'revoked-all'

type Said = Exclude<Verdict, { code: 'malformed' | 'not_found' }>

/** Whether the verdict answers from before the fact. */
function isContradicted(fact: Fact, asked: Asked, verdict: Said): boolean {
  switch (fact.of) {
    case 'revoked':
      return verdict.valid && fact.keyId === verdict.keyId
    case 'revoked-all':
      return (
        verdict.valid &&
        fact.environmentId === asked.environmentId &&
        asked.issuedAt !== null &&
        asked.issuedAt < fact.issuedBefore
      )
    case 'ended':
      return verdict.valid && fact.prefix === asked.prefix
    case 'set': {
      if (fact.subject !== verdict.keyId) return false
      const seen = readAttributes(verdict)[fact.attribute]
      return seen !== undefined && seen !== fact.to
    }
  }
}

function readAttributes(verdict: Said): { [A in Attribute]?: boolean } {
  if (verdict.valid) return { enabled: true, write: verdict.scopes.includes('write') }
  if (verdict.code === 'disabled') return { enabled: false }
  return verdict.code === 'insufficient_scope' ? { enabled: true, write: !verdict.missingScopes.includes('write') } : {}
}
