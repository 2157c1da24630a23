// The refusals of the front door: a problem with its challenge. Everything that is wrong with a key is the same refusal, so
// that a stranger cannot tell a revoked key from one that never was.
import { Problem, type ProblemCode } from '../core/problem.ts'
import { type Challenge, formatChallenge } from '../http/challenge.ts'
import { createProblemResponse } from '../http/problem-response.ts'
import type { RequestToken } from '../http/request-token.ts'
import type { FrontDoorDecision } from '../service/decide-request.ts'
import type { ProxiedRequest } from './proxied-request.ts'

export type Refusal = { code: ProblemCode; detail: string; challenge?: Challenge; path?: string }

const NO_TOKEN: Refusal = {
  code: 'unauthenticated',
  detail: 'Send an API key as `Authorization: Bearer …` or `X-API-Key: …`.',
  challenge: { error: null },
}

const TWO_TOKENS: Refusal = {
  code: 'invalid_request',
  detail: 'The request has more than one token. Send exactly one.',
  challenge: { error: 'invalid_request' },
}

const BAD_KEY: Refusal = {
  code: 'unauthenticated',
  detail: 'The API key is not valid.',
  challenge: { error: 'invalid_token' },
}

/** For a request without exactly one token that can be verified. */
export const TOKEN_REFUSALS: Record<Exclude<RequestToken['state'], 'given'>, Refusal> = {
  missing: NO_TOKEN,
  ambiguous: TWO_TOKENS,
  malformed: BAD_KEY,
}

export const FROM_A_BROWSER: Refusal = {
  code: 'browser_not_allowed',
  detail: 'Keys are for servers: this request comes from a web page that the environment does not let in.',
}

const UNKNOWN: Refusal = {
  code: 'unavailable',
  detail: 'Keyward cannot tell whether the key is good right now. Send the request again.',
}

export function refusalOf(admission: Exclude<FrontDoorDecision, { state: 'admitted' }>): Refusal {
  switch (admission.state) {
    case 'refused':
      return BAD_KEY
    case 'origin_refused':
      return FROM_A_BROWSER
    case 'no_route':
      return { code: 'not_found', detail: 'No route of the environment takes this method and path.' }
    case 'insufficient_scope':
      return {
        code: 'insufficient_scope',
        detail: `The key must hold: ${admission.requiredScopes.join(', ')}.`,
        challenge: { error: 'insufficient_scope', scopes: admission.requiredScopes },
      }
    case 'unknown':
      return UNKNOWN
  }
}

export function refuse(
  proxied: Pick<ProxiedRequest, 'request' | 'requestId'>,
  { code, detail, challenge, path }: Refusal,
): Response {
  const faults = path === undefined ? [] : [{ path, message: detail }]
  const response = createProblemResponse({ req: proxied.request, var: proxied }, new Problem(code, detail, { faults }))
  if (challenge) response.headers.set('WWW-Authenticate', formatChallenge(challenge))
  return response
}
