// Renewing the lease: asking the ledger what changed, with as few questions as many requests can share. When a lease is due
// for renewal is decided in freshness.ts (renewAfterMs).
import { environmentSubjectOf, readSyncAnswer } from '../core/ledger-messages.ts'
import type { Background, Clock, Deadline } from '../core/ports.ts'
import type { Ask, Fill, Flight, Isolate, Issuing } from './isolate.ts'
import type { LedgerClient } from './ledger-client.ts'
import { askStore, isWithin, LEDGER_TIMEOUT_MS } from './store-answer.ts'

/** How long a read waits for the question of others before it asks beside it. */
const SHARE_MS = 250
/** Reads that go along with one question. */
const MAX_ASKS = 200

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
 * Asks the ledger where the subjects stand, and what changed. When the question was sent; null when the ledger did not answer
 * for as long as a renewal is waited for. However many ask, one question is under way at a time: those who come meanwhile go
 * along with the next, so that reads of what is not remembered cost the ledger one question for each round trip.
 */
export async function syncSubjects(
  deps: RenewalDeps,
  fill: Fill | null,
  subjects: readonly string[],
): Promise<number | null> {
  const { isolate, clock, deadline } = deps
  const ask: Ask = { subjects, fill, flight: null }
  isolate.asks.push(ask)
  let waitedFor: Flight | null = null
  for (;;) {
    if (ask.flight !== null) return awaitFlight(deps, ask.flight)
    const ahead = isolate.subjectFlight
    const waitMs = ahead === null ? 0 : SHARE_MS - (isolate.readClock(clock()) - ahead.sentAt)
    if (ahead === null || ahead === waitedFor || waitMs <= 0 || waitMs > SHARE_MS) sendAsks(deps)
    else {
      waitedFor = ahead
      await deadline(ahead.answered, waitMs).catch(() => null)
    }
  }
}

/** Sends the subjects that wait, those who asked first. In the background as well: others may wait when this request is over. */
function sendAsks(deps: RenewalDeps): void {
  const { isolate, clock, background } = deps
  const asks = isolate.asks.splice(0, MAX_ASKS)
  const subjects = [...new Set(asks.flatMap(({ subjects }) => subjects))]
  const fills = asks.flatMap(({ fill }) => fill ?? [])
  const endFlight = () => {
    if (isolate.subjectFlight === flight) isolate.subjectFlight = null
  }
  const sentAt = isolate.readClock(clock())
  const flight: Flight = { sentAt, answered: sync(deps, subjects, fills).finally(endFlight) }
  isolate.subjectFlight = flight
  for (const ask of asks) ask.flight = flight
  background(flight.answered)
}

/** What a secret of the environment must have that is issued now; null when the ledger does not answer. */
export async function findIssuing(deps: RenewalDeps, environmentId: string): Promise<Issuing | null> {
  const sentAt = await syncSubjects(deps, null, [environmentSubjectOf(environmentId)])
  return sentAt === null ? null : deps.isolate.issuingOf(environmentId)
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
  const flight = { sentAt: isolate.readClock(clock()), answered: sync(deps, [], []) }
  isolate.flight = flight
  const endFlight = () => {
    if (isolate.flight === flight) isolate.flight = null
  }
  background(flight.answered.finally(endFlight))
  return flight
}

/** Asks the ledger and applies its answer. When the question was sent, or null when there was no answer to it. */
async function sync(deps: RenewalDeps, ask: readonly string[], fills: readonly Fill[]): Promise<number | null> {
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
  if (knownSentAt !== null) isolate.roundTripMs = smoothed(isolate.roundTripMs, now - knownSentAt)
  isolate.apply(question, knownSentAt, answer, fills)
  return knownSentAt
}

/** Follows a ledger that has become slower at once, and one that has become faster little by little. */
const smoothed = (known: number, measured: number) => Math.max(measured, known + (measured - known) / 8)
