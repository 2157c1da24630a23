// When a key was last used: written in the background, at most once a minute for each key and isolate.
import { touchApiKey } from '../store/api-keys.ts'
import { touchManagementKey } from '../store/management-keys.ts'
import type { Deps } from './deps.ts'

/** `lastUsedAt` may be older than the last use by this much. */
export const USAGE_GRAIN_MS = 60_000

const TOUCH = { api_key: touchApiKey, management_key: touchManagementKey }

/**
 * Notes a use in the background, unless one within the last minute is known. A failure is logged and harms nothing.
 * `record` is changed as well: it must be the one that is remembered, or every use would be written.
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
