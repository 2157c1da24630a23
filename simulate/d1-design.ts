// (b) D1: the record from the nearest replica, remembered by the isolate for a fixed time.
import { D1Model } from './d1-model.ts'
import { D1_ISOLATE_CACHE_SECONDS } from './inputs.ts'
import { inTime } from './kv-design.ts'
import { Lifetimes } from './lifetimes.ts'
import { type Answer, type Design, regionOf } from './world.ts'

type Remembered = { revoked: boolean; until: number }

export const d1Cached: Design = {
  name: `D1 replica, isolate cache ${D1_ISOLATE_CACHE_SECONDS} s`,
  code: 'modelled',
  memoryMs: D1_ISOLATE_CACHE_SECONDS * 1000,
  boundMs: null,
  objects: 0,
  open: (world) => {
    const d1 = new D1Model(world)
    const caches = new Lifetimes(world, () => new Map<number, Remembered | Promise<boolean>>())

    const readAndRemember = async (isolate: number, key: number, cache: Map<number, Remembered | Promise<boolean>>) => {
      const revoked = await d1.readNearest(regionOf(isolate), key)
      cache.set(key, { revoked, until: world.timeline.now + D1_ISOLATE_CACHE_SECONDS * 1000 })
      return revoked
    }

    return {
      verify: (isolate, key): Answer | Promise<Answer> => {
        const cache = caches.of(isolate)
        const known = cache.get(key)
        if (known instanceof Promise) return inTime(world, known)
        if (known && world.timeline.now < known.until) return known.revoked ? 'no' : 'yes'
        const read = readAndRemember(isolate, key, cache)
        cache.set(key, read)
        return inTime(world, read)
      },
      revoke: (key, committed) => void d1.revoke(key).then(() => committed(Math.floor(world.timeline.now))),
    }
  },
}
