// The ledger from a Worker's side: which object holds which shard, and asking all of them for what concerns all.
import { crc32 } from 'node:zlib'
import type { ChangeRequest, LedgerPage, RecordAnswer, SyncQuestion } from '../core/ledger-messages.ts'
import type { RevocationLedger } from './ledger.ts'

/** Every call may reject or hang: then the ledger has not answered. */
export type LedgerClient = {
  shards: number
  shardOf(prefix: string): number
  /** The answer is `unknown` because the ledger may be a version older or newer: read it with readSyncAnswer. */
  sync(shard: number, question: SyncQuestion): Promise<unknown>
  record(shard: number, changes: ChangeRequest[], environment: string | null): Promise<RecordAnswer>
  entriesAfter(shard: number, after: { epoch: string; seq: number } | null, limit: number): Promise<LedgerPage>
}

export type LedgerOptions = { ledgerShards: number; ledgerLocationHint: DurableObjectLocationHint | null }

export function connectLedger(
  namespace: DurableObjectNamespace<RevocationLedger>,
  { ledgerShards: shards, ledgerLocationHint: locationHint }: LedgerOptions,
): LedgerClient {
  const stub = (shard: number) =>
    namespace.get(namespace.idFromName(shardName(shard)), locationHint === null ? {} : { locationHint })
  return {
    shards,
    shardOf: (prefix) => crc32(prefix) % shards,
    sync: (shard, question) => stub(shard).sync(question),
    record: (shard, changes, environment) => stub(shard).record(changes, environment),
    entriesAfter: (shard, after, limit) => stub(shard).entriesAfter(after, limit),
  }
}

/** The name of the object that holds a shard, and of its mark in D1. */
export const shardName = (shard: number) => `ledger-${shard}`
