// What one isolate remembers across requests, and the lease that says how far what it remembers can be trusted.
// A lease says: every change the ledger had committed when it answered a question sent at `sentAt` has been applied here.
// Synchronous throughout, so nothing is ever seen half applied.
import { LRUCache } from 'lru-cache'
import type { ManagementKey } from '../core/actor.ts'
import type { Standing, SyncAnswer, SyncQuestion } from '../core/ledger-messages.ts'
import type { VerificationRecord } from '../core/policy.ts'
import type { RerankControls } from '../core/rerank.ts'
import type { RouteSettings } from '../core/route-table.ts'
import type { ClientRecord } from '../store/verification-records.ts'
import { Keyring } from './keyring.ts'
import { MintKeyring } from './mint-keyring.ts'
import { OriginMemory } from './origin-memory.ts'
import { type CachedRecord, RecordCache } from './record-cache.ts'
import { SettingsCache } from './settings-cache.ts'

type Lease = { epoch: string; seq: number; sentAt: number }

/** A question to the ledger under way. `answered` gives `sentAt` again, or null when the ledger did not answer. */
export type Flight = { sentAt: number; answered: Promise<number | null> }

/** A read under way. Changes that arrive meanwhile raise what its record must satisfy. */
export type Fill = {
  /** The secret that is asked about. */
  subject: string
  generation: number
  /** What the ledger said of the key behind the secret. */
  floor: number
  revokedAt: number | null
  keyId: string | null
  /** Whether the ledger has said where the subject stands: without that, nothing read is remembered. */
  isConfirmed: boolean
  /** `clockJumps` of the isolate when the read began. */
  clockJumps: number
  /** How many changes the isolate had learned when the read began. */
  begunAfter: number
}

/** A record below `revision` is out of date. */
type Floor = { revision: number; revokedAt: number | null }

/** What changed about a key. `order`: how many changes the isolate has learned up to the latest of the key. */
type LearnedChange = Floor & { order: number }

/** `isMet`: the ledger was asked about the environment, and every change of it has been applied since. */
type EnvironmentFloor = { revision: number; issuedBefore: number; revokedBelow: number; isMet: boolean }

/**
 * What was ended of the access tokens of a credential: single ones, none that lasts longer than `until`, the latest at `seq`; and
 * all that were issued at a lower revision of it than `fromRevision`.
 */
type TokenEndings = { until: number; seq: number; fromRevision: number }

/**
 * Secrets that were issued while their environment had a lower revision than `revokedBelow` are revoked. What is issued is dated by the
 * ledger's clock, so that a revocation of what was issued before a moment compares moments of one clock.
 */
export type Issuing = { revokedBelow: number; ledgerTime: number | null }

/** What is known of one access token: that it was ended, or up to which change of the ledger it was not. */
type TokenState = { isEnded: true } | { isEnded: false; asOf: number }

/** An access token, and what D1 says of the endings of its credential's tokens. */
export type TokenIdentity = {
  jti: string
  credentialId: string
  credentialRevision: number
  fromRevision: number
  endedUntil: number
}

/** A read that waits for a question to the ledger; `flight` is the question that it went along with. */
export type Ask = { subjects: readonly string[]; fill: Fill | null; flight: Flight | null }

/** The environment that something was read from, and the revision it had then. */
type Origin = Pick<CachedRecord<unknown>, 'environmentId' | 'environmentRevision'>

/** Client secrets and management keys are far fewer than API keys. */
const CLIENT_BYTES = 12 * 1024 * 1024
const MANAGEMENT_KEY_BYTES = 4 * 1024 * 1024
/** Access tokens of credentials of which some were ended. */
const MAX_TOKENS = 20_000

export class Isolate {
  readonly apiKeys = new RecordCache<VerificationRecord>()
  readonly clients = new RecordCache<ClientRecord>({ maxSize: CLIENT_BYTES })
  readonly managementKeys = new RecordCache<ManagementKey>({ maxSize: MANAGEMENT_KEY_BYTES })
  readonly routeSettings = new SettingsCache<RouteSettings>()
  readonly rerankControls = new SettingsCache<RerankControls | null>()
  readonly keyring = new Keyring()
  readonly mintKeys = new MintKeyring()
  readonly origins = new OriginMemory()
  /** Since when wrong secrets from a network are not judged. Without a ttl: the clock of lru-cache stands still in a Worker. */
  readonly blockedSince = new LRUCache<string, number>({ max: 1000 })

