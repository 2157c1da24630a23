// Writing the ledger's entries into D1: revocations that their own request could not write, and, after D1 was restored,
// everything the restored copy has lost. D1 keeps a mark of how far it has been written; an older copy brings back
// an older mark, and so tells by itself where to begin. Everything here may be done again.
import type { LedgerEntry, LedgerPage } from '../core/ledger-messages.ts'
import { dateEvent, type Projection, parseProjections } from '../core/projection.ts'
import { type Database, runBatch } from '../store/database.ts'
import { buildMarkMove, type LedgerMark, readMark } from '../store/ledger-mark.ts'
import {
  buildEnvironmentRevisionRaise,
  buildEnvironmentRevocations,
  buildKeyRevocations,
  buildManagementKeyRevocations,
  buildRevisionRaise,
  buildTokenEndings,
} from '../store/revocations.ts'

/**
 * Entries of one transaction, and transactions of one run. However many entries there are, a transaction has the same number of
 * statements: with the mark that is read before it, a run makes no more than 30, and an invocation may make 50.
 */
const ENTRIES_AT_ONCE = 1000
const PAGES_AT_ONCE = 2

export type ReadLedger = (after: LedgerMark | null, limit: number) => Promise<LedgerPage>

/** Writes the ledger's entries after the mark into D1. Whether D1 has caught up with the ledger. */
export async function projectLedger(db: Database, read: ReadLedger): Promise<boolean> {
  for (let pages = 0; pages < PAGES_AT_ONCE; pages += 1) {
    const mark = await readMark(db)
    const page = await read(mark, ENTRIES_AT_ONCE)
    const isNews = mark?.epoch !== page.epoch || page.seq > mark.seq || page.entries.length > 0
    if (isNews) await runBatch(db, [...buildStatements(page.entries), buildMarkMove(mark, page)])
    if (page.seq >= page.head) return true
    // What is left is too new: its own request may still write it.
    if (page.entries.length === 0) return false
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
  const environments = revokedOf(entries, 'environment').map(({ projection }) => ({
    ...projection,
    revokedBelow: projection.revokedBelow ?? null,
    effectiveBy: null,
    event: { ...projection.event, at: projection.committedAt ?? 0 },
  }))
  const edits = entries.flatMap(({ keyId, revision, revokedAt, disabled, revokedBelow, tokensEndedUntil }) =>
    keyId !== null && revokedAt === null ? [{ keyId, revision, disabled, revokedBelow, tokensEndedUntil }] : [],
  )
  const environmentEdits = entries.flatMap(({ subject, revision }) =>
    subject.startsWith('environment:') ? [{ environmentId: subject.slice('environment:'.length), revision }] : [],
  )
  return [
    ...buildKeyRevocations(keys),
    ...buildManagementKeyRevocations(managementKeys),
    ...buildEnvironmentRevocations(environments),
    buildRevisionRaise(edits),
    buildTokenEndings(edits),
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
