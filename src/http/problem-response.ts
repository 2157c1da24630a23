// Errors as application/problem+json (RFC 9457). The client receives the text of expected errors; any other error is
// logged, and the client receives only `internal_error` and the request id.
import { HTTPException } from 'hono/http-exception'
import { ConfigError } from '../config.ts'
import { MAX_FAULTS, PROBLEMS, Problem, type ProblemCode } from '../core/problem.ts'
import { formatChallenge } from './challenge.ts'
import { SECURITY_HEADERS } from './security-headers.ts'

/** The part of a Hono context that is needed here. */
type RequestInfo = { req: { url: string }; var: { requestId: string } }

/** The URL of the page that explains a problem code, on this Worker. */
export const problemUrlOf = (c: Pick<RequestInfo, 'req'>, code: ProblemCode) =>
  new URL(`/problems/${code}`, c.req.url).href

export function createProblemResponse(c: RequestInfo, problem: Problem): Response {
  if (!URL.canParse(c.req.url)) return answerUnreadableHost()
  const { status, title } = PROBLEMS[problem.code]
  const body = {
    type: problemUrlOf(c, problem.code),
    title,
    status,
    detail: problem.message,
    code: problem.code,
    requestId: c.var.requestId,
    ...(problem.faults.length > 0 ? { errors: problem.faults.slice(0, MAX_FAULTS) } : {}),
  }
  const headers: Record<string, string> = {
    ...SECURITY_HEADERS,
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    'X-Request-Id': c.var.requestId,
  }
  if (status === 401) headers['WWW-Authenticate'] = formatChallenge({ error: null })
  if (problem.acceptEncoding !== null) headers['Accept-Encoding'] = problem.acceptEncoding
  if (problem.allow !== null) headers['Allow'] = problem.allow.join(', ')
  if (problem.retryAfterSeconds !== null) headers['Retry-After'] = String(problem.retryAfterSeconds)
  return new Response(JSON.stringify(body), { status, headers })
}

/** A Host header that is no host makes an address that cannot be parsed, and so no problem page could be named. */
export const answerUnreadableHost = () =>
  new Response('The Host header is not a host.\n', { status: 400, headers: { 'Cache-Control': 'no-store' } })

/** The response to any error. The text of an unexpected one does not reach the client. */
export function answerError(error: unknown, c: RequestInfo): Response {
  return createProblemResponse(c, toProblem(error, c.var.requestId))
}

/** The problem that the client receives for an error: `internal_error`, without its text, if it is unexpected. */
export function toProblem(error: unknown, requestId: string): Problem {
  if (error instanceof Problem) {
    if (error.code === 'unavailable') console.warn('unavailable', { requestId }, error.cause)
    return error
  }
  if (error instanceof HTTPException && error.status === 400) {
    return new Problem('invalid_request', 'The body is not well-formed JSON.')
  }
  if (error instanceof HTTPException && error.status === 415) {
    return new Problem('unsupported_media_type', 'Send the body as `Content-Type: application/json`.')
  }
  if (error instanceof ConfigError) {
    console.error('Keyward is not configured:', error.message)
    return new Problem('unavailable', "Keyward is not configured. The Worker's log says which variable to set.")
  }
  console.error('unexpected error', { requestId }, error)
  return new Problem(
    'internal_error',
    "Something went wrong in Keyward. The Worker's log has the details under this request id.",
  )
}