  /** The renewal under way. */
  flight: Flight | null = null
  /** The question under way about subjects that are not remembered, and the reads that will go along with the next one. */
  subjectFlight: Flight | null = null
  readonly asks: Ask[] = []
  /** How long the ledger took to answer lately; 0 before its first answer. */
  roundTripMs = 0
  /** When the ledger first failed to answer since it last did; null while it answers. */
  unavailableSince: number | null = null

  #lease: Lease | null = null
  /** Grows when the lease starts over: a read begun before is kept only if the ledger was asked about it since. */
  #generation = 0
  /** Where the lease started over: every change after it has been applied. */
  #startedAt = 0
  /** What the ledger's clock said in the answer that came last. */
  #ledgerTime: number | null = null
  readonly #environments = new Map<string, EnvironmentFloor>()
  readonly #revokedIds = new Set<string>()
  readonly #tokenEndings = new Map<string, TokenEndings>()
  readonly #tokens = new LRUCache<string, TokenState>({ maxSize: MAX_TOKENS, sizeCalculation: () => 1 })
  readonly #fills = new Set<Fill>()
  /**
   * What has changed since the first of the reads under way began, oldest first. By key: which key a secret belongs to is
   * known only when it was read. One for all reads, so that many strangers and many changes do not multiply.
   */
  readonly #changesMeanwhile = new Map<string, LearnedChange>()
  #learned = 0
  #latestReading = Number.NEGATIVE_INFINITY
  #clockJumps = 0

  get lease(): Readonly<Lease> | null {
    return this.#lease
  }

  /** How often the clock was seen to go backwards. The age of anything asked before such a jump is unknown. */
  get clockJumps(): number {
    return this.#clockJumps
  }

