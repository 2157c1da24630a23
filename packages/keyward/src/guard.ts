// The decision of a guard, the same for every framework: a verified key, or the refusal to send. Never anything else.
import { KeywardConfigError } from './configuration.ts'
import {
  checkOptions,
  type FromContext,
  type GuardOptions,
  problemsUrlOf,
  resolveOption,
  verifierOf,
} from './guard-options.ts'
import { isYes, readAnswer, readRetryAfter } from './read-answer.ts'
import { createRefusal, type Refusal, type RefusalKind } from './refusal.ts'
import { type RequestToken, readToken } from './request-token.ts'
import {
  DEFAULT_RETRY_AFTER_SECONDS,
  type KeyQuestion,
  type Unavailable,
  unavailableBecause,
  type ValidKey,
  type Verdict,
} from './verdict.ts'
import type { KeyVerifier } from './verifier.ts'

export type Decision = { key: ValidKey; refusal?: never } | { refusal: Refusal; key?: never }

/** Decides on a request by its headers. Never throws. */
export type Guard<Context> = (headers: Headers, context: Context) => Promise<Decision>

/**
 * A guard that wants one valid key with all of `scopes`. Its refusals: 400 for two tokens, 401 for none or a refused one,
 * 403 for a missing scope, 503 when there is no verdict.
 * @throws {KeywardConfigError} for invalid options
 */
export function createGuard<Context>(
  options: GuardOptions<Context>,
  defaultBinding: Parameters<typeof verifierOf<Context>>[1],
): Guard<Context> {
  checkOptions(options)
  const verifier = verifierOf(options, defaultBinding)
  const problemsUrl = problemsUrlOf(options)
  const { scopes = [], environmentId, maxStalenessMs, realm = 'keyward' } = options
  const asked = { scopes: [...scopes], environmentId, maxStalenessMs }

  return async function guard(headers, context) {
    const refuse = (kind: RefusalKind, retryAfterSeconds = DEFAULT_RETRY_AFTER_SECONDS): Decision => ({
      refusal: createRefusal(kind, {
        realm,
        scopes: asked.scopes,
        problemsUrl: problemsUrl(context),
        retryAfterSeconds,
      }),
    })
    const presented = readToken(headers)
    if (presented.state !== 'given') return refuse(KIND_OF_STATE[presented.state])

    const question = { token: presented.token, ...asked }
    const answer = await answerTo(question, verifier, context)
    if (isYes(answer, question)) return { key: answer }
    if (answer.code === 'insufficient_scope') return refuse('missingScope')
    if (answer.code !== 'unavailable') return refuse('badKey')
    console.warn(`keyward: no verdict (${answer.reason}): ${answer.detail}`)
    return refuse('unavailable', readRetryAfter(answer.retryAfterSeconds))
  }
}

const KIND_OF_STATE: Record<Exclude<RequestToken['state'], 'given'>, RefusalKind> = {
  missing: 'noToken',
  ambiguous: 'twoTokens',
  malformed: 'badKey',
}

/** The verifier's answer, checked again because the verifier may be any object with a `verify`. Never throws. */
async function answerTo<Context>(
  question: KeyQuestion,
  verifier: FromContext<KeyVerifier, Context>,
  context: Context,
): Promise<Verdict | Unavailable> {
  try {
    const answer = await resolveOption(verifier, context).verify(question)
    return answer?.code === 'unavailable' ? answer : readAnswer(answer, question)
  } catch (error) {
    // Only our own messages are passed on: any other may contain the token.
    return unavailableBecause(
      'failed',
      error instanceof KeywardConfigError ? error.message : 'The verifier is missing or threw an error.',
    )
  }
}
