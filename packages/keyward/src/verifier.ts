// One verification as a caller sees it: limited in time, tried again once after a broken connection, never throwing.
import { type Transport, verifyByBinding, verifyByUrl } from './ask.ts'
import {
  type KeyVerifierOptions,
  KeywardConfigError,
  readBinding,
  readManagementKey,
  readTimeout,
  readUrl,
  refuseUnknownOptions,
} from './configuration.ts'
import { refusedQuestion } from './read-answer.ts'
import { type KeyQuestion, type Unavailable, unavailableBecause, type Verdict } from './verdict.ts'

export type KeyVerifier = {
  /**
   * The verdict on a token, or `unavailable` when none came within the time limit.
   * Never throws. Refuse the request for every code but `valid`, also for codes you do not know.
   */
  verify(question: KeyQuestion): Promise<Verdict | Unavailable>
}

/**
 * A verifier that asks a Keyward Worker, by service binding or by URL with a management key (role `verifier`).
 * @throws {KeywardConfigError} for invalid options
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
  // Called as a member of globalThis: some runtimes throw when `fetch` is called without its object.
  const send = fetch ?? ((target: string, init: RequestInit) => globalThis.fetch(target, init))
  return verifyByUrl(`${readUrl(url)}/v1/keys/verify`, readManagementKey(managementKey), send)
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

/** The result of the work, or `timed_out`. Requests that are still running, and bodies left unread, are aborted. */
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
/** A longer text is `malformed` without asking: Keyward could refuse so large a request instead of answering it. */
const MAX_TOKEN_LENGTH = 8192
