// Rerank controls: what an environment asks of reranking in one context, and what the operator's policy lets through.
// Nothing a client sends is an argument here but the surface it names; mode and depth come from the controls alone.
import { crc32 } from 'node:zlib'

export const SURFACES = ['search', 'results', 'recommendations'] as const
export type Surface = (typeof SURFACES)[number]

export const RERANK_MODES = ['off', 'balanced', 'aggressive'] as const
export type RerankMode = (typeof RERANK_MODES)[number]

/** Named as on the wire, because they end up in the upstream's query as they are. */
export type RerankSetting = { rerank_mode: RerankMode; rerank_depth: number }

/** A surface without a preset inherits the global default. */
export type RerankControls = {
  global_default: RerankSetting & { surface: Surface }
  surface_presets?: { [S in Surface]?: RerankSetting | undefined } | undefined
}

/** Controls as they stand in an environment. */
export type ContextControls = { contextId: string; controls: RerankControls; updatedAt: number }

export const MAX_RERANK_DEPTH = 1000

/** The form of the id a caller gives to a set of controls. */
export const CONTEXT_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/

export const RERANK_STAGES = ['off', 'internal', 'canary', 'general'] as const

/** How far the operator has let reranking out, whatever the controls of an environment say. */
export type RerankPolicy = {
  stage: (typeof RERANK_STAGES)[number]
  /** Beats everything else. */
  killSwitch: boolean
  /** Caps every depth. */
  maxDepth: number
  /** The environments that are in from the stage `internal` on. */
  internalEnvironmentIds: readonly string[]
  /** 0 to 100 with at most two decimals: the share of all other keys that is in at the stage `canary`. */
  canaryPercent: number
}

/** Whose request it is. */
export type RerankRequester = { environmentId: string; keyId: string }

/**
 * The mode and depth for a request on `surface`, null where it names none: then it is the controls' own surface.
 * Off at depth 0 where the policy keeps the asker out or the context has no controls. The depth is never above the cap.
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

/** Whether the policy lets the asker in at all. If not, the answer is off whatever the controls are: none need be read. */
export function mayRerank(policy: RerankPolicy, { environmentId, keyId }: RerankRequester): boolean {
  const reach = reachOf(policy, environmentId)
  return reach === 'some' ? isInShare(keyId, policy.canaryPercent) : reach === 'all'
}

/** Which keys of an environment the policy lets in: of `some`, each by its id. */
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

/** The names are compared, never looked up: a surface called `constructor` has no preset. */
function settingFor({ global_default, surface_presets }: RerankControls, asked: string | null): RerankSetting {
  const surface = SURFACES.find((known) => known === (asked ?? global_default.surface))
  return (surface && surface_presets?.[surface]) ?? global_default
}

/**
 * Whether the key is among `percent` of all keys. Each key has one place for good, `crc32("rerank-canary:" + keyId)`
 * mod 10,000, and is in while that is below the percentage in hundredths: a key that is in at 10 % is in at 20 %.
 * The salt keeps this share apart from any other that is cut by key id.
 */
function isInShare(keyId: string, percent: number): boolean {
  // 1.1 * 100 is a little more than 110, and would let one place too many in.
  return crc32(CANARY_SALT + keyId) % PLACES < Math.round(percent * 100)
}

const CANARY_SALT = 'rerank-canary:'
const PLACES = 10_000
