// Renewing a lease: asking the ledger what changed, with as few questions as many requests can share.
import { readSyncAnswer } from '../core/ledger-messages.ts'
import type { Background, Clock, Deadline } from '../core/ports.ts'
import type { Fill, Isolate } from './isolate.ts'
import type { LedgerClient } from './ledger-client.ts'
import { askStore, isWithin, LEDGER_TIMEOUT_MS } from './store-answer.ts'

/** How long anyone waits for a ledger that is known to be silent. */
const UNAVAILABLE_WAIT_MS = 1000

export type RenewalDeps = {
  isolate: Isolate
  ledger: Pick<LedgerClient, 'sync'>
  clock: Clock
  background: Background
  deadline: Deadline
}

type Flight = { sentAt: number; answered: Promise<number | null> }

/**
 * When the question behind a renewed lease was sent; null when the ledger did not answer.
 * Joins a renewal under way if its answer will be fresh enough, so that many requests are one question. Where that fails,
 * the first who waited for it asks again and the rest join. While the ledger is known to be silent, one question at a
 * time finds out whether it speaks again, and nobody waits for more than that.
 */
export async function renewLease(deps: RenewalDeps, index: number, boundMs: number): Promise<number | null> {
  const { isolate, clock } = deps
  for (let joins = 0; joins < 2; joins += 1) {
    const { unavailableSince } = isolate.shard(index)
    const now = isolate.read(clock())
    const flight = findFlight(isolate, index, now)
    const isFresh = flight !== null && boundMs > 0 && isWithin(now - flight.sentAt, boundMs / 2)
    if (flight === null || !(isFresh || unavailableSince !== null))
      return awaitFlight(deps, index, startSync(deps, index))
    const sentAt = await awaitFlight(deps, index, flight)
    if (sentAt !== null && isFresh) return sentAt
    if (sentAt === null && unavailableSince !== null) return null
  }
  return null
}

/** Renews the lease behind an answer; one question at a time. */
export function renewInBackground(deps: RenewalDeps, index: number, now: number): void {
  if (findFlight(deps.isolate, index, now) === null) startSync(deps, index)
}

/** Asks the ledger where the subject of a read stands, and what changed; waits no longer for it than for a renewal. */
export function syncSubject(deps: RenewalDeps, fill: Fill): Promise<number | null> {
  const sentAt = deps.isolate.read(deps.clock())
  const answered = sync(deps, fill.shard, fill)
  // While the ledger is silent, the answer may leave before this question has ended.
  if (deps.isolate.shard(fill.shard).unavailableSince !== null) deps.background(answered)
  return awaitFlight(deps, fill.shard, { sentAt, answered })
}

/** The renewal that is still waited for. One that was sent by a request that is gone may never land. */
function findFlight(isolate: Isolate, index: number, now: number): Flight | null {
  const { flight } = isolate.shard(index)
  return flight !== null && isWithin(now - flight.sentAt, waitLimitMs(isolate, index) - 1) ? flight : null
}

/**
 * What the flight brings while it is waited for. Its question goes on behind the answer: a ledger that takes longer than
 * anyone waits is silent no more once it has answered.
 */
function awaitFlight({ isolate, clock, deadline }: RenewalDeps, index: number, { sentAt, answered }: Flight) {
  const ageMs = isolate.read(clock()) - sentAt
  return deadline(answered, waitLimitMs(isolate, index) - ageMs).catch(() => null)
}

const waitLimitMs = (isolate: Isolate, index: number) =>
  isolate.shard(index).unavailableSince === null ? LEDGER_TIMEOUT_MS : UNAVAILABLE_WAIT_MS

function startSync(deps: RenewalDeps, index: number): Flight {
  const shard = deps.isolate.shard(index)
  const flight = { sentAt: deps.isolate.read(deps.clock()), answered: sync(deps, index, null) }
  shard.flight = flight
  const land = () => {
    if (shard.flight === flight) shard.flight = null
  }
  deps.background(flight.answered.finally(land))
  return flight
}

/** Asks the ledger and applies its answer. When the question was sent, or null when there was no answer to it. */
async function sync(deps: RenewalDeps, index: number, fill: Fill | null): Promise<number | null> {
  const { isolate, ledger, clock } = deps
  const question = { since: isolate.since(index), ask: fill ? [fill.subject] : [] }
  const sentAt = isolate.read(clock())
  const { jumps } = isolate
  const heard = await askStore(deps, ledger.sync(index, question), LEDGER_TIMEOUT_MS)
  const now = isolate.read(clock())
  const answer = heard.answered ? readSyncAnswer(heard.answer) : null
  if (answer === null) {
    isolate.shard(index).unavailableSince ??= now
    return null
  }
  // Where the clock went backwards meanwhile, what changed is learnt, but nobody knows how long ago that was asked.
  const knownSentAt = isolate.jumps === jumps ? sentAt : null
  isolate.apply(index, question, knownSentAt, answer, fill)
  return knownSentAt
}
