// Runs one schedule on the real services and tells what went against the promises.

import { Isolate } from '../../src/edge/isolate.ts'
import { RevocationLedger } from '../../src/edge/ledger.ts'
import { createEnvironment, editEnvironment } from '../../src/service/environments.ts'
import { createProject } from '../../src/service/projects.ts'
import { sweep } from '../../src/service/sweep.ts'
import * as changes from './changes.ts'
import { findRoute, obtainToken, presentForgery, verifyToken } from './presentations.ts'
import type { Schedule, Step } from './steps.ts'
import type { Token } from './tokens.ts'
import { BEGINNING, CALLER, type Counts, pick, World } from './world.ts'

export async function runSchedule(state: DurableObjectState, schedule: Schedule, counts: Counts): Promise<string[]> {
  const world = new World(state, schedule, counts)
  const real = { now: Date.now, ledger: RevocationLedger.clock, warn: console.warn }
  // Plain assignments: a spy would remember millions of calls.
  Date.now = () => world.time.now
  RevocationLedger.clock = () => world.time.now
  console.warn = () => {}
  try {
    await run(world, schedule)
    return world.oracle.violations
  } finally {
    Date.now = real.now
    RevocationLedger.clock = real.ledger
    console.warn = real.warn
    // The engine tidies up between turns, and a schedule is a single one.
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
}

async function run(world: World, { bounds, steps }: Schedule): Promise<void> {
  void setUp(world, bounds)
  await world.time.runUntil(BEGINNING)
  let at = world.time.now
  for (const step of steps) {
    at += step.after
    world.time.at(at, () => take(world, step))
  }
  await world.time.runUntil(at + 200_000)
  await endWell(world)
}

async function setUp(world: World, bounds: Schedule['bounds']): Promise<void> {
  const by = { node: 0, faults: {} }
  const deps = world.deps(0, {})
  const { id } = await createProject(deps, CALLER, { name: 'Shop' })
  for (const [index, bound] of bounds.entries()) {
    const made = await createEnvironment(deps, CALLER, id, { name: 'e', tag: 'production', template: 'data-api' })
    await editEnvironment(deps, CALLER, made.id, { bounds: bound })
    world.environments.push({
      id: made.id,
      possible: new Set([bound.maxStalenessMs]),
      linger: 0,
      changes: 0,
    })
    await changes.create(world, by, index, 'key')
  }
  await changes.create(world, by, 0, 'key')
  await changes.create(world, by, 0, 'credential')
  await obtainToken(world, 0, pick(world.clients, 0))
  await verifyToken(world, 0, pick(world.tokens, 0))
  await findRoute(world, 0, pick(world.tokens, 0))
  world.takeSnapshot()
}

function take(world: World, step: Step): void {
  switch (step.do) {
    case 'verify':
      void verifyToken(world, step.node, pick(world.tokens, step.token), step, step.faults)
      return
    case 'find-route':
      void findRoute(world, step.node, pick(world.tokens, step.token), step.faults)
      return
    case 'forge':
      void presentForgery(world, step.node, pick(world.secrets, step.secret), step.faults)
      return
    case 'obtain':
      void obtainToken(world, step.node, pick(world.clients, step.client), step.faults)
      return
    case 'create':
      void changes.create(world, step, step.environment, step.kind)
      return
    case 'set-write':
      void changes.edit(world, step, pick(world.keys, step.key), 'write', step.to)
      return
    case 'set-enabled':
      void changes.edit(world, step, pick(world.keys, step.key), 'enabled', step.to)
      return
    case 'rotate':
      void changes.rotate(world, step, pick(world.keys, step.key), step.overlapSeconds)
      return
    case 'revoke':
      void changes.revoke(world, step, pick(world.keys, step.key))
      return
    case 'revoke-all':
      void changes.revokeAll(world, step, step.environment, step.moment)
      return
    case 'end-token':
      void changes.endToken(world, step, pick(accessTokensOf(world), step.token))
      return
    case 'end-all':
      void changes.endAll(world, step, pick(world.clients, step.client).secret)
      return
    case 'bounds':
      void changes.setBounds(world, step, step.environment, step.bounds)
      return
    case 'set-route':
      void changes.setRoute(world, step, step.environment, step.to)
      return
    case 'rename':
      void changes.rename(world, step, step.environment, step.to)
      return
    case 'sweep':
      // It is cron's to fail: the next one tries again.
      sweep(world.deps(step.node, step.faults)).catch(() => world.count('sweep failed'))
      return
    case 'new-isolate':
      world.node(step.node).isolate = new Isolate()
      return
    case 'new-ledger':
      world.evictLedger()
      return
    case 'set-clock':
      world.setClock(step.node, step.by)
      return
    case 'snapshot':
      world.takeSnapshot()
      return
    case 'restore':
      world.restore()
  }
}

const accessTokensOf = ({ tokens }: World): Token[] => tokens.filter(({ claims }) => claims !== null)

/**
 * With nothing failing and nothing pending, what is live is valid in every isolate, then from memory, and then in isolates
 * that remember nothing; and what is revoked is refused.
 */
async function endWell(world: World): Promise<void> {
  void world.attempt(sweep(world.deps(0, {})))
  await world.time.runUntil(world.time.now + 100_000)
  for (const source of ['ledger', 'ledger', 'lease'] as const) await askForAll(world, source)
  for (const node of world.nodes) node.isolate = new Isolate()
  await askForAll(world, 'ledger')
}

async function askForAll(world: World, source: 'ledger' | 'lease'): Promise<void> {
  for (const index of world.nodes.keys()) {
    for (const token of world.tokens) void askForEnd(world, index, token, source)
    await world.time.runUntil(world.time.now + 10)
  }
}

async function askForEnd(world: World, index: number, token: Token, source: 'ledger' | 'lease'): Promise<void> {
  const { oracle } = world
  const { key } = token.secret
  const verdict = await verifyToken(world, index, token)
  const isLive = key !== null && oracle.isEnabled(key.id, world.time.now) && oracle.isLive(token, world.clockOf(index))
  const isFromThere = verdict.valid && (verdict.freshness.source === source || source === 'ledger')
  const says = `${token.id} in isolate ${index}, by ${source}: ${JSON.stringify(verdict)}`
  if (isLive && !(isFromThere || (verdict.valid && isStrict(world, token))))
    oracle.violations.push(`live but not valid: ${says}`)
  if (oracle.mustBeDead(token) && verdict.valid) oracle.violations.push(`revoked but valid: ${says}`)
}

/** Environments that allow nothing from memory, or so little that it may be over. */
const isStrict = (world: World, { secret }: Token) => Math.min(...world.environment(secret.environment).possible) < 5000
