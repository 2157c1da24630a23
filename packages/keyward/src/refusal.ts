// The refusals of a guarded route, as the front door writes them (RFC 6750 §3, RFC 9457). None says why a key is bad.
// They are plain data, so that every framework sends the same status, headers and bytes.

export type Refusal = { status: number; headers: Record<string, string>; body: string }

export type RefusalKind = 'twoTokens' | 'noToken' | 'badKey' | 'missingScope' | 'unavailable'

export type RefusalOptions = {
  realm: string
  /** The scopes that the guard asks for. */
  scopes: readonly string[]
  /** Begins the `type` of each problem; the code follows. */
  problemsUrl: string
  /** How long to wait, where the refusal is `unavailable`. */
  retryAfterSeconds: number
}

/** One refusal with a request id of its own. Apart from the id, refusals of one kind and one guard are equal. */
export function createRefusal(kind: RefusalKind, options: RefusalOptions): Refusal {
  const code = CODES[kind]
  const requestId = crypto.randomUUID()
  const body = {
    type: options.problemsUrl + code,
    ...PROBLEMS[code],
    detail: detailOf(kind, options.scopes),
    code,
    requestId,
  }
  return {
    status: body.status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      'X-Request-Id': requestId,
      ...headersOf(kind, options),
    },
    body: JSON.stringify(body),
  }
}

function headersOf(kind: RefusalKind, { realm, scopes, retryAfterSeconds }: RefusalOptions): Record<string, string> {
  const challenge = (...more: string[]) => ({ 'WWW-Authenticate': [`Bearer realm="${realm}"`, ...more].join(', ') })
  switch (kind) {
    case 'twoTokens':
      return challenge('error="invalid_request"')
    case 'noToken':
      return challenge()
    case 'badKey':
      return challenge('error="invalid_token"')
    case 'missingScope':
      return challenge('error="insufficient_scope"', ...(scopes.length > 0 ? [`scope="${scopes.join(' ')}"`] : []))
    case 'unavailable':
      return { 'Retry-After': String(retryAfterSeconds) }
  }
}

function detailOf(kind: RefusalKind, scopes: readonly string[]): string {
  switch (kind) {
    case 'twoTokens':
      return 'The request has more than one token. Send exactly one.'
    case 'noToken':
      return 'Send an API key as `Authorization: Bearer …` or `X-API-Key: …`.'
    case 'badKey':
      return 'The API key is not valid.'
    case 'missingScope':
      return scopes.length > 0
        ? `The key must hold: ${scopes.join(', ')}.`
        : 'The key lacks a scope that is needed here.'
    case 'unavailable':
      return 'Keyward cannot tell whether the token is good right now. Send the request again.'
  }
}

const CODES = {
  twoTokens: 'invalid_request',
  noToken: 'unauthenticated',
  badKey: 'unauthenticated',
  missingScope: 'insufficient_scope',
  unavailable: 'unavailable',
} as const satisfies Record<RefusalKind, string>

/** The same as in the Worker (a test compares them): this package is published alone and imports nothing of the Worker. */
export const PROBLEMS = {
  invalid_request: { title: 'The request is invalid', status: 400 },
  unauthenticated: { title: 'A valid token is required', status: 401 },
  insufficient_scope: { title: 'The key lacks a scope', status: 403 },
  unavailable: { title: 'Keyward cannot answer right now', status: 503 },
} as const satisfies Record<(typeof CODES)[RefusalKind], { title: string; status: number }>

/** Where the codes are explained when the guard does not know the address of its Keyward. */
export const DEFAULT_PROBLEMS_URL = 'https://github.com/keyward/keyward/blob/main/docs/errors.md#'
