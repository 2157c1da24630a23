import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newId } from '../../src/core/ids.ts'
import {
  CONTEXT_ID_PATTERN,
  MAX_RERANK_DEPTH,
  RERANK_MODES,
  RERANK_STAGES,
  type RerankControls,
  type RerankPolicy,
  resolveRerank,
  SURFACES,
} from '../../src/core/rerank.ts'

const OFF = { rerank_mode: 'off', rerank_depth: 0 }
const WHO = { environmentId: 'env_a', keyId: 'key_1' }

const aPolicy = (given: Partial<RerankPolicy> = {}): RerankPolicy => ({
  stage: 'general',
  killSwitch: false,
  maxDepth: 100,
  internalEnvironmentIds: [],
  canaryPercent: 0,
  ...given,
})

/** On search, with a preset for recommendations. */
const CONTROLS: RerankControls = {
  global_default: { surface: 'search', rerank_mode: 'balanced', rerank_depth: 50 },
  surface_presets: { recommendations: { rerank_mode: 'aggressive', rerank_depth: 80 } },
}
const BALANCED_50 = { rerank_mode: 'balanced', rerank_depth: 50 }
const AGGRESSIVE_80 = { rerank_mode: 'aggressive', rerank_depth: 80 }

const depth = fc.integer({ min: 0, max: MAX_RERANK_DEPTH })
const mode = fc.constantFrom(...RERANK_MODES)
const preset = fc.option(fc.record({ rerank_mode: mode, rerank_depth: depth }), { nil: undefined })
const anyControls: fc.Arbitrary<RerankControls> = fc.record(
  {
    global_default: fc.record({ surface: fc.constantFrom(...SURFACES), rerank_mode: mode, rerank_depth: depth }),
    surface_presets: fc.record({ search: preset, results: preset, recommendations: preset }),
  },
  { requiredKeys: ['global_default'] },
)
const percent = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100)
const anyPolicy = fc.record({
  stage: fc.constantFrom(...RERANK_STAGES),
  killSwitch: fc.boolean(),
  maxDepth: depth,
  internalEnvironmentIds: fc.subarray(['env_a', 'env_b']),
  canaryPercent: percent,
})
const anySurface = fc.option(fc.oneof(fc.constantFrom(...SURFACES), fc.string()))
const anyKeyId = fc.oneof(
  fc.string(),
  fc.nat().map((n) => `key_${n}`),
)
const anyone = fc.record({ environmentId: fc.constantFrom('env_a', 'env_b', 'env_c'), keyId: anyKeyId })

/** Whether a key of no internal environment is in the canary at this percentage. */
const isIn = (keyId: string, canaryPercent: number) =>
  resolveRerank(CONTROLS, null, aPolicy({ stage: 'canary', canaryPercent }), { ...WHO, keyId }).rerank_mode !== 'off'

