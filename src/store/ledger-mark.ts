// How far the ledger has been written into D1. A restore of D1 brings back an older mark, from which the ledger is then
// written again: so nothing that the restore undid stays lost.
import { sql } from 'drizzle-orm'
import { type Database, query } from './database.ts'
import { ledgerMark } from './schema.ts'

export type LedgerMark = { epoch: string; seq: number }

export async function readMark(db: Database): Promise<LedgerMark | null> {
  const [row] = await query(db.select({ epoch: ledgerMark.epoch, seq: ledgerMark.seq }).from(ledgerMark))
  return row ?? null
}

/**
 * The statement that moves the mark, if it is still where it was read. A restore in between has moved it back, and then
 * it must stay there: what was written before the restore has to be written again.
 */
export const buildMarkMove = (from: LedgerMark | null, to: LedgerMark) => sql`
  INSERT INTO ledger_mark (id, epoch, seq) VALUES (1, ${to.epoch}, ${to.seq})
  ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq
  WHERE epoch = ${from?.epoch ?? ''} AND seq = ${from?.seq ?? -1}`
