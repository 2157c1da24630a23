// The rerank controls that apply to one request. Warm they are answered from memory, under the same leases as keys.
import { mayRerank, type RerankSetting, resolveRerank } from '../core/rerank.ts'
import type { ValidKey } from '../core/verdict.ts'
import { findCachedSetting, leaseStateOf, readSetting, type SettingSource } from '../edge/settings.ts'
import { readRerankControls } from '../store/rerank-controls.ts'
import type { Deps } from './deps.ts'

type Controls = Parameters<typeof resolveRerank>[0]

/** What the request asks about: a well-formed context id and a surface, null for what it does not name. */
export type RerankQuestion = { contextId: string | null; surface: string | null }

/** The mode and depth for a request of the key; null when the controls could not be read. */
export async function findRerankSetting(
  deps: Deps,
  key: ValidKey,
  { contextId, surface }: RerankQuestion,
): Promise<RerankSetting | null> {
  const { rerank } = deps.config
  const requester = { environmentId: key.environment.id, keyId: key.keyId }
  const isAsked = contextId !== null && mayRerank(rerank, requester)
  const found = isAsked ? await findControls(deps, key, contextId) : { value: null }
  return found && resolveRerank(found.value, surface, rerank, requester)
}

async function findControls(deps: Deps, key: ValidKey, contextId: string): Promise<{ value: Controls } | null> {
  const source = controlsSourceOf(deps, key.environment.id, contextId)
  const leaseState = leaseStateOf(key.freshness)
  const remembered = findCachedSetting(deps.isolate, source, leaseState)
  if (remembered) return remembered
  const read = await readSetting(deps, source, leaseState)
  return read.answered ? { value: read.answer?.value ?? null } : null
}

const controlsSourceOf = (deps: Deps, environmentId: string, contextId: string): SettingSource<Controls> => ({
  cache: deps.isolate.rerankControls,
  key: `${environmentId}:${contextId}`,
  environmentId,
  read: async (copy) => {
    const read = await readRerankControls(copy === 'primary' ? deps.db : deps.nearest(), environmentId, contextId)
    return read && { environmentRevision: read.environmentRevision, value: read.controls }
  },
})
