// The refusals of a guarded route, as the front door writes them (RFC 6750 §3, RFC 9457). None says why a key is bad.

/** The refusals of one guard. Each call creates a new Response with the same bytes. */
export type Challenges = {
  twoTokens(): Response
  noToken(): Response
  badKey(): Response
  missingScope(): Response
  unavailable(retryAfterSeconds: number): Response
}

export function createChallenges(realm: string, scopes: readonly string[]): Challenges {
  const challenge = (...more: string[]) => ({ 'WWW-Authenticate': [`Bearer realm="${realm}"`, ...more].join(', ') })
  const needed = scopes.length > 0 ? [`scope="${scopes.join(' ')}"`] : []
  return {
    twoTokens: () => createRefusal('twoTokens', challenge('error="invalid_request"')),
    noToken: () => createRefusal('noToken', challenge()),
    badKey: () => createRefusal('badKey', challenge('error="invalid_token"')),
    missingScope: () => createRefusal('missingScope', challenge('error="insufficient_scope"', ...needed)),
    unavailable: (seconds) => createRefusal('unavailable', { 'Retry-After': String(seconds) }),
  }
}

function createRefusal(name: keyof typeof REFUSALS, headers: Record<string, string>): Response {
  const problem = REFUSALS[name]
  return new Response(JSON.stringify({ type: 'about:blank', ...problem }), {
    status: problem.status,
    headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...headers },
  })
}

const REFUSALS = {
  twoTokens: {
    title: 'Bad Request',
    status: 400,
    detail: 'The request has more than one token. Send exactly one.',
    code: 'invalid_request',
  },
  noToken: {
    title: 'Unauthorized',
    status: 401,
    detail: 'Send an API key as `Authorization: Bearer …` or `X-API-Key: …`.',
    code: 'unauthenticated',
  },
  badKey: {
    title: 'Unauthorized',
    status: 401,
    detail: 'The API key is not valid.',
    code: 'unauthenticated',
  },
  missingScope: {
    title: 'Forbidden',
    status: 403,
    detail: 'The API key lacks a scope that this request needs.',
    code: 'insufficient_scope',
  },
  unavailable: {
    title: 'Service Unavailable',
    status: 503,
    detail: 'The API key could not be verified right now. Try again after `Retry-After` seconds.',
    code: 'unavailable',
  },
} satisfies Record<keyof Challenges, { title: string; status: number; detail: string; code: string }>
