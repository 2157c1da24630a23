// KV as documented: one write to the central stores, nothing pushed; locations and their upper tier cache what they
// read, absence too. Modelled: the tier's lifetime, and that every region has one.
import { KV_CENTRAL, KV_UPPER_TIER, KV_UPPER_TIER_SECONDS, KV_WRITE, LOCATIONS } from './inputs.ts'
import { KEYS } from './traffic.ts'
import { isCut, kvDelayMs, locationOf, type Region, regionOf, type World } from './world.ts'

/** What a cache holds of one key, and since when. */
type Entry = { present: boolean; storedAt: number }

export class KvModel {
  readonly #world: World
  readonly #cacheMs: number
  readonly #central = new Set<number>()
  readonly #upper = new Map<Region, (Entry | undefined)[]>()
  readonly #local: (Entry | undefined)[] = new Array(LOCATIONS * KEYS)
  /** One read under way for each location and key. */
  readonly #flights = new Map<number, Promise<boolean>>()

  constructor(world: World, cacheSeconds: number) {
    this.#world = world
    this.#cacheMs = cacheSeconds * 1000
  }

  /** Whether there is a tombstone: at once from the location's cache, else a promise that never settles in a cut. */
  read(isolate: number, key: number): boolean | Promise<boolean> {
    const slot = locationOf(isolate) * KEYS + key
    const cached = this.#local[slot]
    if (cached && this.#isFresh(cached, this.#cacheMs)) return cached.present
    const known = this.#flights.get(slot)
    if (known) return known
    const flight = this.#readUpper(regionOf(isolate), key).then((present) => {
      this.#local[slot] = { present, storedAt: this.#world.timeline.now }
      this.#flights.delete(slot)
      return present
    })
    this.#flights.set(slot, flight)
    return flight
  }

  /** Writes the tombstone; resolves when the central stores have it. */
  async put(key: number): Promise<void> {
    await this.#world.timeline.sleep(kvDelayMs(this.#world, KV_WRITE))
    this.#central.add(key)
  }

  async #readUpper(region: Region, key: number): Promise<boolean> {
    const { timeline } = this.#world
    const legMs = kvDelayMs(this.#world, KV_UPPER_TIER) / 2
    await timeline.sleep(legMs)
    const tier = this.#tierOf(region)
    const cached = tier[key]
    if (cached === undefined || !this.#isFresh(cached, KV_UPPER_TIER_SECONDS * 1000)) {
      const present = await this.#readCentral(region, key)
      tier[key] = { present, storedAt: timeline.now }
    }
    const present = tier[key]?.present ?? false
    await timeline.sleep(legMs)
    return present
  }

  /** During a cut of the region it is asked again every second, as a client that will not give up would. */
  async #readCentral(region: Region, key: number): Promise<boolean> {
    const { timeline } = this.#world
    while (isCut(this.#world, region)) await timeline.sleep(1000)
    const legMs = kvDelayMs(this.#world, KV_CENTRAL) / 2
    await timeline.sleep(legMs)
    const present = this.#central.has(key)
    await timeline.sleep(legMs)
    return present
  }

  #tierOf(region: Region): (Entry | undefined)[] {
    const known = this.#upper.get(region)
    if (known) return known
    const tier: (Entry | undefined)[] = new Array(KEYS)
    this.#upper.set(region, tier)
    return tier
  }

  #isFresh({ storedAt }: Entry, maxAgeMs: number): boolean {
    return this.#world.timeline.now - storedAt < maxAgeMs
  }
}
