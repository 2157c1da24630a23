// How the front door says no: a problem with its challenge, the same for every reason a stranger may not learn.
import { Problem, type ProblemCode } from '../core/problem.ts'
import { type Challenge, challengeHeader } from '../http/challenge.ts'
import type { Credential } from '../http/credential.ts'
import { problemResponse } from '../http/problem-response.ts'
import type { Admission } from '../service/front-door.ts'
import type { Visit } from './visit.ts'

export type Refusal = { code: ProblemCode; detail: string; challenge?: Challenge; path?: string }

const NO_CREDENTIAL: Refusal = {
  code: 'unauthenticated',
  detail: 'Send an API key as `Authorization: Bearer …` or `X-API-Key: …`.',
  challenge: { error: null },
}

const TWO_CREDENTIALS: Refusal = {
  code: 'invalid_request',
  detail: 'The request carries more than one credential. Send one.',
  challenge: { error: 'invalid_request' },
}

const BAD_KEY: Refusal = {
  code: 'unauthenticated',
  detail: 'The API key is not valid.',
  challenge: { error: 'invalid_token' },
}

/** For a request without a credential that could be asked about. */
export const CREDENTIAL_REFUSALS: Record<Exclude<Credential['state'], 'given'>, Refusal> = {
  missing: NO_CREDENTIAL,
  ambiguous: TWO_CREDENTIALS,
  malformed: BAD_KEY,
}

export const FROM_A_BROWSER: Refusal = {
  code: 'browser_not_allowed',
  detail: 'Keys are for servers: this request comes from a web page that the environment does not let in.',
}

const UNKNOWN: Refusal = {
  code: 'unavailable',
  detail: 'Whether the key is good could not be asked. Send the request again.',
}

export function refusalOf(admission: Exclude<Admission, { state: 'admitted' }>): Refusal {
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
  visit: Pick<Visit, 'request' | 'requestId'>,
  { code, detail, challenge, path }: Refusal,
): Response {
  const faults = path === undefined ? [] : [{ path, message: detail }]
  const response = problemResponse({ req: visit.request, var: visit }, new Problem(code, detail, faults))
  if (challenge) response.headers.set('WWW-Authenticate', challengeHeader(challenge))
  return response
}
