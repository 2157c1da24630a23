// Changes that are made, and what each of them promises once it is answered.

import type { KeyKind } from '../../src/core/api-key.ts'
import type { Bounds } from '../../src/core/environment.ts'
import type { Route } from '../../src/core/route-table.ts'
import { mintToken } from '../../src/core/token.ts'
import { editEnvironment } from '../../src/service/environments.ts'
import { createKey, editKey, rotateKey } from '../../src/service/keys.ts'
import { revokeEnvironmentKeys } from '../../src/service/revoke-environment.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { revokeToken } from '../../src/service/revoke-token.ts'
import { replaceRoutes } from '../../src/service/routes.ts'
import { endAllTokens } from '../../src/service/token-endings.ts'
import { type Attribute, NAMES } from './oracle.ts'
import type { Faults } from './platform.ts'
import { noteChange } from './presentations.ts'
import type { Moment } from './steps.ts'
import { brandOf, isMade, isOfKey, type Key, type Secret, type Span, type Token } from './tokens.ts'
import { CALLER, CONFIG, pick, type World } from './world.ts'

/** On which isolate, and what becomes of the calls it takes. */
export type By = { node: number; faults: Faults }

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

export async function create(world: World, { node, faults }: By, environment: number, kind: KeyKind): Promise<void> {
  const making = world.newSpan()
  const minting = await beginMinting(world, { environment, kind, key: null }, making)
  const input = { name: 'k', scopes: ['read', 'write'], kind }
  const { id } = world.environment(environment)
  const made = await world.attempt(createKey(world.deps(node, faults, minting.random), CALLER, id, input))
  if (made === null) return
  const key = { id: made.key.id, environment, kind }
  world.keys.push(key)
  minting.end(made.token, { key, issuedAt: made.key.createdAt })
  if (world.oracle.isLost(making.start)) return
  const claim = world.claimNow(making, environment)
  for (const attribute of ['enabled', 'write'] as const)
    world.oracle.note({ of: 'set', subject: key.id, attribute, to: true, ...claim })
}

/** The holder of a new secret may use it as soon as D1 has it, even if nobody hears the answer. */
async function beginMinting(
  world: World,
  whose: { environment: number; kind: KeyKind; key: Key | null },
  making: Span,
) {
  const { environment, kind, key } = whose
  const random = world.foreseeRandom()
  const add = ({ token: text, prefix }: { token: string; prefix: string }): Token => {
    const secret: Secret = { prefix, environment, making: { ...making }, key, issuedAt: null }
    const token = { id: prefix, text, secret, making: secret.making, claims: null }
    world.secrets.push(secret)
    const presented = kind === 'credential' ? world.clients : world.tokens
    presented.push(token)
    return token
  }
  const foreseen = add(await mintToken(brandOf(CONFIG.brand, kind), await world.mintKey, random()))
  return {
    random: random(),
    end(text: string, known: Pick<Secret, 'key' | 'issuedAt'>): Secret {
      const { secret } = text === foreseen.text ? foreseen : add({ token: text, prefix: text.split('_')[1] ?? '' })
      secret.making.end = world.time.now
      return Object.assign(secret, known)
    },
  }
}

export async function edit(
  world: World,
  { node, faults }: By,
  key: Key,
  attribute: 'write' | 'enabled',
  to: boolean,
): Promise<void> {
  const wanted = attribute === 'enabled' ? { enabled: to } : { scopes: to ? ['read', 'write'] : ['read'] }
  await setAttribute(world, { subject: key.id, environment: key.environment, attribute, to }, async (span) => {
    const edited = await world.change(span, editKey(world.deps(node, faults), CALLER, key.id, wanted))
    return edited && world.claimOf(span, key.environment, edited.receipt)
  })
}

export async function setRoute(world: World, { node, faults }: By, environment: number, to: boolean): Promise<void> {
  const { id } = world.environment(environment)
  await setAttribute(world, { subject: id, environment, attribute: 'routed', to }, async (span) => {
    const routes = to ? [ROUTE] : []
    const replaced = await world.change(span, replaceRoutes(world.deps(node, faults), CALLER, id, routes))
    return replaced && world.claimOf(span, environment, replaced.receipt)
  })
}

