// The version of each record that this client received, so that a change can be made to that version alone.
import { KeywardConfigError } from './configuration.ts'
import { isRecord } from './read-body.ts'

/** Beside the records and not in them: a record that is sent back or stored stays as Keyward wrote it. */
const TAGS = new WeakMap<object, string>()

/**
 * The version of a record that a call returned, for the option `ifMatch` of a change.
 * @throws {KeywardConfigError} for what no call returned, because a change without its condition would overwrite
 */
export function etagOf(record: object): string {
  const tag = TAGS.get(record)
  if (tag === undefined) throw new KeywardConfigError('this record came without an ETag: read it with get first')
  return tag
}

/** Remembers the tag of an answer: of the answer itself, and of the record that it holds beside a token or a receipt. */
export function rememberTag(answer: unknown, tag: string | null): void {
  if (tag === null || !isRecord(answer)) return
  TAGS.set(answer, tag)
  for (const name of RECORD_NAMES) {
    const record = answer[name]
    if (isRecord(record)) TAGS.set(record, tag)
  }
}

const RECORD_NAMES = ['key', 'credential', 'managementKey']
