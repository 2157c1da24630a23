// Renewing a lease: asking the ledger what changed, with as few questions as many requests can share.
import { readSyncAnswer } from '../core/ledger-messages.ts'
import type { Background, Clock, Deadline } from '../core/ports.ts'
import { attempt, isWithin, LEDGER_TIMEOUT_MS } from './attempt.ts'
import type { Fill, Isolate } from './isolate.ts'
import type { LedgerClient } from './ledger-client.ts'

export type RenewalDeps = {
  isolate: Isolate
  ledger: Pick<LedgerClient, 'sync'>
  clock: Clock
  background: Background
  deadline: Deadline
}

/**
 * When the question behind a renewed lease was sent; null when the ledger did not answer.
 * Joins a renewal under way if its answer will be fresh enough, so that many requests are one question. A renewal that
 * fails is not asked again by each who waited for it: the first launches another, which the rest join.
 */
export async function renewed(deps: RenewalDeps, index: number, boundMs: number): Promise<number | null> {
  const { isolate, deadline } = deps
  for (let joins = 0; joins < 2; joins += 1) {
    const flight = flightToJoin(deps, index, boundMs)
    if (flight === null) break
    // It belongs to another request and may end with it: then go on alone.
    const joined = await deadline(flight.answered, LEDGER_TIMEOUT_MS).catch(() => null)
    if (joined !== null) return joined
    if (isolate.shard(index).flight === flight) isolate.shard(index).flight = null
  }
  return launch(deps, index)
}

function flightToJoin({ isolate, clock }: RenewalDeps, index: number, boundMs: number) {
  const { flight } = isolate.shard(index)
  const now = isolate.read(clock())
  return flight !== null && boundMs > 0 && isWithin(now - flight.sentAt, boundMs / 2) ? flight : null
}

/** Renews the lease behind an answer; one question at a time. */
export function renewBehind(deps: RenewalDeps, index: number, now: number): void {
  const { flight } = deps.isolate.shard(index)
  if (flight === null || !isWithin(now - flight.sentAt, LEDGER_TIMEOUT_MS)) deps.background(launch(deps, index))
}

function launch(deps: RenewalDeps, index: number): Promise<number | null> {
  const shard = deps.isolate.shard(index)
  const flight = { sentAt: deps.isolate.read(deps.clock()), answered: sync(deps, index, null) }
  shard.flight = flight
  const land = () => {
    if (shard.flight === flight) shard.flight = null
  }
  flight.answered.then(land, land)
  return flight.answered
}

/** Asks the ledger and applies its answer. When the question was sent, or null when there was no answer to it. */
export async function sync(deps: RenewalDeps, index: number, fill: Fill | null): Promise<number | null> {
  const { isolate, ledger, clock } = deps
  const question = { since: isolate.since(index), ask: fill ? [fill.subject] : [] }
  const sentAt = isolate.read(clock())
  const { jumps } = isolate
  const heard = await attempt(deps, ledger.sync(index, question), LEDGER_TIMEOUT_MS)
  const now = isolate.read(clock())
  const answer = heard.answered ? readSyncAnswer(heard.answer) : null
  if (answer === null) {
    isolate.shard(index).silentSince ??= now
    return null
  }
  // Where the clock went backwards meanwhile, what changed is learnt, but nobody knows how long ago that was asked.
  const knownSentAt = isolate.jumps === jumps ? sentAt : null
  isolate.apply(index, question, knownSentAt, answer, fill)
  return knownSentAt
}
