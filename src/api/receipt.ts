// The receipt of a change, on the wire.
import { z } from '@hono/zod-openapi'
import type { Receipt } from '../core/receipt.ts'
import { timestamp } from '../http/fields.ts'
import { toTimestamp } from '../http/timestamps.ts'
import type { Deps } from '../service/deps.ts'

export const receiptSchema = z
  .object({
    committedAt: timestamp.describe('When the change was committed.'),
    effectiveBy: timestamp.describe(
      'From when on no verification answers from before the change (but within a grace).',
    ),
    recorded: z
      .enum(['recorded', 'pending'])
      .describe('`pending` while the database does not have the change yet. It is effective all the same.'),
  })
  .openapi('Receipt')
  .describe('What you may rely on after a change.')

export const toWireReceipt = ({ committedAt, effectiveBy, recorded }: Receipt) => ({
  committedAt: toTimestamp(committedAt),
  effectiveBy: toTimestamp(effectiveBy),
  recorded,
})

/** When a receipt that is on the wire becomes effective. */
export const readWireReceipt = ({ effectiveBy }: z.infer<typeof receiptSchema>) => ({
  effectiveBy: Date.parse(effectiveBy),
})

/** `?wait=effective` holds an answer until its receipt is effective. */
export const waitQuery = z.strictObject({
  wait: z
    .literal('effective')
    .optional()
    .openapi({ description: 'Hold the answer until the revocation is effective everywhere.' }),
})

/** Resolves when the receipt's change is effective: at once, or after what is left of the bound. */
export async function waitUntilEffective(
  { clock, sleep }: Pick<Deps, 'clock' | 'sleep'>,
  { effectiveBy }: Pick<Receipt, 'effectiveBy'>,
) {
  const left = effectiveBy - clock()
  if (left > 0) await sleep(left)
}
