// POST /v1/keys/verify without the ceremony: the plain case of the route that most requests are for. Whatever is not
// plain, and whatever fails, goes on to the route itself, which says what is wrong; nothing is refused here.
import { mayUse } from '../core/actor.ts'
import { Problem } from '../core/problem.ts'
import type { createDeps } from '../deps.ts'
import { NOTHING_LOADS } from '../http/content-policy.ts'
import { MAX_BODY_BYTES } from '../http/json-body.ts'
import { answerError } from '../http/problem-response.ts'
import { readToken } from '../http/request-token.ts'
import { isUnavailable, storesUnavailable, toWireVerdict, verifyInputSchema } from '../http/verification.ts'
import { authenticate } from '../service/management-keys.ts'
import { environmentOf } from '../service/verify.ts'
import { verifyAny } from '../service/verify-any.ts'

const VERIFY_PATH = '/v1/keys/verify'

/** Whether nothing about the request but its body can make it other than plain. */
export function isPlainVerify({ method, url, headers }: Request): boolean {
  return (
    method === 'POST' &&
    url.slice(url.indexOf('/', AFTER_SCHEME)) === VERIFY_PATH &&
    headers.get('Content-Type') === 'application/json' &&
    Number(headers.get('Content-Length') ?? Number.NaN) <= MAX_BODY_BYTES
  )
}

/** The answer where all is plain, and 503 where nobody could be asked; null for the route to answer. */
export async function answerPlainVerify(
  { headers, url }: Request,
  text: string,
  makeDeps: () => ReturnType<typeof createDeps>,
): Promise<Response | null> {
  const requestId = crypto.randomUUID()
  try {
    const credential = readToken(headers)
    if (credential.state !== 'given' || credential.by !== 'bearer') return null
    const input = verifyInputSchema.safeParse(JSON.parse(text))
    if (!input.success) return null

    const deps = makeDeps()
    const actor = await authenticate(deps, credential.token)
    if (!mayUse(actor, 'verify')) return null
    const verdict = await verifyAny(deps, environmentOf(actor), input.data)
    if (isUnavailable(verdict)) throw storesUnavailable()
    return answer(JSON.stringify(toWireVerdict(verdict)), requestId)
  } catch (error) {
    // Not asked again by the route: nobody would wait as long twice.
    const isUnknown = error instanceof Problem && error.code === 'unavailable'
    return isUnknown ? answerError(error, { req: { url }, var: { requestId } }) : null
  }
}

function answer(json: string, requestId: string): Response {
  const response = new Response(json, { headers: HEADERS })
  response.headers.set('X-Request-Id', requestId)
  return response
}

/** Made once: the platform copies them faster than it reads a record. */
const HEADERS = new Headers({
  'Content-Type': 'application/json',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': NOTHING_LOADS,
})
const AFTER_SCHEME = 'https://'.length
