// POST /v1/keys/verify without the ceremony: the plain case of the route that most requests are for. Whatever is not
// plain, and whatever fails, goes on to the route itself, which says what is wrong; nothing is refused here.
import type { Context, MiddlewareHandler } from 'hono'
import { mayUse } from '../core/actor.ts'
import type { createDeps, Deps } from '../deps.ts'
import type { AppEnv } from '../http/app-env.ts'
import { NOTHING_LOADS } from '../http/content-policy.ts'
import { readCredential } from '../http/credential.ts'
import { MAX_BODY_BYTES } from '../http/json-body.ts'
import { problemResponse } from '../http/problem-response.ts'
import { isUnavailable, storesUnavailable, toWireVerdict, verifyInputSchema } from '../http/verification.ts'
import { authenticate } from '../service/management-keys.ts'
import { environmentOf, type VerifyInput, verifyKey } from '../service/verify.ts'

export const VERIFY_PATH = '/v1/keys/verify'

export function verifyFastPath(makeDeps: typeof createDeps): MiddlewareHandler<AppEnv> {
  return async function verifyFast(c, next) {
    c.set('requestId', crypto.randomUUID())
    return (await plainAnswer(c, makeDeps)) ?? next()
  }
}

async function plainAnswer(c: Context<AppEnv>, makeDeps: typeof createDeps): Promise<Response | null> {
  const credential = readCredential(c.req.raw.headers)
  if (credential.state !== 'given' || credential.by !== 'bearer' || !isPlain(c.req.raw)) return null
  const input = parse(await c.req.text())
  if (input === null) return null

  const deps = makeDeps(c.env, c.executionCtx)
  const actor = await actorOf(deps, credential.token)
  if (actor === null || !mayUse(actor, 'verify')) return null
  const verdict = await verifyKey(deps, environmentOf(actor), input)
  // Not asked again by the route: nobody would wait as long twice.
  if (isUnavailable(verdict)) return problemResponse(c, storesUnavailable())
  return answer(c, JSON.stringify(toWireVerdict(verdict)))
}

function isPlain({ headers, url }: Request): boolean {
  const length = Number(headers.get('Content-Length') ?? Number.NaN)
  return length <= MAX_BODY_BYTES && headers.get('Content-Type') === 'application/json' && !url.includes('?')
}

function parse(text: string): VerifyInput | null {
  try {
    const parsed = verifyInputSchema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

async function actorOf(deps: Deps, token: string) {
  try {
    return await authenticate(deps, token)
  } catch {
    return null
  }
}

const answer = (c: Context<AppEnv>, json: string) =>
  new Response(json, {
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Request-Id': c.var.requestId,
      'Content-Security-Policy': NOTHING_LOADS,
    },
  })
