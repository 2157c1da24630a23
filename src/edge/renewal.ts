// Renewing the lease: asking the ledger what changed, with as few questions as many requests can share. When a lease is due
// for renewal is decided in freshness.ts (RENEW_AFTER).
import { readSyncAnswer } from '../core/ledger-messages.ts'
import type { Background, Clock, Deadline } from '../core/ports.ts'
import type { Fill, Flight, Isolate } from './isolate.ts'
import type { LedgerClient } from './ledger-client.ts'
import { askStore, isWithin, LEDGER_TIMEOUT_MS } from './store-answer.ts'

/** How long a verification waits for a ledger that did not answer the last question. */
const UNAVAILABLE_WAIT_MS = 1000

export type RenewalDeps = {
  isolate: Isolate
  ledger: Pick<LedgerClient, 'sync'>
  clock: Clock
  background: Background
  deadline: Deadline
}

/**
 * Renews the lease: when the question behind it was sent, null when the ledger did not answer.
 * Joins a renewal under way if its answer will be fresh enough, so that many requests share one question. When a shared
 * question fails, the first request that waited for it asks again and the others join. While the ledger does not answer, one
 * question at a time finds out whether it answers again.
 */
export async function renewLease(deps: RenewalDeps, boundMs: number): Promise<number | null> {
  const { isolate, clock } = deps
  for (let joins = 0; joins < 2; joins += 1) {
    const isUnavailable = isolate.unavailableSince !== null
    const now = isolate.readClock(clock())
    const flight = findFlight(isolate, now)
    const isFresh = flight !== null && boundMs > 0 && isWithin(now - flight.sentAt, boundMs / 2)
    if (flight === null || !(isFresh || isUnavailable)) return awaitFlight(deps, startFlight(deps))
    const sentAt = await awaitFlight(deps, flight)
    if (sentAt !== null && isFresh) return sentAt
    if (sentAt === null && isUnavailable) return null
  }
  return null
}

/** Renews the lease in the background, with one question at a time. */
export function renewInBackground(deps: RenewalDeps, now: number): void {
  if (findFlight(deps.isolate, now) === null) startFlight(deps)
}

/**
 * Asks the ledger where the subjects of a read stand, and what changed. When the question was sent; null when the ledger did
 * not answer for as long as a renewal is waited for.
 */
export function syncSubjects(deps: RenewalDeps, fill: Fill, subjects: readonly string[]): Promise<number | null> {
  const sentAt = deps.isolate.readClock(deps.clock())
  const answered = sync(deps, subjects, fill)
  // While the ledger does not answer, the verification may be over before this question is.
  if (deps.isolate.unavailableSince !== null) deps.background(answered)
  return awaitFlight(deps, { sentAt, answered })
}

/** The renewal that is still waited for. One that was sent by a request that has ended may never be answered. */
function findFlight(isolate: Isolate, now: number): Flight | null {
  const { flight } = isolate
  return flight !== null && isWithin(now - flight.sentAt, waitLimitMs(isolate) - 1) ? flight : null
}

/**
 * The outcome of the flight, as long as it is waited for. Its question goes on in the background: a ledger that answers
 * later than anyone waits is available again once it has answered.
 */
function awaitFlight({ isolate, clock, deadline }: RenewalDeps, { sentAt, answered }: Flight): Promise<number | null> {
  const ageMs = isolate.readClock(clock()) - sentAt
  return deadline(answered, waitLimitMs(isolate) - ageMs).catch(() => null)
}

const waitLimitMs = ({ unavailableSince }: Isolate) =>
  unavailableSince === null ? LEDGER_TIMEOUT_MS : UNAVAILABLE_WAIT_MS

function startFlight(deps: RenewalDeps): Flight {
  const { isolate, clock, background } = deps
  const flight = { sentAt: isolate.readClock(clock()), answered: sync(deps, [], null) }
  isolate.flight = flight
  const endFlight = () => {
    if (isolate.flight === flight) isolate.flight = null
  }
  background(flight.answered.finally(endFlight))
  return flight
}

/** Asks the ledger and applies its answer. When the question was sent, or null when there was no answer to it. */
async function sync(deps: RenewalDeps, ask: readonly string[], fill: Fill | null): Promise<number | null> {
  const { isolate, ledger, clock } = deps
  const question = { since: isolate.since, ask }
  const sentAt = isolate.readClock(clock())
  const { clockJumps } = isolate
  const reply = await askStore(deps, ledger.sync(question), LEDGER_TIMEOUT_MS)
  const now = isolate.readClock(clock())
  const answer = reply.answered ? readSyncAnswer(reply.answer) : null
  if (answer === null) {
    isolate.unavailableSince ??= now
    return null
  }
  // If the clock went backwards meanwhile, the changes are applied, but the age of the answer is unknown.
  const knownSentAt = isolate.clockJumps === clockJumps ? sentAt : null
  isolate.apply(question, knownSentAt, answer, fill)
  return knownSentAt
}
