// The refusals of the front door: a problem with its challenge. Everything that is wrong with a key is the same refusal, so
// that a stranger cannot tell a revoked key from one that never was.
import { entranceOfUrl } from '../core/entrance.ts'
import { Problem, type ProblemCode } from '../core/problem.ts'
import type { ValidKey } from '../core/verdict.ts'
import { type Challenge, formatChallenge } from '../http/challenge.ts'
import { coreMetadataUrlOf, issuerOf } from '../http/issuer.ts'
import { createProblemResponse } from '../http/problem-response.ts'
import type { RequestToken } from '../http/request-token.ts'
import type { FrontDoorDecision } from '../service/decide-request.ts'
import type { ProxiedRequest } from './proxied-request.ts'

export type Refusal = { code: ProblemCode; detail: string; challenge?: Challenge; path?: string }

type TokenKind = ValidKey['kind']

const NO_TOKEN: Record<TokenKind, Refusal> = {
  api_key: {
    code: 'unauthenticated',
    detail: 'Send an API key as `Authorization: Bearer …` or `X-API-Key: …`.',
    challenge: { error: null },
  },
  access_token: {
    code: 'unauthenticated',
    detail: 'Send an access token as `Authorization: Bearer …`. SDK credentials obtain one at /oauth2/token.',
    challenge: { error: null },
  },
}

const TWO_TOKENS: Refusal = {
  code: 'invalid_request',
  detail: 'The request has more than one token. Send exactly one.',
  challenge: { error: 'invalid_request' },
}

const BAD_TOKEN: Record<TokenKind, Refusal> = {
  api_key: {
    code: 'unauthenticated',
    detail: 'The API key is not valid.',
    challenge: { error: 'invalid_token' },
  },
  access_token: {
    code: 'unauthenticated',
    detail: 'The access token is not valid.',
    challenge: { error: 'invalid_token' },
  },
}

/** For a request without exactly one token that can be verified, where that kind of token is taken. */
export function tokenRefusalOf(state: Exclude<RequestToken['state'], 'given'>, kind: TokenKind): Refusal {
  switch (state) {
    case 'missing':
      return NO_TOKEN[kind]
    case 'ambiguous':
      return TWO_TOKENS
    case 'malformed':
      return BAD_TOKEN[kind]
  }
}

export const FROM_A_BROWSER: Refusal = {
  code: 'browser_not_allowed',
  detail: 'Keys are for servers: this request comes from a web page that the environment does not let in.',
}

export const NO_ROUTE: Refusal = {
  code: 'not_found',
  detail: 'No route of the environment takes this method and path.',
}

const UNKNOWN: Refusal = {
  code: 'unavailable',
  detail: 'Keyward cannot tell whether the token is good right now. Send the request again.',
}

export function refusalOf(admission: Exclude<FrontDoorDecision, { state: 'admitted' }>, kind: TokenKind): Refusal {
  switch (admission.state) {
    case 'refused':
      return BAD_TOKEN[kind]
    case 'origin_refused':
      return FROM_A_BROWSER
    case 'no_route':
      return NO_ROUTE
    case 'insufficient_scope':
      return {
        code: 'insufficient_scope',
        detail: `The ${kind === 'api_key' ? 'key' : 'access token'} must hold: ${admission.requiredScopes.join(', ')}.`,
        challenge: { error: 'insufficient_scope', scopes: admission.requiredScopes },
      }
    case 'unknown':
      return UNKNOWN
  }
}

export function refuse(
  proxied: Pick<ProxiedRequest, 'request' | 'requestId' | 'deps'>,
  { code, detail, challenge, path }: Refusal,
): Response {
  const faults = path === undefined ? [] : [{ path, message: detail }]
  const response = createProblemResponse({ req: proxied.request, var: proxied }, new Problem(code, detail, { faults }))
  if (challenge) response.headers.set('WWW-Authenticate', formatChallenge(challenge, resourceMetadataOf(proxied)))
  return response
}

/** A client of `/core` can find out where tokens for it are issued. API keys are not issued to clients. */
function resourceMetadataOf({ request, deps }: Pick<ProxiedRequest, 'request' | 'deps'>): string | null {
  const isForCore = entranceOfUrl(new URL(request.url))?.kind === 'access_token'
  return isForCore ? coreMetadataUrlOf(issuerOf(deps.config, request.url)) : null
}
