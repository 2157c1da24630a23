// A token of either kind: an API key, or an access token issued to an SDK credential.
import type { Unavailable, Verdict } from '../core/verdict.ts'
import type { Deps } from '../deps.ts'
import { looksLikeAccessToken, verifyAccessToken } from './access-tokens.ts'
import { type VerifyInput, verifyKey } from './verify.ts'

/** The verdict on a token, whichever kind it is of; see verifyKey. */
export const verifyAny = (deps: Deps, bound: string | null, input: VerifyInput): Promise<Verdict | Unavailable> =>
  looksLikeAccessToken(input.token) ? verifyAccessToken(deps, bound, input) : verifyKey(deps, bound, input)
