// Telling the ledger of a change before anything else happens: if it cannot be told, nothing has happened.
import type { ChangeRequest, RecordAnswer, Standing, Subject } from '../core/ledger-messages.ts'
import { Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { LEDGER_TIMEOUT_MS } from '../edge/store-answer.ts'

type RecordDeps = Pick<Deps, 'ledger' | 'isolate' | 'deadline'>

/**
 * Records the changes on every shard they concern. `environmentId` is the environment whose wider bound is asked for.
 * This isolate knows of them at once, so whoever makes a change through it sees it there without delay.
 * @throws {Problem} unavailable: the change is not made, or where there are several shards, is to be sent again
 */
export async function recordChanges(
  { ledger, isolate, deadline }: RecordDeps,
  changes: ChangeRequest[],
  environmentId: string | null,
): Promise<Recorded> {
  const shards = Array.from({ length: ledger.shards }, (_, shard) => ({
    shard,
    changes: changes.flatMap((change) => partFor(change, (subject) => isOn(ledger, shard, subject))),
  }))
  const asked = shards.filter(({ changes: part }) => part.length > 0)
  const answers = await Promise.all(
    asked.map(({ shard, changes: part }) =>
      deadline(ledger.record(shard, part, environmentId), LEDGER_TIMEOUT_MS).catch(refuse),
    ),
  )
  const revision = Math.max(...answers.map((answer) => answer.revision))
  for (const standing of changes.flatMap((change) => standingsOf(change, revision))) isolate.learn(standing)
  return {
    committedAt: Math.max(...answers.map(({ committedAt }) => committedAt)),
    revoked: answers.some(({ revoked }) => revoked),
    widerUntil: Math.max(...answers.map(({ widerUntil }) => widerUntil)),
    revision,
    isEven: answers.every((answer) => answer.revision === 0 || answer.revision === revision),
  }
}

/** `isEven`: every shard that files anything of what was edited gave it the same revision. */
export type Recorded = RecordAnswer & { isEven: boolean }

/** What concerns a key goes to every shard: one of its secrets may be filed there that nobody here knows of. */
function partFor(change: ChangeRequest, isHere: (subject: Subject) => boolean): ChangeRequest[] {
  if ('subjects' in change) return [{ ...change, subjects: change.subjects.filter(isHere) }]
  return isHere(change.subject) ? [change] : []
}

/** What is filed under a prefix is on one shard, everything else on all. */
function isOn(ledger: Deps['ledger'], shard: number, subject: Subject): boolean {
  const [kind, name = ''] = subject.split(':')
  return kind === 'key' || kind === 'management' ? ledger.shardOf(name) === shard : true
}

/** What a change means for those who remember its subjects. */
function standingsOf(change: ChangeRequest, revision: number): Omit<Standing, 'seq'>[] {
  const nothing = { revision: 0, revokedAt: null, keyId: null, issuedBefore: null }
  switch (change.kind) {
    case 'edit':
      return change.subjects.map((subject) => ({ ...nothing, subject, revision }))
    case 'revoke':
      return change.subjects.map((subject) => ({ ...nothing, subject, keyId: change.keyId, revokedAt: 0 }))
    case 'environment-edit':
      return [{ ...nothing, subject: change.subject, revision }]
    case 'environment-revoke':
      return [{ ...nothing, subject: change.subject, issuedBefore: change.issuedBefore }]
  }
}

function refuse(cause: unknown): never {
  throw Object.assign(new Problem('unavailable', 'The revocation ledger did not answer. Send the request again.'), {
    cause,
  })
}
