// The ledger from a Worker's side: one object, found by its name.
import type { ChangeRequest, LedgerPage, SyncQuestion } from '../core/ledger-messages.ts'
import type { RevocationLedger } from './ledger.ts'

/** Every call may reject or hang: then the ledger has not answered. */
export type LedgerClient = {
  /** The answer is `unknown` because the ledger may be a version older or newer: read it with readSyncAnswer. */
  sync(question: SyncQuestion): Promise<unknown>
  /** `environmentId` is the environment whose wider bound is asked for. Read the answer with readRecordAnswer. */
  record(change: ChangeRequest, environmentId: string | null): Promise<unknown>
  entriesAfter(after: { epoch: string; seq: number } | null, limit: number): Promise<LedgerPage>
}

export type LedgerOptions = { ledgerLocationHint: DurableObjectLocationHint | null }

export function connectLedger(
  namespace: DurableObjectNamespace<RevocationLedger>,
  { ledgerLocationHint: locationHint }: LedgerOptions,
): LedgerClient {
  const id = namespace.idFromName(LEDGER_NAME)
  // A stub of its own for each call: one that broke stays broken.
  const stub = () => namespace.get(id, locationHint === null ? {} : { locationHint })
  return {
    sync: (question) => stub().sync(question),
    record: (change, environmentId) => stub().record(change, environmentId),
    entriesAfter: (after, limit) => stub().entriesAfter(after, limit),
  }
}

const LEDGER_NAME = 'ledger'
