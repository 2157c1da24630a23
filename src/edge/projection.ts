// Writing the ledger's entries into D1: revocations that their own request could not write, and, after D1 was restored,
// everything the restored copy has lost. D1 keeps a mark of how far it has been written; an older copy brings back
// an older mark, and so tells by itself where to begin. Everything here may be done again.
import type { LedgerEntry, LedgerPage } from '../core/ledger-messages.ts'
import { dateEvent, type Projection, parseProjections } from '../core/projection.ts'
import { type Database, runBatch } from '../store/database.ts'
import { buildMarkMove, type LedgerMark, readMark } from '../store/ledger-mark.ts'
import {
  buildEnvironmentRevisionRaise,
  buildEnvironmentRevocation,
  buildKeyRevocations,
  buildManagementKeyRevocations,
  buildRevisionRaise,
} from '../store/revocations.ts'

/** Entries of one transaction, and transactions of one run: within the limits of one invocation. */
const ENTRIES_AT_ONCE = 200
const PAGES_AT_ONCE = 10

export type ReadLedger = (after: LedgerMark | null, limit: number) => Promise<LedgerPage>

/** Writes the ledger's entries after the mark into D1. Whether D1 has caught up with the ledger. */
export async function projectLedger(db: Database, read: ReadLedger): Promise<boolean> {
  for (let pages = 0; pages < PAGES_AT_ONCE; pages += 1) {
    const mark = await readMark(db)
    const page = await read(mark, ENTRIES_AT_ONCE)
    const isNews = mark?.epoch !== page.epoch || page.seq > mark.seq || page.entries.length > 0
    if (isNews) await runBatch(db, [...buildStatements(page.entries), buildMarkMove(mark, page)])
    if (page.seq >= page.head) return true
    if (page.entries.length < ENTRIES_AT_ONCE) return false
  }
  return false
}

type Revoked<K extends Projection['kind']> = { projection: Extract<Projection, { kind: K }>; entry: LedgerEntry }

function buildStatements(entries: LedgerEntry[]) {
  const keys = revokedOf(entries, 'key').map(({ projection: { keyId, reason, boundMs, event }, entry }) => {
    const at = entry.revokedAt ?? 0
    return { keyId, reason, effectiveBy: at + boundMs, event: dateEvent(event, at) }
  })
  const managementKeys = revokedOf(entries, 'management_key').map(
    ({ projection: { managementKeyId, event }, entry }) => ({
      managementKeyId,
      event: dateEvent(event, entry.revokedAt ?? 0),
    }),
  )
  const environments = revokedOf(entries, 'environment').flatMap(({ projection }) =>
    buildEnvironmentRevocation({ ...projection, effectiveBy: null }),
  )
  const edits = entries.flatMap(({ keyId, revision, revokedAt, disabled }) =>
    keyId !== null && revokedAt === null ? [{ keyId, revision, disabled }] : [],
  )
  const environmentEdits = entries.flatMap(({ subject, revision }) =>
    subject.startsWith('environment:') ? [{ environmentId: subject.slice('environment:'.length), revision }] : [],
  )
  return [
    ...buildKeyRevocations(keys),
    ...buildManagementKeyRevocations(managementKeys),
    ...environments,
    buildRevisionRaise(edits),
    buildEnvironmentRevisionRaise(environmentEdits),
  ]
}

function revokedOf<K extends Projection['kind']>(entries: LedgerEntry[], kind: K): Revoked<K>[] {
  return entries.flatMap((entry) =>
    parseProjections(entry.projection).flatMap((projection) =>
      isOfKind(projection, kind) ? [{ projection, entry }] : [],
    ),
  )
}

const isOfKind = <K extends Projection['kind']>(
  projection: Projection,
  kind: K,
): projection is Extract<Projection, { kind: K }> => projection.kind === kind