export async function rename(world: World, { node, faults }: By, environment: number, to: boolean): Promise<void> {
  const { id } = world.environment(environment)
  await setAttribute(world, { subject: id, environment, attribute: 'renamed', to }, async (span) => {
    const renamed = await world.change(span, editEnvironment(world.deps(node, faults), CALLER, id, NAMES[to ? 1 : 0]))
    return renamed && world.claimNow(span, environment)
  })
}

async function setAttribute(
  world: World,
  { environment, ...what }: { subject: string; environment: number; attribute: Attribute; to: boolean },
  change: (span: Span) => Promise<ReturnType<World['claimNow']> | null>,
): Promise<void> {
  const attempt = { ...what, span: world.newSpan(), knownBy: Number.POSITIVE_INFINITY }
  world.oracle.attempts.push(attempt)
  const claim = await change(attempt.span)
  if (claim === null) return
  attempt.knownBy = claim.effectiveBy
  if (world.oracle.isLost(attempt.span.start)) return
  noteChange(world, environment, { of: 'set', ...what, ...claim })
  world.count(`${what.attribute} set`)
}

export async function rotate(world: World, { node, faults }: By, key: Key, overlapSeconds: number): Promise<void> {
  const span = world.newSpan()
  const minting = await beginMinting(world, { ...key, key }, span)
  let previous: { prefix: string; expiresAt: number } | null = null
  let minted: Secret | null = null
  world.oracle.endings.push({
    what: 'rotated',
    span,
    mayCover: (token, clock) => {
      if (!isOfKey(token, key) || token.secret === minted || token.secret.making.start > span.end) return false
      return overlapSeconds === 0 || previous?.prefix !== token.secret.prefix || clock >= previous.expiresAt
    },
  })
  const older = world.secrets.filter(
    (secret) => secret.key?.id === key.id && isMade(secret) && !world.oracle.isForgotten(secret.making),
  )
  const deps = world.deps(node, faults, minting.random)
  const rotated = await world.change(span, rotateKey(deps, CALLER, key.id, { overlapSeconds }))
  if (rotated === null) return
  previous = rotated.previous
  minted = minting.end(rotated.token, { key, issuedAt: rotated.key.secrets[0]?.createdAt ?? null })
  if (world.oracle.isLost(span.start)) return
  const claim = world.claimNow(span, key.environment)
  for (const secret of older) {
    // The end of an overlap is a moment, and is read from the clock of whoever verifies.
    const isPrevious = secret.prefix === previous.prefix
    const endsAt = isPrevious && overlapSeconds > 0 ? previous.expiresAt + world.mostBehindMs : 0
    const committedAt = Math.max(claim.committedAt, endsAt)
    noteChange(world, key.environment, {
      of: 'ended',
      what: `rotated: ${secret.prefix}`,
      final: false,
      covers: (token) => token.secret === secret,
      start: span.start,
      committedAt,
      effectiveBy: Math.max(claim.effectiveBy, committedAt),
    })
    world.count('secrets ended')
  }
}

export async function revoke(world: World, { node, faults }: By, key: Key): Promise<void> {
  const span = world.newSpan()
  const covers = (token: Token) => isOfKey(token, key)
  world.oracle.endings.push({ what: 'revoked', span, mayCover: covers })
  const revoked = await world.change(span, revokeKey(world.deps(node, faults), CALLER, key.id, {}))
  if (revoked === null) return
  const claim = world.claimOf(span, key.environment, revoked.receipt)
  noteChange(world, key.environment, { of: 'ended', what: `revoked: ${key.id}`, final: true, covers, ...claim })
  world.count(`revoked, ${revoked.receipt.recorded}`)
}

/**
 * Whatever is issued after it is not revoked, by any clock. Now, whatever was issued before is; with a moment, what counts is the
 * moment that the secret was issued at, as its creation answered.
 */
