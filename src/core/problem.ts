// Operations that could not be done. A Problem is expected and told to the client; any other error is a bug.

export const PROBLEMS = {
  invalid_request: {
    status: 400,
    title: 'The request is not valid',
    help: 'Something in the path, query, headers or body is missing, unknown or of the wrong form. `errors` names each place.',
  },
  unauthenticated: {
    status: 401,
    title: 'No valid credential',
    help: 'Send a live credential as `Authorization: Bearer …`. Why one was refused is not told to strangers.',
  },
  forbidden: {
    status: 403,
    title: 'The credential may not do this',
    help: 'The management key is good, but its role does not include this operation. Ask for one with a wider role.',
  },
  insufficient_scope: {
    status: 403,
    title: 'The key lacks a scope',
    help: 'The key is good, but does not hold every scope this request needs; `WWW-Authenticate` names them. Ask for a key that does.',
  },
  browser_not_allowed: {
    status: 403,
    title: 'Keys are for servers',
    help: 'The request comes from a web page, where a key would be in everybody’s hands. Send it from a server, or let the page’s origin in for the environment (`browserOrigins`).',
  },
  not_found: {
    status: 404,
    title: 'Nothing here',
    help: 'There is no such path or record, or it is not yours to see.',
  },
  conflict: {
    status: 409,
    title: 'The state does not allow it',
    help: 'The record is in a state in which this cannot be done. Read it again, then decide.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    help: 'Bodies are limited to 64 KiB.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body is not JSON',
    help: 'Send bodies as `Content-Type: application/json`.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    help: 'Wait as long as `Retry-After` says, in seconds, then try again.',
  },
  internal_error: {
    status: 500,
    title: 'Something broke',
    help: 'A defect of Keyward. The Worker’s log has the details under the request id.',
  },
  bad_gateway: {
    status: 502,
    title: 'The upstream did not answer properly',
    help: 'The key is good and the request was let through, but what stands behind the front door could not be reached or broke off.',
  },
  gateway_timeout: {
    status: 504,
    title: 'The upstream took too long',
    help: 'The key is good and the request was let through, but what stands behind the front door did not begin to answer in time. It may still have done the work.',
  },
  unavailable: {
    status: 503,
    title: 'The answer cannot be known right now',
    help: 'A store could not be asked, so neither yes nor no would be honest. Try again after `Retry-After` seconds.',
  },
} as const satisfies Record<string, { status: number; title: string; help: string }>

export type ProblemCode = keyof typeof PROBLEMS

/** One fault of a request: where, as a dotted path such as `scopes.0`, and what is wrong there. */
export type Fault = { path: string; message: string }

export type ProblemOptions = { faults?: readonly Fault[]; cause?: unknown; retryAfterSeconds?: number }

/** What is thrown for an expected failure. `message` is for people and holds nothing secret. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly faults: readonly Fault[]
  /** After how long the same may be tried again; null where waiting does not help, or nobody knows. */
  readonly retryAfterSeconds: number | null

  constructor(code: ProblemCode, detail: string, { faults = [], cause, retryAfterSeconds }: ProblemOptions = {}) {
    super(detail, { cause })
    this.name = 'Problem'
    this.code = code
    this.faults = faults
    this.retryAfterSeconds = retryAfterSeconds ?? (code === 'unavailable' ? RETRY_AFTER_SECONDS : null)
  }
}

/** Whether the error is the expected failure of that code. */
export const isProblem = (error: unknown, code: ProblemCode): error is Problem =>
  error instanceof Problem && error.code === code

/** A request refused for one field. */
export const invalidField = (path: string, message: string) =>
  new Problem('invalid_request', `${path}: ${message}`, { faults: [{ path, message }] })

export const notFound = (what: string) => new Problem('not_found', `There is no such ${what}.`)

/** What the work gives; null when it finds that there is no such thing. */
export async function catchNotFound<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (isProblem(error, 'not_found')) return null
    throw error
  }
}

/** What the work gives; `otherwise` when a store could not be asked. Every other failure stays one. */
export async function catchUnavailable<T, O>(work: Promise<T>, otherwise: O): Promise<T | O> {
  try {
    return await work
  } catch (error) {
    if (isProblem(error, 'unavailable')) return otherwise
    throw error
  }
}

/** How long a client is asked to wait after `unavailable`. */
export const RETRY_AFTER_SECONDS = 2
