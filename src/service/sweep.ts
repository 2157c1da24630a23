// The cron sweep: writes into D1 and KV what the ledger knows and a request could not write.
import type { Deps } from '../deps.ts'
import { shardName } from '../edge/ledger-client.ts'
import { projectLedger } from '../edge/projection.ts'
import { LEDGER_TIMEOUT_MS } from '../edge/store-answer.ts'
import { sweepTombstones } from '../edge/tombstone-writer.ts'
import { forgetEndedSessions } from './console-sessions.ts'

export type Swept = { caughtUp: boolean; tombstones: { written: number; failed: number } }

/** Whether D1 has caught up with every shard of the ledger, and what became of the tombstones that were due. */
export async function sweep(deps: Deps): Promise<Swept> {
  deps.background(forgetEndedSessions(deps))
  const shards = await Promise.all(Array.from({ length: deps.ledger.shards }, (_, shard) => catchUp(deps, shard)))
  return { caughtUp: shards.every((caughtUp) => caughtUp), tombstones: await sweepTombstones(deps) }
}

/** A shard that cannot be asked is left for the next sweep: the others, and the tombstones, do not wait for it. */
async function catchUp({ db, ledger, deadline }: Deps, shard: number): Promise<boolean> {
  try {
    return await projectLedger(db, shardName(shard), (after, limit) =>
      deadline(ledger.entriesAfter(shard, after, limit), LEDGER_TIMEOUT_MS),
    )
  } catch (error) {
    console.warn(`${shardName(shard)} could not be written into D1 yet`, error)
    return false
  }
}
