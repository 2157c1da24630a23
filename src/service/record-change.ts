// Recording a change in the ledger before anything else happens: if it cannot be recorded, nothing has happened.
import {
  type ChangeRequest,
  countedMoment,
  environmentSubjectOf,
  keySubjectOf,
  type RecordAnswer,
  readRecordAnswer,
  tokenSubjectOf,
} from '../core/ledger-messages.ts'
import { Problem } from '../core/problem.ts'
import type { Change } from '../edge/isolate.ts'
import { LEDGER_TIMEOUT_MS } from '../edge/store-answer.ts'
import type { Deps } from './deps.ts'

/**
 * Records the change. `environmentId` is the environment whose wider bound is asked for.
 * This isolate applies it at once, so that a caller sees its own change in the isolate that made it.
 * @throws {Problem} unavailable: the change is not made
 */
export async function recordChange(
  { ledger, isolate, deadline }: Pick<Deps, 'ledger' | 'isolate' | 'deadline'>,
  change: ChangeRequest,
  environmentId: string | null,
): Promise<RecordAnswer> {
  const reply = await deadline(ledger.record(change, environmentId), LEDGER_TIMEOUT_MS).catch((cause: unknown) => {
    throw unanswered({ cause })
  })
  const answer = readRecordAnswer(reply)
  if (answer === null) throw unanswered()
  isolate.learn(toIsolateChange(change, answer))
  return answer
}

const unanswered = (options = {}) =>
  new Problem('unavailable', 'The revocation ledger did not answer. Send the request again.', options)

/** What a change means for an isolate that remembers what it changes. */
function toIsolateChange(change: ChangeRequest, { revision, committedAt, revokedBelow }: RecordAnswer): Change {
  const nothing = {
    keyId: null,
    revision: 0,
    revokedAt: null,
    issuedBefore: null,
    revokedBelow: null,
    tokensEndedUntil: null,
    hasUnknownSecrets: false,
  }
  switch (change.kind) {
    case 'edit':
    case 'end-tokens':
    case 'disabled':
      return { ...nothing, subject: keySubjectOf(change.keyId), keyId: change.keyId, revision }
    case 'revoke':
      return { ...nothing, subject: keySubjectOf(change.keyId), keyId: change.keyId, revokedAt: committedAt }
    case 'environment-edit':
      return { ...nothing, subject: environmentSubjectOf(change.environmentId), revision }
    case 'environment-revoke': {
      const { environmentId } = change
      const issuedBefore = countedMoment(change.issuedBefore, committedAt)
      return { ...nothing, subject: environmentSubjectOf(environmentId), revision, issuedBefore, revokedBelow }
    }
    case 'end-token':
      return { ...nothing, subject: tokenSubjectOf(change.jti), keyId: change.keyId, revokedAt: committedAt }
  }
}
