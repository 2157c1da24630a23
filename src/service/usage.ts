// When a key was last used: noted behind the answer, at most once a minute for each key.
import type { Deps } from '../deps.ts'
import { touchApiKey } from '../store/api-keys.ts'
import { touchManagementKey } from '../store/management-keys.ts'

/** `lastUsedAt` is true to within this. */
export const USAGE_GRAIN_MS = 60_000

const TOUCH = { api_key: touchApiKey, management_key: touchManagementKey }

/**
 * Notes a use in the background, unless one within the last minute is known. A failure is logged and harms nothing.
 * `record` may be remembered and answered from again, so it is told as well.
 */
export function recordUse(
  { db, clock, background }: Pick<Deps, 'db' | 'clock' | 'background'>,
  kind: keyof typeof TOUCH,
  id: string,
  record: { lastUsedAt: number | null },
): void {
  const now = clock()
  const since = now - USAGE_GRAIN_MS
  if (record.lastUsedAt !== null && record.lastUsedAt >= since) return
  record.lastUsedAt = now
  background(TOUCH[kind](db, id, now, since))
}
