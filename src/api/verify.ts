// POST /v1/keys/verify. Most requests that are not for the front door are for this, so it is answered before the router.
import type { createDeps } from '../deps.ts'
import { readManagementKey } from '../http/authenticate.ts'
import { toInvalidRequest } from '../http/faults.ts'
import { readJson } from '../http/json-body.ts'
import { answerError } from '../http/problem-response.ts'
import { readQuery } from '../http/query.ts'
import { SECURITY_HEADERS } from '../http/security-headers.ts'
import { requireVerdict, toWireVerdict, verdictSchema, verifyInputSchema } from '../http/verification.ts'
import { authenticate } from '../service/management-keys.ts'
import { verify } from '../service/verify.ts'
import { defineManagementRoute, jsonAnswer, jsonBody } from './define-route.ts'

export const VERIFY_PATH = '/v1/keys/verify'

export const verifyRoute = defineManagementRoute({
  method: 'post',
  path: VERIFY_PATH,
  tags: ['Verification'],
  summary: 'Verify a token: an API key, or an access token',
  description:
    'Always 200 with a verdict, or 503 when the stores could not be asked. Treat a code you do not know as "no".',
  request: jsonBody(verifyInputSchema),
  responses: { 200: jsonAnswer('The verdict.', verdictSchema) },
})

export const isVerify = ({ method, url }: Request): boolean =>
  method === 'POST' && (VERIFY_URL.test(url) || (ESCAPED_PATH.test(url) && VERIFY_URL.test(unescapeUrl(url))))

/** RFC 3986 §6.2.2.2: `/v1/keys/%76erify` is the same path. */
function unescapeUrl(url: string): string {
  try {
    return decodeURI(url.split('?', 1)[0] ?? '')
  } catch {
    return url
  }
}

export async function answerVerify(
  request: Request,
  env: Env,
  ctx: ExecutionContext,
  makeDeps: typeof createDeps,
): Promise<Response> {
  const requestId = crypto.randomUUID()
  try {
    const deps = makeDeps(env, ctx)
    const actor = await authenticate(deps, readManagementKey(request.headers))
    refuseQuery(request.url)
    const input = verifyInputSchema.safeParse(await readJson(request))
    if (!input.success) throw toInvalidRequest(input.error.issues)
    const verdict = requireVerdict(await verify(deps, actor, input.data))
    return respond(JSON.stringify(toWireVerdict(verdict)), requestId)
  } catch (error) {
    return answerError(error, { req: request, var: { requestId } })
  }
}

/** As every route of the API does where it takes no query. @throws {Problem} invalid_request */
function refuseQuery(url: string): void {
  if (!url.includes('?')) return
  const keys = [...new Set(readQuery(url).map(({ name }) => name))]
  if (keys.length > 0) throw toInvalidRequest([{ code: 'unrecognized_keys', path: [], message: '', keys }])
}

function respond(json: string, requestId: string): Response {
  const response = new Response(json, { headers: HEADERS })
  response.headers.set('X-Request-Id', requestId)
  return response
}

/**
 * Made once: copying Headers is faster in workerd than building them from an object. Of the headers for browsers only those
 * that matter for JSON: each header costs a hundredth of a verification.
 */
const HEADERS = new Headers({
  'Content-Security-Policy': SECURITY_HEADERS['Content-Security-Policy'],
  'X-Content-Type-Options': SECURITY_HEADERS['X-Content-Type-Options'],
  'Content-Type': 'application/json',
  'Cache-Control': 'no-store',
})
const ESCAPED_PATH = /^[^?]*%/
const VERIFY_URL = /^https?:\/\/[^/]*\/v1\/keys\/verify(\?|$)/
