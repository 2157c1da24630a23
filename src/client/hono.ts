// keyward/client/hono: a guard for routes. A handler behind it runs only for a verified key.
import type { Context, MiddlewareHandler } from 'hono'
import { type Challenges, createChallenges } from './challenges.ts'
import { KeywardConfigError } from './configuration.ts'
import { checkOptions, type FromContext, type RequireKeyOptions, resolveOption, verifierOf } from './guard-options.ts'
import { isYes, readAnswer, readRetryAfter } from './read-answer.ts'
import { readToken } from './request-token.ts'
import { type KeyQuestion, type Unavailable, unavailableBecause, type ValidKey, type Verdict } from './verdict.ts'
import type { KeyVerifier } from './verifier.ts'

export type { FromContext, RequireKeyOptions } from './guard-options.ts'

/** The variables of a guarded handler: `c.get('key')` is the verdict on the key that was sent. */
export type KeyEnv = { Variables: { key: ValidKey } }

/**
 * Lets a request on only with a valid key that holds all of `scopes`, and answers every other one itself:
 * 400 for two tokens, 401 for none or a refused one, 403 for a missing scope, 503 when there is no verdict.
 * @throws {KeywardConfigError} for invalid options
 */
export function requireKey(options: RequireKeyOptions = {}): MiddlewareHandler<KeyEnv> {
  checkOptions(options)
  const verifier = verifierOf(options)
  const { scopes = [], environmentId, maxStalenessMs, realm = 'keyward' } = options
  const asked = { scopes: [...scopes], environmentId, maxStalenessMs }
  const challenges = createChallenges(realm, asked.scopes)

  return async function requireKeyGuard(c, next) {
    const presented = readToken(c.req.raw.headers)
    if (presented.state === 'missing') return challenges.noToken()
    if (presented.state === 'ambiguous') return challenges.twoTokens()
    if (presented.state === 'malformed') return challenges.badKey()

    const question = { token: presented.token, ...asked }
    const answer = await answerTo(question, verifier, c)
    if (!isYes(answer, question)) return refuse(answer, challenges)
    c.set('key', answer)
    return next()
  }
}

/** The verifier's answer, checked again because the verifier may be any object with a `verify`. Never throws. */
async function answerTo(
  question: KeyQuestion,
  verifier: FromContext<KeyVerifier>,
  c: Context,
): Promise<Verdict | Unavailable> {
  try {
    const answer = await resolveOption(verifier, c).verify(question)
    return answer?.code === 'unavailable' ? answer : readAnswer(answer, question)
  } catch (error) {
    // Only our own messages are passed on: any other may contain the token.
    return unavailableBecause(
      'failed',
      error instanceof KeywardConfigError ? error.message : 'The verifier is missing or threw an error.',
    )
  }
}

function refuse(answer: Exclude<Verdict | Unavailable, ValidKey>, challenges: Challenges): Response {
  if (answer.code === 'insufficient_scope') return challenges.missingScope()
  if (answer.code !== 'unavailable') return challenges.badKey()
  console.warn(`keyward: no verdict (${answer.reason}): ${answer.detail}`)
  return challenges.unavailable(readRetryAfter(answer.retryAfterSeconds))
}
