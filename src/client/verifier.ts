// One verification as a caller sees it: bounded in time, asked again once after a broken connection, never thrown.
import { type Transport, verifyByBinding, verifyByUrl } from './ask.ts'
import {
  type KeyVerifierOptions,
  KeywardConfigError,
  readBinding,
  readEndpoint,
  readManagementKey,
  readTimeout,
  refuseUnknownOptions,
} from './configuration.ts'
import { refusedQuestion } from './read-answer.ts'
import { type KeyQuestion, type Unavailable, unavailableBecause, type Verdict } from './verdict.ts'

export type KeyVerifier = {
  /**
   * The verdict on a token, or `unavailable` when there is none to be had within the time limit.
   * Never throws. Treat every code but `valid` as a no, also one you do not know.
   */
  verify(question: KeyQuestion): Promise<Verdict | Unavailable>
}

/**
 * Asks a Keyward Worker about tokens, by service binding or by URL with a management key (role `verifier`).
 * @throws {KeywardConfigError} when the options do not make a verifier
 */
export function createKeyVerifier(options: KeyVerifierOptions): KeyVerifier {
  refuseUnknownOptions(options, OPTIONS)
  const ask = chooseTransport(options)
  const timeoutMs = readTimeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
  return { verify: (question) => verify(ask, timeoutMs, question) }
}

function chooseTransport({ binding, url, managementKey, fetch }: KeyVerifierOptions): Transport {
  if (url === undefined && managementKey === undefined) return verifyByBinding(readBinding(binding))
  if (binding !== undefined) throw new KeywardConfigError('give a binding, or url and managementKey, not both')
  // Looked up at each call: a `fetch` kept apart from its global object throws in some runtimes.
  const send = fetch ?? ((target: string, init: RequestInit) => globalThis.fetch(target, init))
  return verifyByUrl(readEndpoint(url), readManagementKey(managementKey), send)
}

async function verify(ask: Transport, timeoutMs: number, question: KeyQuestion): Promise<Verdict | Unavailable> {
  try {
    if (question.token.length > MAX_TOKEN_LENGTH) return { valid: false, code: 'malformed' }
    return await withTimeout(timeoutMs, async (signal) => {
      const first = await ask(question, signal)
      return isUnreachable(first) && !signal.aborted ? ask(question, signal) : first
    })
  } catch {
    return refusedQuestion()
  }
}

const isUnreachable = (answer: Verdict | Unavailable) =>
  answer.code === 'unavailable' && answer.reason === 'unreachable'

/** The work's answer, or `timed_out`. Whatever is still under way by then, or left unread, is given up. */
async function withTimeout(
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<Verdict | Unavailable>,
): Promise<Verdict | Unavailable> {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<Unavailable>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, unavailableBecause('timed_out', `No verdict came within ${timeoutMs} ms.`))
  })
  try {
    return await Promise.race([work(controller.signal), late])
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
}

const OPTIONS = ['binding', 'url', 'managementKey', 'timeoutMs', 'fetch']
const DEFAULT_TIMEOUT_MS = 2000
/** No token is nearly as long; a longer one would be refused as a request, which is not the caller's fault. */
const MAX_TOKEN_LENGTH = 8192
