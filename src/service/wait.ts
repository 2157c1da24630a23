// Holding an answer until what it says is true everywhere.
import type { Receipt } from '../core/receipt.ts'
import type { Deps } from '../deps.ts'

/** Resolves when the receipt's change is effective: at once, or after what is left of the bound. */
export async function waitUntilEffective({ clock, sleep }: Pick<Deps, 'clock' | 'sleep'>, { effectiveBy }: Receipt) {
  const left = effectiveBy - clock()
  if (left > 0) await sleep(left)
}