  /** Every reading of the clock goes through here: one that goes backwards ends the lease, which it would lengthen. */
  readClock(now: number): number {
    if (now < this.#latestReading) {
      this.#clockJumps += 1
      if (this.#lease) this.#lease.sentAt = Number.NEGATIVE_INFINITY
    }
    this.#latestReading = now
    return now
  }

  /** How far this isolate has heard the ledger (epoch and sequence number), for its next question. */
  get since(): SyncQuestion['since'] {
    return this.#lease && { epoch: this.#lease.epoch, seq: this.#lease.seq }
  }

  beginFill(subject: string): Fill {
    const fill: Fill = {
      subject,
      generation: this.#generation,
      floor: 0,
      revokedAt: null,
      keyId: null,
      isConfirmed: false,
      clockJumps: this.#clockJumps,
      begunAfter: this.#learned,
    }
    this.#fills.add(fill)
    return fill
  }

  endFill(fill: Fill): void {
    this.#fills.delete(fill)
    const [oldest] = this.#fills
    for (const [keyId, { order }] of this.#changesMeanwhile) {
      if (oldest !== undefined && order > oldest.begunAfter) return
      this.#changesMeanwhile.delete(keyId)
    }
  }

  /** What a record of the key, read during the fill, must satisfy by now. */
  floorOf(fill: Fill, keyId: string): Floor {
    const change = this.#changesMeanwhile.get(keyId)
    if (change === undefined || change.order <= fill.begunAfter)
      return { revision: fill.floor, revokedAt: fill.revokedAt }
    return { revision: Math.max(fill.floor, change.revision), revokedAt: fill.revokedAt ?? change.revokedAt }
  }

  /**
   * Applies an answer to the question sent at `sentAt`, null when the clock no longer tells how long ago that was.
   * `fills` are the reads that asked. Answers may arrive in any order: changes only ever raise what is demanded, and a lease
   * only moves to where all changes before it have been applied.
   */
  apply(question: SyncQuestion, sentAt: number | null, answer: SyncAnswer, fills: readonly Fill[]): void {
    this.unavailableSince = null
    this.#ledgerTime = answer.now
    for (const change of answer.changes) this.learn(change)
    for (const standing of answer.standings) this.#learnStanding(standing, fills)
    if (!this.#moveLease(question, sentAt, answer)) return

    for (const entry of [...answer.changes, ...answer.standings]) this.#learnTokenEndings(entry)
    // The answer says where its subjects stand at `seq`, and every change after the start has been applied: together they
    // cover a read that began before the start. So the cold reads of a new isolate need no second question each.
    const isCovering = answer.seq >= this.#startedAt
    for (const fill of fills) {
      if (isCovering) fill.generation = this.#generation
      fill.isConfirmed = true
    }
    if (!isCovering) return
    this.#meet(question.ask)
    this.#confirmTokens(question.ask, answer)
  }

  /** Whether the answer was taken for the lease; one of an earlier epoch of the ledger is not. */
  #moveLease(question: SyncQuestion, sentAt: number | null, { epoch, seq, reset }: SyncAnswer): boolean {
    const asked = sentAt !== null && sentAt <= this.#latestReading ? sentAt : Number.NEGATIVE_INFINITY
    const lease = this.#lease
    if (lease === null || lease.epoch !== epoch) {
      if (lease !== null && asked < lease.sentAt) return false
      this.#startOver({ epoch, seq, sentAt: asked })
      this.#tokenEndings.clear()
      this.#forgetLiveTokens()
      return true
    }
    // Another answer came before this one: the lease is past where this question began, and what this one leaves out is
    // told from there.
    if (reset && !isSamePlace(question.since, lease)) return true
    const renewedAt = Math.max(lease.sentAt, asked)
    // The ledger had more changes than it tells one by one: what is known begins with this answer, and nowhere later.
    if (reset) this.#startOver({ epoch, seq, sentAt: renewedAt })
    else this.#lease = { epoch, seq: Math.max(lease.seq, seq), sentAt: renewedAt }
    return true
  }

  #startOver(lease: Lease): void {
    this.#lease = lease
    this.#startedAt = lease.seq
    this.#generation += 1
    for (const cache of this.#recordCaches) cache.forgetLive()
    for (const cache of [this.routeSettings, this.rerankControls]) cache.forgetAll()
    for (const environment of this.#environments.values()) environment.isMet = false
  }

  /** Whether a record that was read meanwhile may be kept and answered from under the lease. */
  mayKeep(fill: Fill, record: CachedRecord<unknown>): boolean {
    if (record.revokedSince !== null) return true
    const isCovered = fill.isConfirmed && this.#lease !== null && this.#generation === fill.generation
    return isCovered && this.hasMet(record.environmentId) && !this.isOutdated(fill, record)
  }

  /** Whether a change has overtaken what was read during the fill. */
  isOutdated(fill: Fill, record: Pick<CachedRecord<unknown>, 'keyId' | 'revision'> & Origin): boolean {
    return record.revision < this.floorOf(fill, record.keyId).revision || !this.isCurrent(record)
  }

  /** Whether a revocation of the whole key or environment covers the record. */
  isRevoked({ keyId, environmentId, issuedAt, issueRevision }: Omit<CachedRecord<unknown>, 'record'>): boolean {
    if (this.#revokedIds.has(keyId)) return true
    const floor = environmentId === null ? undefined : this.#environments.get(environmentId)
    return floor !== undefined && (issuedAt < floor.issuedBefore || issueRevision < floor.revokedBelow)
  }

  /** What a secret of the environment must have that is issued now, as far as this isolate knows. */
  issuingOf(environmentId: string): Issuing {
    return { revokedBelow: this.#environments.get(environmentId)?.revokedBelow ?? 0, ledgerTime: this.#ledgerTime }
  }

  /** Whether the access token was ended; null where the ledger has to be asked about it. */
  isTokenEnded(identity: TokenIdentity, now: number): boolean | null {
    const { until, seq, fromRevision } = this.#tokenEndings.get(identity.credentialId) ?? NO_ENDINGS
    if (identity.credentialRevision < Math.max(fromRevision, identity.fromRevision)) return true
    const token = this.#tokens.get(identity.jti)
    if (token?.isEnded) return true
    if (now > Math.max(until, identity.endedUntil)) return false
    return token !== undefined && token.asOf >= seq ? false : null
  }

  /** Access tokens of the credential that were issued at a lower revision are dead, as far as the ledger has said. */
  tokensFromRevisionOf(credentialId: string): number {
    return this.#tokenEndings.get(credentialId)?.fromRevision ?? 0
  }

  /** Denies the access token from now on. */
  learnTokenEnded(jti: string): void {
    this.#tokens.set(jti, { isEnded: true })
  }

  /** Whether the environment has not changed since the record or setting was read. */
  isCurrent({ environmentId, environmentRevision }: Origin): boolean {
    return environmentId === null || environmentRevision >= (this.#environments.get(environmentId)?.revision ?? 0)
  }

  /** Whether the ledger was asked about the environment, and every change of it was applied since. */
  hasMet(environmentId: string | null): boolean {
    return environmentId === null || this.#environments.get(environmentId)?.isMet === true
  }

  /** Applies a change. It can only make the isolate forget or deny, so it may come from anywhere, at any time. */
  learn(change: Change): void {
    const { subject, keyId, revision, revokedAt, hasUnknownSecrets } = change
    if (subject.startsWith(ENVIRONMENT)) this.#raiseEnvironment(subject, change)
    if (subject.startsWith(TOKEN)) this.learnTokenEnded(subject.slice(TOKEN.length))
    if (keyId === null || subject.startsWith(TOKEN)) return
    if (hasUnknownSecrets && revokedAt !== null) this.learnRevoked(keyId)

    if (this.#fills.size > 0) this.#learnMeanwhile(keyId, { revision, revokedAt })
    for (const cache of this.#recordCaches) {
      for (const record of cache.findByKey(keyId)) {
        if (record.revokedSince !== null) continue
        if (revokedAt !== null) record.revokedSince = this.#latestReading
        else if (record.revision < revision) cache.forget(record.id)
      }
    }
  }

  #learnMeanwhile(keyId: string, { revision, revokedAt }: Floor): void {
    const known = this.#changesMeanwhile.get(keyId)
    this.#learned += 1
    // To the end of the order, which a map otherwise keeps by when a key first came.
    this.#changesMeanwhile.delete(keyId)
    this.#changesMeanwhile.set(keyId, {
      revision: Math.max(known?.revision ?? 0, revision),
      revokedAt: known?.revokedAt ?? revokedAt,
      order: this.#learned,
    })
  }

  /** Denies every secret of the key from now on. */
  learnRevoked(keyId: string): void {
    this.#revokedIds.add(keyId)
  }

  #learnStanding(standing: Standing, fills: readonly Fill[]): void {
    const { subject, revision, revokedAt, keyId } = standing
    if (subject.startsWith(ENVIRONMENT)) this.#raiseEnvironment(subject, standing)
    for (const fill of fills) {
      if (fill.subject !== subject) continue
      fill.floor = Math.max(fill.floor, revision)
      fill.revokedAt ??= revokedAt
      fill.keyId ??= keyId
    }
  }

  #raiseEnvironment(subject: string, { revision, issuedBefore, revokedBelow }: Change): void {
    const floor = this.#environmentFloor(subject.slice(ENVIRONMENT.length))
    floor.revision = Math.max(floor.revision, revision)
    floor.issuedBefore = Math.max(floor.issuedBefore, issuedBefore ?? Number.NEGATIVE_INFINITY)
    floor.revokedBelow = Math.max(floor.revokedBelow, revokedBelow ?? 0)
  }

  #learnTokenEndings({ keyId, tokensEndedUntil, revokedBelow, seq }: Standing): void {
    if (keyId === null || (tokensEndedUntil === null && revokedBelow === null)) return
    const known = this.#tokenEndings.get(keyId) ?? NO_ENDINGS
    this.#tokenEndings.set(keyId, {
      until: Math.max(known.until, tokensEndedUntil ?? 0),
      seq: Math.max(known.seq, seq),
      fromRevision: Math.max(known.fromRevision, revokedBelow ?? 0),
    })
  }

  /** The tokens that were asked about: the ledger tells which of them were ended. */
  #confirmTokens(asked: readonly string[], { seq, standings }: SyncAnswer): void {
    for (const subject of asked) {
      if (!subject.startsWith(TOKEN)) continue
      const jti = subject.slice(TOKEN.length)
      if (standings.some((standing) => standing.subject === subject)) this.learnTokenEnded(jti)
      else if (!this.#tokens.peek(jti)?.isEnded) this.#tokens.set(jti, { isEnded: false, asOf: seq })
    }
  }

  #forgetLiveTokens(): void {
    for (const [jti, { isEnded }] of this.#tokens.entries()) if (!isEnded) this.#tokens.delete(jti)
  }

  #meet(asked: readonly string[]): void {
    for (const subject of asked) {
      if (subject.startsWith(ENVIRONMENT)) this.#environmentFloor(subject.slice(ENVIRONMENT.length)).isMet = true
    }
  }

  #environmentFloor(id: string): EnvironmentFloor {
    const known = this.#environments.get(id)
    if (known) return known
    const floor = { revision: 0, issuedBefore: Number.NEGATIVE_INFINITY, revokedBelow: 0, isMet: false }
    this.#environments.set(id, floor)
    return floor
  }

  get #recordCaches(): readonly Pick<RecordCache<unknown>, 'findByKey' | 'forget' | 'forgetLive'>[] {
    return [this.apiKeys, this.clients, this.managementKeys]
  }
}

/** A change, as the ledger reports it or as the service that made it knows it. */
export type Change = Omit<Standing, 'seq'>

const ENVIRONMENT = 'environment:'
const TOKEN = 'token:'
const NO_ENDINGS: TokenEndings = { until: 0, seq: 0, fromRevision: 0 }

const isSamePlace = (since: SyncQuestion['since'], { epoch, seq }: Lease) =>
  since !== null && since.epoch === epoch && since.seq === seq
