// Expected failures. A Problem is shown to the client; any other error is a bug.

export const PROBLEMS = {
  invalid_request: {
    status: 400,
    title: 'The request is invalid',
    help: 'Something in the path, query, headers or body is missing, unknown or malformed. `errors` names each place.',
  },
  unauthenticated: {
    status: 401,
    title: 'A valid token is required',
    help: 'Send a key or access token that works as `Authorization: Bearer …`. The response does not say why one was refused, so that it reveals nothing about keys to strangers.',
  },
  forbidden: {
    status: 403,
    title: 'You may not do this',
    help: 'Your management key works, but its role does not include this operation. Use a key with a wider role.',
  },
  insufficient_scope: {
    status: 403,
    title: 'The key lacks a scope',
    help: 'The key works, but it does not hold every scope that this request needs. `WWW-Authenticate` names them. Use a key that holds them all.',
  },
  browser_not_allowed: {
    status: 403,
    title: 'Web pages may not send this key',
    help: 'The request comes from a web page, and everybody who opens the page can read its key. Send the request from a server, or add the page’s origin to `browserOrigins` of the environment.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    help: 'There is no such path or record, or you may not see it. Check the address and the id.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This path does not take the method',
    help: 'The path exists, but not for this method. `Allow` lists the methods that it takes.',
  },
  conflict: {
    status: 409,
    title: 'The record does not allow this now',
    help: 'The record has changed, or is in a state that does not allow this. Read it again, then decide.',
  },
  precondition_failed: {
    status: 412,
    title: 'The record is not the version you named',
    help: 'The version in `If-Match` is not the stored one, so nothing was done. Read the record again, then decide.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    help: 'A body may be at most 64 KiB. Send less at once.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body has a type or an encoding that is not read here',
    help: 'Send the body as JSON in UTF-8, with `Content-Type: application/json` and without a `Content-Encoding`.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    help: 'Try again after `Retry-After` seconds.',
  },
  internal_error: {
    status: 500,
    title: 'Something went wrong',
    help: 'This is a bug in Keyward. Look for the request id in the Worker’s log.',
  },
  bad_gateway: {
    status: 502,
    title: 'The upstream could not be reached',
    help: 'The key works and the request was allowed, but the route has no upstream, or its upstream could not be reached. Check the route, then the upstream.',
  },
  gateway_timeout: {
    status: 504,
    title: 'The upstream took too long',
    help: 'The key works and the request was allowed, but the upstream did not begin to answer in time. It may still have done the work: check before you send the request again.',
  },
  unavailable: {
    status: 503,
    title: 'Keyward cannot answer right now',
    help: 'Keyward could not reach one of its stores, so it cannot answer yes or no. Try again after `Retry-After` seconds.',
  },
} as const satisfies Record<string, { status: number; title: string; help: string }>

export type ProblemCode = keyof typeof PROBLEMS

/** One fault of a request: `path` is dotted, such as `scopes.0`; `message` says what is wrong there. */
export type Fault = { path: string; message: string }

export type ProblemOptions = {
  faults?: readonly Fault[]
  cause?: unknown
  retryAfterSeconds?: number
  acceptEncoding?: string
  allow?: readonly string[]
}

/** An expected failure. `message` is shown to people, so it must hold nothing secret. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly faults: readonly Fault[]
  /** How long to wait before trying again; null where waiting does not help or the time is unknown. */
  readonly retryAfterSeconds: number | null
  /** The content codings that a body may have; null unless the body had another one (RFC 9110 §15.5.16). */
  readonly acceptEncoding: string | null
  /** The methods that the path takes; null unless the request had another one (RFC 9110 §15.5.6). */
  readonly allow: readonly string[] | null

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    const { faults = [], cause, retryAfterSeconds, acceptEncoding = null, allow = null } = options
    super(detail, { cause })
    this.name = 'Problem'
    this.code = code
    this.faults = faults
    this.acceptEncoding = acceptEncoding
    this.allow = allow
    this.retryAfterSeconds = retryAfterSeconds ?? (code === 'unavailable' ? RETRY_AFTER_SECONDS : null)
  }
}

/** Whether the error is a Problem with that code. */
export const isProblem = (error: unknown, code: ProblemCode): error is Problem =>
  error instanceof Problem && error.code === code

/** The problem of a request with one invalid field. */
export const invalidField = (path: string, message: string) =>
  new Problem('invalid_request', `${path}: ${message}`, { faults: [{ path, message }] })

/** What is revoked is never changed. */
export const revokedAlready = () => new Problem('conflict', 'This key is revoked and can no longer be changed.')
/** The problem of a request with several faults, of which it has at least one. */
export const invalidFields = (faults: readonly Fault[]) =>
  new Problem('invalid_request', describeFaults(faults), { faults })

/** How many faults of a request are named: an answer must not be many times as long as its request. */
export const MAX_FAULTS = 20

/** The faults in one line, at most MAX_FAULTS of them, and how many more there are. */
function describeFaults(faults: readonly Fault[]): string {
  const named = faults.slice(0, MAX_FAULTS).map(({ path, message }) => (path ? `${path}: ${message}` : message))
  const more = faults.length - named.length
  return [...named, ...(more > 0 ? [`and ${more.toLocaleString('en-US')} more`] : [])].join('; ')
}

/** The problem of a request to a path that takes other methods. */
export const methodNotAllowed = (method: string, allow: readonly string[]) =>
  new Problem('method_not_allowed', `This path does not take ${method}. It takes ${allow.join(', ')}.`, { allow })

export const notFound = (what: string) => new Problem('not_found', `There is no such ${what}.`)

/** The result of the work; null when it fails with `not_found`. */
export async function catchNotFound<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (isProblem(error, 'not_found')) return null
    throw error
  }
}

/** The result of the work; `otherwise` when it fails with `unavailable`. Other errors are thrown. */
export async function catchUnavailable<T, O>(work: Promise<T>, otherwise: O): Promise<T | O> {
  try {
    return await work
  } catch (error) {
    if (isProblem(error, 'unavailable')) return otherwise
    throw error
  }
}

/** How long a client should wait after `unavailable`. */
export const RETRY_AFTER_SECONDS = 2
