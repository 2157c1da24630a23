// Rerank controls: what an environment sets for one context, and how much of that the operator's policy allows.
// Clients choose only the surface; mode and depth come from the controls alone.
import { crc32 } from 'node:zlib'

export const SURFACES = ['search', 'results', 'recommendations'] as const
export type Surface = (typeof SURFACES)[number]

export const RERANK_MODES = ['off', 'balanced', 'aggressive'] as const
export type RerankMode = (typeof RERANK_MODES)[number]

/** Named as on the wire, because they are copied into the upstream's query unchanged. */
export type RerankSetting = { rerank_mode: RerankMode; rerank_depth: number }

/** A surface without a preset inherits the global default. */
export type RerankControls = {
  global_default: RerankSetting & { surface: Surface }
  surface_presets?: { [S in Surface]?: RerankSetting | undefined } | undefined
}

/** The stored controls of one context. */
export type ContextControls = { contextId: string; controls: RerankControls; updatedAt: number }

export const MAX_RERANK_DEPTH = 1000

/** The form of a context id, which callers choose. */
export const CONTEXT_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/

export const RERANK_STAGES = ['off', 'internal', 'canary', 'general'] as const

/** Where the operator allows reranking, whatever the controls of an environment say. */
export type RerankPolicy = {
  stage: (typeof RERANK_STAGES)[number]
  /** Turns reranking off everywhere, whatever else is set. */
  killSwitch: boolean
  /** Caps every depth. */
  maxDepth: number
  /** The environments that are included from the stage `internal` on. */
  internalEnvironmentIds: readonly string[]
  /** The share of all other keys that the stage `canary` includes: 0 to 100 with at most two decimals. */
  canaryPercent: number
}

/** The environment and the key that a request was made with. */
export type RerankRequester = { environmentId: string; keyId: string }

/**
 * The mode and depth for a request on `surface`; with null, on the surface that the controls name.
 * Off at depth 0 where the policy excludes the key or the context has no controls. The depth never exceeds the cap.
 */
export function resolveRerank(
  controls: RerankControls | null,
  surface: string | null,
  policy: RerankPolicy,
  who: RerankRequester,
): RerankSetting {
  if (controls === null || !mayRerank(policy, who)) return OFF
  const { rerank_mode, rerank_depth } = settingFor(controls, surface)
  return { rerank_mode, rerank_depth: Math.min(rerank_depth, policy.maxDepth) }
}

const OFF: RerankSetting = { rerank_mode: 'off', rerank_depth: 0 }

/** Whether the policy includes the key. If not, the controls need not be read: the answer is off whatever they are. */
export function mayRerank(policy: RerankPolicy, { environmentId, keyId }: RerankRequester): boolean {
  const reach = reachOf(policy, environmentId)
  return reach === 'some' ? isInShare(keyId, policy.canaryPercent) : reach === 'all'
}

/** Which keys of an environment the policy includes. With `some` it depends on the id of the key. */
export function reachOf(
  { stage, killSwitch, internalEnvironmentIds }: RerankPolicy,
  environmentId: string,
): 'all' | 'some' | 'none' {
  if (killSwitch) return 'none'
  const isInternal = internalEnvironmentIds.includes(environmentId)
  switch (stage) {
    case 'off':
      return 'none'
    case 'internal':
      return isInternal ? 'all' : 'none'
    case 'canary':
      return isInternal ? 'all' : 'some'
    case 'general':
      return 'all'
  }
}

/** The surface is first found in SURFACES: used as it was sent, `constructor` would read an inherited property. */
function settingFor({ global_default, surface_presets }: RerankControls, asked: string | null): RerankSetting {
  const surface = SURFACES.find((known) => known === (asked ?? global_default.surface))
  return (surface && surface_presets?.[surface]) ?? global_default
}

/**
 * Whether the key is among `percent` of all keys. Each key has a fixed place, `crc32("rerank-canary:" + keyId)` mod
 * 10,000, and is included while that is below the percentage in hundredths: a key included at 10 % stays in at 20 %.
 * The salt makes this choice independent of any other that is made by key id.
 */
function isInShare(keyId: string, percent: number): boolean {
  // Rounded, because 1.1 * 100 is a little more than 110 and would include one place too many.
  return crc32(CANARY_SALT + keyId) % PLACES < Math.round(percent * 100)
}

const CANARY_SALT = 'rerank-canary:'
const PLACES = 10_000
