// (a) KV only: every verification reads the tombstone from KV, which caches, absence too. Nothing else is asked.
import {
  KV_CACHE_SECONDS,
  KV_ONLY_READS_PER_VERIFICATION,
  KV_UPPER_TIER_SECONDS,
  RIVAL_READ_TIMEOUT_MS,
} from './inputs.ts'
import { KvModel } from './kv-model.ts'
import type { Answer, Design, World } from './world.ts'

export const kvOnly: Design = {
  name: `KV, cacheTtl ${KV_CACHE_SECONDS} s`,
  code: 'modelled',
  memoryMs: (KV_CACHE_SECONDS + KV_UPPER_TIER_SECONDS) * 1000,
  boundMs: null,
  objects: 0,
  open: (world) => {
    const kv = new KvModel(world, KV_CACHE_SECONDS)
    return {
      verify: (isolate, key) => {
        world.counts.kvReads += KV_ONLY_READS_PER_VERIFICATION
        const read = kv.read(isolate, key)
        return typeof read === 'boolean' ? verdictOn(read) : inTime(world, read)
      },
      // Committed is what the writer can know: the put was acknowledged.
      revoke: (key, committed) => void kv.put(key).then(() => committed(Math.floor(world.timeline.now))),
    }
  },
}

const verdictOn = (isRevoked: boolean): Answer => (isRevoked ? 'no' : 'yes')

/** The verdict on what is read, or `unavailable` when it takes too long. */
export const inTime = (world: World, read: Promise<boolean>): Promise<Answer> =>
  world.timeline.deadline(read, RIVAL_READ_TIMEOUT_MS).then(verdictOn, () => 'unavailable')
