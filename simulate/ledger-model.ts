// The ledger's side of the conversation, in memory: order, standings, changes since. src/edge/ledger.ts is the real
// one; it needs workerd and its SQLite. Of it only revocations are here, and one call is answered after another.
import {
  type ChangeRequest,
  keySubjectOf,
  type RecordAnswer,
  type Standing,
  type SyncAnswer,
  type SyncQuestion,
} from '../src/core/ledger-messages.ts'
import { LEDGER_SERVICE_MS, LEDGER_WRITE } from './inputs.ts'
import { carry, type Region, type World, withStall } from './world.ts'

export class LedgerModel {
  readonly #world: World
  /** Every revocation, in order; the sequence number is its place, counted from one. */
  readonly #entries: Standing[] = []
  readonly #bySecret = new Map<string, Standing>()
  #busyUntil = 0
  /** Until when answers are held back, because they may tell of a write that is not durable yet. */
  #gateUntil = 0

  constructor(world: World) {
    this.#world = world
  }

  /** Asked from a region, with the way there and back. Never settles when the question or its answer is lost. */
  sync(region: Region, question: SyncQuestion): Promise<SyncAnswer> {
    this.#world.counts.syncs += 1
    return new Promise((resolve) => {
      carry(this.#world, region, () => {
        this.#inTurn(() => {
          const answer = this.#answer(question)
          this.#whenDurable(() => carry(this.#world, region, () => resolve(answer)))
        })
      })
    })
  }

  /** Records a revocation; resolves when it is durable and the answer is back. */
  record(region: Region, change: ChangeRequest): Promise<RecordAnswer> {
    return new Promise((resolve) => {
      carry(this.#world, region, () => {
        this.#inTurn(() => {
          const { timeline } = this.#world
          const committedAt = Math.floor(timeline.now)
          this.#revoke(change, committedAt)
          this.#gateUntil = Math.max(this.#gateUntil, timeline.now + withStall(this.#world, LEDGER_WRITE))
          const answer = { committedAt, revoked: true, widerUntil: 0, revision: 0, revokedBelow: 0 }
          this.#whenDurable(() => carry(this.#world, region, () => resolve(answer)))
        })
      })
    })
  }

  #revoke(change: ChangeRequest, revokedAt: number): void {
    if (change.kind !== 'revoke') throw new Error(`${change.kind} is not simulated`)
    const { keyId, secrets } = change
    const entry: Standing = {
      subject: keySubjectOf(keyId),
      seq: this.#entries.length + 1,
      revision: 0,
      revokedAt,
      keyId,
      issuedBefore: null,
      revokedBelow: null,
      tokensEndedUntil: null,
      hasUnknownSecrets: false,
    }
    this.#entries.push(entry)
    for (const secret of secrets) this.#bySecret.set(secret, { ...entry, subject: secret })
  }

  #answer({ since, ask }: SyncQuestion): SyncAnswer {
    const standings = ask.flatMap((subject) => this.#bySecret.get(subject) ?? [])
    const isKnown = since?.epoch === EPOCH
    const changes = isKnown ? this.#entries.slice(since.seq) : []
    this.#world.counts.ledgerRows += 1 + standings.length + changes.length
    return { epoch: EPOCH, seq: this.#entries.length, reset: !isKnown, changes, standings, now: null }
  }

  /** An object does one thing at a time: what comes together waits. */
  #inTurn(work: () => void): void {
    const { timeline } = this.#world
    this.#busyUntil = Math.max(this.#busyUntil, timeline.now) + LEDGER_SERVICE_MS
    timeline.after(this.#busyUntil - timeline.now, work)
  }

  /** The output gate: nothing leaves before the writes that came before it are durable. */
  #whenDurable(send: () => void): void {
    this.#world.timeline.after(Math.max(0, this.#gateUntil - this.#world.timeline.now), send)
  }
}

/** It never loses its memory. */
const EPOCH = 'simulated'
