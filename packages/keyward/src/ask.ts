// One attempt to verify a token, by service binding or by URL. It never throws; a broken connection is `unreachable`.
import type { FetchFunction, KeyVerifierBinding } from './configuration.ts'
import { readAnswer, readRetryAfter, refusedQuestion } from './read-answer.ts'
import { parseJson, readAtMost } from './read-body.ts'
import { type KeyQuestion, type Unavailable, unavailableBecause, type Verdict } from './verdict.ts'

export type Transport = (question: KeyQuestion, signal: AbortSignal) => Promise<Verdict | Unavailable>

export function verifyByBinding(binding: KeyVerifierBinding): Transport {
  return async (question) => {
    try {
      return readAnswer(await binding.verify(question), question)
    } catch (error) {
      return isBrokenConnection(error)
        ? unreachable()
        : unavailableBecause('failed', 'The call to the service binding failed.')
    }
  }
}

/** Redirects are not followed, so that the management key is sent to `endpoint` alone; one is `not_a_verdict`. */
export function verifyByUrl(endpoint: string, managementKey: string, fetch: FetchFunction): Transport {
  const headers = {
    Authorization: `Bearer ${managementKey}`,
    'Content-Type': 'application/json',
    Accept: 'application/json',
  }
  return async (question, signal) => {
    const body = JSON.stringify(question)
    try {
      return await readResponse(
        await fetch(endpoint, { method: 'POST', headers, body, redirect: 'manual', signal }),
        question,
      )
    } catch {
      return unreachable()
    }
  }
}

const unreachable = () => unavailableBecause('unreachable', 'The connection to Keyward broke.')

async function readResponse(response: Response, question: KeyQuestion): Promise<Verdict | Unavailable> {
  switch (response.status) {
    case 200:
      return readAnswer(parseJson(await readAtMost(response, MAX_ANSWER_BYTES)), question)
    case 400:
    case 413:
      return refusedQuestion()
    case 401:
    case 403:
      return unavailableBecause(
        'management_key_refused',
        `Keyward refused the management key: HTTP ${response.status}.`,
      )
    case 503: {
      const seconds = readRetryAfter(Number(response.headers.get('Retry-After')))
      return unavailableBecause('keyward_unavailable', 'Keyward is unavailable: HTTP 503.', seconds)
    }
    default:
      return unavailableBecause('not_a_verdict', `Keyward answered HTTP ${response.status} and no verdict.`)
  }
}

/** Whether a second attempt may succeed. The runtime marks most such errors `retryable`; others show in the message. */
function isBrokenConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('overloaded' in error && error.overloaded === true) return false
  return ('retryable' in error && error.retryable === true) || BROKEN.test(error.message)
}

const BROKEN = /connection (?:was |is )?(?:lost|closed|reset|refused|broken)|disconnected/i
/** A verdict is far smaller: metadata is at most 4 KiB, and scopes are at most 100 short names. */
const MAX_ANSWER_BYTES = 64 * 1024