describe('resolveRerank', () => {
  it.each([
    { surface: 'recommendations', setting: AGGRESSIVE_80, because: 'that surface has a preset' },
    { surface: 'search', setting: BALANCED_50, because: 'that surface has none' },
    { surface: 'results', setting: BALANCED_50, because: 'that surface has none' },
    { surface: null, setting: BALANCED_50, because: 'the surface of the default has none' },
    { surface: 'basket', setting: BALANCED_50, because: 'nobody knows that surface' },
    { surface: '', setting: BALANCED_50, because: 'nobody knows that surface' },
    { surface: 'Recommendations', setting: BALANCED_50, because: 'case counts' },
    { surface: 'constructor', setting: BALANCED_50, because: 'what every object has is no preset' },
    { surface: '__proto__', setting: BALANCED_50, because: 'what every object has is no preset' },
  ])('takes $setting for the surface $surface: $because', ({ surface, setting }) => {
    expect(resolveRerank(CONTROLS, surface, aPolicy(), WHO)).toStrictEqual(setting)
  })

  it('takes the preset of the surface of the global default where the request names none', () => {
    const global_default = { ...CONTROLS.global_default, surface: 'recommendations' as const }

    expect(resolveRerank({ ...CONTROLS, global_default }, null, aPolicy(), WHO)).toStrictEqual(AGGRESSIVE_80)
  })

  it('is off for a context that has no controls', () => {
    expect(resolveRerank(null, 'search', aPolicy(), WHO)).toStrictEqual(OFF)
  })

  it('passes the mode off on as it is set, with its depth', () => {
    const global_default = { surface: 'search' as const, rerank_mode: 'off' as const, rerank_depth: 30 }

    expect(resolveRerank({ global_default }, null, aPolicy({ maxDepth: 20 }), WHO)).toStrictEqual({
      rerank_mode: 'off',
      rerank_depth: 20,
    })
  })

  it.each([
    { policy: { killSwitch: true }, lets: 'nobody' },
    { policy: { stage: 'off' as const }, lets: 'nobody' },
    { policy: { stage: 'internal' as const }, lets: 'nobody' },
    { policy: { stage: 'internal' as const, canaryPercent: 100 }, lets: 'nobody' },
    { policy: { stage: 'internal' as const, internalEnvironmentIds: ['env_b', 'env_a'] }, lets: 'everybody' },
    { policy: { stage: 'internal' as const, internalEnvironmentIds: ['env_aa'] }, lets: 'nobody' },
    { policy: { stage: 'canary' as const, canaryPercent: 0 }, lets: 'nobody' },
    { policy: { stage: 'canary' as const, internalEnvironmentIds: ['env_a'] }, lets: 'everybody' },
    { policy: { stage: 'canary' as const, canaryPercent: 100 }, lets: 'everybody' },
    { policy: { stage: 'general' as const }, lets: 'everybody' },
  ])('lets $lets of env_a in under $policy', ({ policy, lets }) => {
    const setting = lets === 'nobody' ? OFF : BALANCED_50

    for (const keyId of ['key_1', 'key_2', newId('key'), newId('key')]) {
      expect(resolveRerank(CONTROLS, null, aPolicy(policy), { environmentId: 'env_a', keyId })).toStrictEqual(setting)
    }
  })

  it('never goes deeper than the cap, and never deeper than was set', () => {
    const property = fc.property(anyControls, anySurface, anyPolicy, anyone, (controls, surface, policy, who) => {
      const { rerank_depth } = resolveRerank(controls, surface, policy, who)

      const presets = Object.values(controls.surface_presets ?? {}).map((set) => set?.rerank_depth ?? 0)
      expect(rerank_depth).toBeLessThanOrEqual(policy.maxDepth)
      expect(rerank_depth).toBeLessThanOrEqual(Math.max(controls.global_default.rerank_depth, ...presets))
      expect(rerank_depth).toBeGreaterThanOrEqual(0)
    })

    fc.assert(property, { numRuns: 1000 })
  })

  it('is off while the kill switch is on, whatever else is set', () => {
    const property = fc.property(anyControls, anySurface, anyPolicy, anyone, (controls, surface, policy, who) => {
      expect(resolveRerank(controls, surface, { ...policy, killSwitch: true }, who)).toStrictEqual(OFF)
    })

    fc.assert(property, { numRuns: 1000 })
  })

  it('gives a surface without a preset exactly what the global default gives', () => {
    const property = fc.property(anyControls, fc.constantFrom(...SURFACES), (controls, surface) => {
      const { global_default, surface_presets = {} } = controls
      const inheriting = { global_default, surface_presets: { ...surface_presets, [surface]: undefined } }

      expect(resolveRerank(inheriting, surface, aPolicy(), WHO)).toStrictEqual(
        resolveRerank({ global_default }, null, aPolicy(), WHO),
      )
    })

    fc.assert(property, { numRuns: 1000 })
  })

  it('knows nothing of the surface, the key or the environment but what the controls and the policy say', () => {
    const property = fc.property(anyControls, anySurface, anyPolicy, anyone, (controls, surface, policy, who) => {
      const setting = resolveRerank(controls, surface, policy, who)
      const { surface: _, ...fallback } = controls.global_default
      const settable = [fallback, ...Object.values(controls.surface_presets ?? {})].filter((set) => set !== undefined)
      const capped = settable.map((set) => ({ ...set, rerank_depth: Math.min(set.rerank_depth, policy.maxDepth) }))

      expect([OFF, ...capped]).toContainEqual(setting)
    })

    fc.assert(property, { numRuns: 1000 })
  })
})

describe('the canary', () => {
  it('keeps every key that is in when the percentage grows, and none when it shrinks to nothing', () => {
    const property = fc.property(anyKeyId, percent, percent, (keyId, one, other) => {
      const [smaller, larger] = [Math.min(one, other), Math.max(one, other)]

      if (isIn(keyId, smaller)) expect(isIn(keyId, larger)).toBe(true)
      expect([isIn(keyId, 0), isIn(keyId, 100)]).toEqual([false, true])
    })

    fc.assert(property, { numRuns: 2000 })
  })

  it('gives a key its place by the documented hash, the same in every environment and for good', () => {
    const property = fc.property(anyKeyId, percent, (keyId, canaryPercent) => {
      const place = crc32(`rerank-canary:${keyId}`) % 10_000

      expect(isIn(keyId, canaryPercent)).toBe(place < Math.round(canaryPercent * 100))
    })

    fc.assert(property, { numRuns: 2000 })
  })

  it.each([0, 0.01, 0.29, 1.1, 4.35, 33.33, 57.29, 99.99, 100])(
    'lets in exactly %d percent of the places, though binary fractions are not exact',
    (canaryPercent) => {
      const first = Array.from({ length: 120_000 }, (_, n) => `key_${n}`)
      const places = new Map(first.map((keyId) => [crc32(`rerank-canary:${keyId}`) % 10_000, keyId]))

      const inside = [...places.values()].filter((keyId) => isIn(keyId, canaryPercent))

      expect(places.size).toBe(10_000)
      expect(inside).toHaveLength(Math.round(canaryPercent * 100))
    },
  )

  it.each([1, 10, 25, 50, 90])('lets in about %d percent of real key ids', (canaryPercent) => {
    const count = 20_000
    const ids = Array.from({ length: count }, () => newId('key'))

    const share = ids.filter((keyId) => isIn(keyId, canaryPercent)).length / count

    const expected = canaryPercent / 100
    const sixSigma = 6 * Math.sqrt((expected * (1 - expected)) / count)
    expect(Math.abs(share - expected)).toBeLessThan(sixSigma)
  })
})

describe('a context id', () => {
  it.each(['a', '0', 'homepage', 'Shop.Home_page:v2-b', 'x'.repeat(128)])('may be %s', (text) => {
    expect(CONTEXT_ID_PATTERN.test(text)).toBe(true)
  })

  it.each(['', '.', '-a', '_a', ':a', 'a b', 'a/b', 'a\n', 'é', 'a%', 'x'.repeat(129)])('may not be %j', (text) => {
    expect(CONTEXT_ID_PATTERN.test(text)).toBe(false)
  })
})
