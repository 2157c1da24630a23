// Tombstones: written into KV from the outbox in D1, until KV has taken each of them.
import type { Clock, Deadline } from '../core/ports.ts'
import type { Database } from '../store/database.ts'
import {
  deletePendingTombstones,
  findDueTombstones,
  findPendingTombstones,
  postponeTombstones,
  type Tombstone,
  writeTombstone,
} from '../store/tombstones.ts'

export type TombstoneDeps = { db: Database; revocations: KVNamespace; clock: Clock; deadline: Deadline }

/** An invocation may make 1,000 calls to KV. */
const TOMBSTONES_PER_SWEEP = 500
/** What one answer waits for; a key rotated more often, or a fuller environment, leaves the rest to the sweep. */
const TOMBSTONES_AT_ONCE = 25
const KV_WRITE_TIMEOUT_MS = 5000

/** Writes the tombstones that are due. Returns how many KV took and how many it did not. */
export async function sweepTombstones(deps: TombstoneDeps): Promise<{ written: number; failed: number }> {
  const due = await findDueTombstones(deps.db, deps.clock(), TOMBSTONES_PER_SWEEP)
  const written = await writeAndTickOff(deps, due)
  return { written, failed: due.length - written }
}

/** Writes to KV what is left of the tombstones of a key or environment. Whether every one of them is there now. */
export async function writePendingTombstones(
  deps: TombstoneDeps,
  whose: { keyId: string } | { environmentId: string },
): Promise<boolean> {
  const pending = await findPendingTombstones(deps.db, whose, TOMBSTONES_AT_ONCE + 1)
  const written = await writeTombstones(deps, pending)
  return written === pending.length
}

/** Writes the tombstones of a key without the outbox, which D1 could not take; what fails is written when D1 is back. */
export async function writeTombstonesWithoutOutbox(
  { revocations, deadline }: TombstoneDeps,
  { id, environmentId }: { id: string; environmentId: string },
  prefixes: string[],
  revokedAt: number,
): Promise<void> {
  const writes = prefixes
    .slice(0, TOMBSTONES_AT_ONCE)
    .map((prefix) => writeTombstone(revocations, { prefix, keyId: id, environmentId, revokedAt }))
  const outcomes = await Promise.allSettled(writes.map((write) => deadline(write, KV_WRITE_TIMEOUT_MS)))
  const failed = outcomes.filter(({ status }) => status === 'rejected').length
  if (failed > 0) console.warn(`${failed} of ${outcomes.length} tombstones could not be written`)
}

/**
 * Writes tombstones that are in the outbox to KV, as many as one answer waits for, and takes them out of the outbox.
 * Returns how many KV took; the others stay pending.
 */
export async function writeTombstones(deps: TombstoneDeps, tombstones: Tombstone[]): Promise<number> {
  return writeAndTickOff(deps, tombstones.slice(0, TOMBSTONES_AT_ONCE))
}

async function writeAndTickOff(
  { db, revocations, clock, deadline }: TombstoneDeps,
  tombstones: Tombstone[],
): Promise<number> {
  if (tombstones.length === 0) return 0
  const outcomes = await Promise.allSettled(
    tombstones.map((tombstone) => deadline(writeTombstone(revocations, tombstone), KV_WRITE_TIMEOUT_MS)),
  )
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected')
  for (const { reason } of failures.slice(0, 1)) {
    console.warn(`${failures.length} of ${outcomes.length} tombstones could not be written`, reason)
  }
  const prefixesOf = (status: 'fulfilled' | 'rejected') =>
    tombstones.filter((_, index) => outcomes[index]?.status === status).map(({ prefix }) => prefix)
  await deletePendingTombstones(db, prefixesOf('fulfilled'))
  if (failures.length > 0) await postponeTombstones(db, prefixesOf('rejected'), clock())
  return outcomes.length - failures.length
}
