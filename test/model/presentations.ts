// Tokens that are presented: what is asked of the services, and what the oracle is told of the answer.
import { BEARER } from '../../src/core/actor.ts'
import { MAX_STALENESS_MS } from '../../src/core/environment.ts'
import { OAuthError } from '../../src/core/oauth-error.ts'
import type { Unavailable, ValidKey, Verdict } from '../../src/core/verdict.ts'
import { authenticateClient, type Client } from '../../src/service/client-authentication.ts'
import { decideRequest } from '../../src/service/decide-request.ts'
import { issueAccessToken } from '../../src/service/issue-token.ts'
import { verify } from '../../src/service/verify.ts'
import { ALLOWED_MS, type Asked, type Fact } from './oracle.ts'
import type { Faults } from './platform.ts'
import { brandOf, forgeToken, type Secret, type Token, toAccessToken } from './tokens.ts'
import { CONFIG, type World } from './world.ts'

/** A secret that ends within this obtains no tokens any more: they last for whole seconds. */
const LAST_MS = 2000

type Question = { write: boolean; maxStalenessMs: number | undefined }
const PLAIN: Question = { write: false, maxStalenessMs: undefined }

export async function verifyToken(
  world: World,
  index: number,
  token: Token,
  { write, maxStalenessMs }: Question = PLAIN,
  faults: Faults = {},
): Promise<Verdict | Unavailable> {
  const answered = beginAsking(world, index, token, maxStalenessMs)
  const scopes = write ? ['write'] : []
  const verdict = await verify(world.deps(index, faults), BEARER, { token: token.text, scopes, maxStalenessMs })
  world.oracle.check(answered(), verdict, world.time.now)
  world.count(verdict.code)
  if (verdict.valid) world.count(`valid by ${verdict.freshness.source}`)
  return verdict
}

/** What the front door decides of a request that the environment has a route for, or none. */
export async function findRoute(world: World, index: number, token: Token, faults: Faults = {}): Promise<void> {
  const answered = beginAsking(world, index, token)
  const decision = await decideRequest(world.deps(index, faults), {
    token: token.text,
    kind: kindOf(token),
    need: { method: 'GET', path: ['api', 'items'] },
    origin: null,
    environmentId: null,
  })
  world.count(`route: ${decision.state}`)
  if (decision.state === 'refused') world.oracle.checkRefusal(answered(), world.time.now)
  if (decision.state !== 'admitted' && decision.state !== 'no_route') return
  world.oracle.checkRoute(answered(), decision.state === 'admitted', world.time.now)
}

const kindOf = ({ claims }: Token): ValidKey['kind'] => (claims === null ? 'api_key' : 'access_token')

/** A token of a known prefix with another secret: it opens nothing, whatever fails. */
export async function presentForgery(
  world: World,
  index: number,
  { prefix, key }: Secret,
  faults: Faults,
): Promise<void> {
  const deps = world.deps(index, faults)
  const text = await forgeToken(brandOf(CONFIG.brand, key?.kind ?? 'key'), prefix, deps.random, await world.mintKey)
  if (key?.kind === 'credential') {
    const client = await world.attempt(authenticateClient(deps, { clientId: key.id, clientSecret: text }))
    if (client !== null) world.oracle.violations.push(`forged client secret accepted: ${prefix}`)
    return
  }
  const verdict = await verify(deps, BEARER, { token: text })
  world.count(`forged: ${verdict.code}`)
  if (verdict.valid || verdict.code === 'disabled' || verdict.code === 'expired')
    world.oracle.violations.push(`forged token accepted: ${prefix} ${JSON.stringify(verdict)}`)
}

/** A client presents its secret and is given an access token. */
export async function obtainToken(world: World, index: number, client: Token, faults: Faults = {}): Promise<void> {
  const { key } = client.secret
  if (key === null) return
  const answered = beginAsking(world, index, client)
  const making = world.newSpan()
  const deps = world.deps(index, faults)
  const obtain = async () => {
    const known: Client = await authenticateClient(deps, { clientId: key.id, clientSecret: client.text })
    return issueAccessToken(deps, known, { scopes: null, audiences: [], issuer: 'https://keys.example' })
  }
  const issued = await world.attempt(obtain(), (error) => {
    if (error instanceof OAuthError) world.oracle.checkRefusal(answered({ inMs: LAST_MS }), world.time.now)
  })
  if (issued === null) return
  making.end = world.time.now
  world.tokens.push(toAccessToken(issued.token, client.secret, making))
  world.count('access tokens obtained')
}

/** Notes what a change answered; every isolate is asked as soon as it must know. */
export function noteChange(world: World, environment: number, fact: Fact): void {
  world.oracle.note(fact)
  world.time.at(fact.effectiveBy + ALLOWED_MS + 1, () => askEverywhere(world, environment))
}

export function askEverywhere(world: World, environment: number): void {
  for (const index of world.nodes.keys()) {
    for (const token of world.tokens) {
      if (token.secret.environment !== environment) continue
      void verifyToken(world, index, token)
      void findRoute(world, index, token)
    }
  }
}

/** What was asked, once it is answered; `inMs` for an answer about what is so a little later. */
function beginAsking(world: World, index: number, token: Token, maxStalenessMs = MAX_STALENESS_MS) {
  const { isolate } = world.node(index)
  const start = world.time.now
  const before = world.clockOf(index)
  return ({ inMs } = { inMs: 0 }): Asked => ({
    token,
    environmentId: world.environment(token.secret.environment).id,
    start,
    maxStalenessMs,
    isolate,
    clocks: [before, world.clockOf(index) + inMs],
    clockWasSet: world.node(index).clockSets > 0,
  })
}
