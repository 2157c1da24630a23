// keyward/client/hono: a guard for routes. A handler behind it runs for a verified key and for nothing else.
import type { Context, MiddlewareHandler } from 'hono'
import { type Challenges, createChallenges } from './challenges.ts'
import { KeywardConfigError } from './configuration.ts'
import { checkOptions, type FromContext, type RequireKeyOptions, resolveOption, verifierOf } from './guard-options.ts'
import { isYes, readAnswer, readRetryAfter } from './read-answer.ts'
import { readToken } from './request-token.ts'
import { type KeyQuestion, type Unavailable, unavailableBecause, type ValidKey, type Verdict } from './verdict.ts'
import type { KeyVerifier } from './verifier.ts'

export type { FromContext, RequireKeyOptions } from './guard-options.ts'

/** What a guarded handler finds: `c.get('key')` is the verdict on the key that was sent. */
export type KeyEnv = { Variables: { key: ValidKey } }

/**
 * Lets a request on only with a good key that holds all of `scopes`, and answers every other one itself:
 * 400 for two credentials, 401 for none or a bad one, 403 for a missing scope, 503 when nobody could be asked.
 * @throws {KeywardConfigError} when the options do not make a guard
 */
export function requireKey(options: RequireKeyOptions = {}): MiddlewareHandler<KeyEnv> {
  checkOptions(options)
  const verifier = verifierOf(options)
  const { scopes = [], environmentId, maxStalenessMs, realm = 'keyward' } = options
  const asked = { scopes: [...scopes], environmentId, maxStalenessMs }
  const challenges = createChallenges(realm, asked.scopes)

  return async function requireKeyGuard(c, next) {
    const credential = readToken(c.req.raw.headers)
    if (credential.state === 'missing') return challenges.noCredential()
    if (credential.state === 'ambiguous') return challenges.twoCredentials()
    if (credential.state === 'malformed') return challenges.badKey()

    const question = { token: credential.token, ...asked }
    const answer = await answerTo(question, verifier, c)
    if (!isYes(answer, question)) return refuse(answer, challenges)
    c.set('key', answer)
    return next()
  }
}

/** What the verifier says, read again: it may be any object with a `verify`. Never throws. */
async function answerTo(
  question: KeyQuestion,
  verifier: FromContext<KeyVerifier>,
  c: Context,
): Promise<Verdict | Unavailable> {
  try {
    const answer = await resolveOption(verifier, c).verify(question)
    return answer?.code === 'unavailable' ? answer : readAnswer(answer, question)
  } catch (error) {
    // Only our own message is passed on: another's may hold anything, the token too.
    return unavailableBecause(
      'failed',
      error instanceof KeywardConfigError ? error.message : 'The verifier could not be found, or threw.',
    )
  }
}

function refuse(answer: Exclude<Verdict | Unavailable, ValidKey>, challenges: Challenges): Response {
  if (answer.code === 'insufficient_scope') return challenges.missingScope()
  if (answer.code !== 'unavailable') return challenges.badKey()
  console.warn(`keyward: no verdict (${answer.reason}): ${answer.detail}`)
  return challenges.unavailable(readRetryAfter(answer.retryAfterSeconds))
}