export async function revokeAll(
  world: World,
  { node, faults }: By,
  environment: number,
  moment: Moment,
): Promise<void> {
  const span = world.newSpan()
  const deps = world.deps(node, faults)
  const issuedBefore = toIssuedBefore(world, moment, deps.clock())
  const isOld = ({ making, issuedAt }: Secret, committedAt: number) =>
    issuedBefore === undefined
      ? making.end < span.start
      : issuedAt !== null && issuedAt < Math.min(issuedBefore, committedAt)
  const isNew = ({ making, issuedAt }: Secret) =>
    making.start > span.end || (issuedBefore !== undefined && issuedAt !== null && issuedAt >= issuedBefore)
  const known = world.environment(environment)
  world.oracle.endings.push({
    what: 'revoked all',
    span,
    mayCover: ({ secret }) => secret.environment === environment && !isNew(secret),
  })
  const done = await world.change(span, revokeEnvironmentKeys(deps, CALLER, known.id, { issuedBefore }))
  if (done === null) return
  const claim = world.claimOf(span, environment, done.receipt)
  noteChange(world, environment, {
    of: 'ended',
    what: `revoked all: ${known.id} before ${issuedBefore}`,
    final: true,
    covers: ({ secret }) => secret.environment === environment && isOld(secret, claim.committedAt),
    ...claim,
  })
  world.count(issuedBefore === undefined ? 'revoked all' : 'revoked all before a moment')
}

function toIssuedBefore(world: World, moment: Moment, now: number): number | undefined {
  if (moment === 'now') return undefined
  const { issuedAt } = pick(world.secrets, moment.secret)
  return issuedAt === null ? undefined : Math.min(issuedAt + moment.plusMs, now)
}

export async function endToken(world: World, { node, faults }: By, token: Token): Promise<void> {
  const { key, environment } = token.secret
  if (token.claims === null || key === null) return
  const span = world.newSpan()
  world.oracle.endings.push({
    what: 'token ended',
    span,
    mayCover: (other) => other === token,
  })
  const deps = world.deps(node, faults)
  const ended = await world.change(
    span,
    revokeToken(deps, CALLER, token.text).then(() => true),
  )
  if (ended === null) return
  const claim = world.claimNow(span, environment)
  noteChange(world, environment, {
    of: 'ended',
    what: `ended: ${token.id}`,
    final: true,
    covers: (other) => other === token,
    ...claim,
  })
  world.count('access tokens ended')
}

/** Ends the access tokens that a credential has; those that are issued after it live. */
export async function endAll(world: World, { node, faults }: By, { key }: Secret): Promise<void> {
  if (key === null) return
  const span = world.newSpan()
  const isToken = (token: Token) => token.claims !== null && isOfKey(token, key)
  world.oracle.endings.push({
    what: 'all tokens ended',
    span,
    mayCover: (token) => isToken(token) && token.making.start <= span.end,
  })
  const deps = world.deps(node, faults)
  const ended = await world.change(
    span,
    endAllTokens(deps, CALLER, key.id).then(() => true),
  )
  if (ended === null) return
  noteChange(world, key.environment, {
    of: 'ended',
    what: `all ended: ${key.id}`,
    final: true,
    covers: (token) => isToken(token) && token.making.end < span.start,
    ...world.claimNow(span, key.environment),
  })
  world.count('all access tokens ended')
}

export async function setBounds(
  world: World,
  { node, faults }: By,
  environment: number,
  bounds: Bounds,
): Promise<void> {
  const known = world.environment(environment)
  known.changes += 1
  const alone = known.changes
  const before = [...known.possible]
  known.possible.add(bounds.maxStalenessMs)
  known.linger = Number.POSITIVE_INFINITY
  const edited = await world.attempt(editEnvironment(world.deps(node, faults), CALLER, known.id, { bounds }))
  if (edited === null) return
  // What no other edit can have changed meanwhile is certain; the wider bound from before lives on for a while.
  if (known.changes === alone && before.length === 1) {
    known.possible = new Set([bounds.maxStalenessMs])
    known.linger = world.time.now + Math.max(...before)
  }
  world.count('bounds set')
}
