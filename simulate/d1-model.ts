// D1 as documented: one primary, and replicas that show each commit some time later. Modelled: how much later.
import {
  D1_NEAREST_READ,
  D1_PRIMARY_WORK,
  D1_REPLICA_LAG,
  D1_ROWS_PER_READ,
  D1_STALL_CHANCE_PER_READ,
  D1_STALL_LONGEST_MS,
  D1_STALL_SHORTEST_MS,
  REGIONS,
} from './inputs.ts'
import { spreadMs, uniform } from './random.ts'
import { carry, isCut, type Region, type World, withStall } from './world.ts'

export class D1Model {
  readonly #world: World
  /** Revoked keys, on the primary and on each replica. */
  readonly #primary = new Set<number>()
  readonly #replicas = new Map<string, Set<number>>(REGIONS.map(({ replica }) => [replica, new Set()]))

  constructor(world: World) {
    this.#world = world
  }

  /** Commits the revocation on the primary; resolves when it is durable there. */
  async revoke(key: number): Promise<void> {
    const { timeline, random } = this.#world
    await timeline.sleep(withStall(this.#world, D1_PRIMARY_WORK))
    this.#primary.add(key)
    for (const [name, revoked] of this.#replicas) {
      timeline.after(spreadMs(random, D1_REPLICA_LAG), () => this.#replicate(name, () => revoked.add(key)))
    }
  }

  /** Whether the nearest replica shows the key as revoked. A replica is in its own region: no cut keeps it from that. */
  async readNearest({ replica }: Region, key: number): Promise<boolean> {
    this.#countRows()
    const legMs = this.#readMs() / 2
    await this.#world.timeline.sleep(legMs)
    const revoked = this.#replicas.get(replica)?.has(key) ?? false
    await this.#world.timeline.sleep(legMs)
    return revoked
  }

  /** Whether the key is revoked; never settles when the region is cut off. */
  readPrimary(region: Region, key: number): Promise<boolean> {
    this.#countRows()
    return new Promise((resolve) => {
      carry(this.#world, region, () => {
        this.#world.timeline.after(withStall(this.#world, D1_PRIMARY_WORK), () => {
          const revoked = this.#primary.has(key)
          carry(this.#world, region, () => resolve(revoked))
        })
      })
    })
  }

  /** A replica that cannot be reached hears of the commit when the cut is over. */
  #replicate(name: string, apply: () => void): void {
    const { timeline, outage } = this.#world
    const isUnreachable = REGIONS.some((region) => region.replica === name && isCut(this.#world, region))
    if (!isUnreachable || outage === null) apply()
    else timeline.after(outage.until - timeline.now + spreadMs(this.#world.random, D1_REPLICA_LAG), apply)
  }

  #readMs(): number {
    const { random } = this.#world
    const isStall = random() < D1_STALL_CHANCE_PER_READ
    const stallMs = isStall ? uniform(random, D1_STALL_SHORTEST_MS, D1_STALL_LONGEST_MS) : 0
    return withStall(this.#world, D1_NEAREST_READ) + stallMs
  }

  #countRows(): void {
    this.#world.counts.d1Rows += D1_ROWS_PER_READ
  }
}
