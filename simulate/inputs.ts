// Every number the simulation starts from, its unit in its name, and where it comes from:
//   documented   Cloudflare says so
//   third-party  somebody else measured or reported it
//   project      a constant or a count of this repository
//   assumption   nobody published it; the reason stands beside it
// None of them was measured by us on Cloudflare's network. Prices are those of the Paid plan beyond what it includes.

/** A delay that is log-normal: half of all are below `medianMs`, one in a hundred is above `p99Ms`. */
export type Spread = { medianMs: number; p99Ms: number }

/** assumption: about the number of cities that Cloudflare names on its network page. */
export const LOCATIONS = 300
/** assumption: nothing is published; the project's own load estimate counts with the same three. */
export const ISOLATES_PER_LOCATION = 3
/** assumption: 630/s over all isolates: one ledger object answers about 1,000 strict verifications a second. */
export const MEAN_VERIFICATIONS_PER_ISOLATE_PER_SECOND = 0.7
/** assumption: isolates differ; with 1.2 the median is half the mean, and one in a hundred sees three requests a minute. */
export const TRAFFIC_LOG_SIGMA = 1.2
/** assumption: the runtime promises no lifetime; a restarted isolate has forgotten everything. */
export const ISOLATE_LIFETIME_SECONDS = 600
/** assumption: every key is in use at every isolate, which is the worst case of a revocation. */
export const REVOKED_KEYS_PER_WORLD = 30
/** assumption: keys that stay good, so that isolates go on renewing after the others are revoked. */
export const STEADY_KEYS_PER_WORLD = 10
/** assumption: isolates begin within this time, each with an empty memory, so that caches do not expire together. */
export const START_SECONDS = 30
/** Worlds of each design: their revocations together are what a quantile is taken of. */
export const QUIET_WORLDS = 10
export const OUTAGE_WORLDS = 2

/**
 * `roundTripMs` is to the ledger's region, where D1's primary is too. third-party: 20 ms in one city (drivly/colo.do);
 * assumption: the others, spread over the 20 to 280 ms that the project's platform notes count with.
 * `locations` is an assumption; they add up to LOCATIONS. `name` is a location hint of Durable Objects (documented).
 * `replica` is the copy of D1 nearest to it: the six regions are documented, which one is nearest is an assumption.
 */
export const REGIONS = [
  { name: 'weur', locations: 55, roundTripMs: 20, replica: 'WEUR' },
  { name: 'eeur', locations: 30, roundTripMs: 45, replica: 'EEUR' },
  { name: 'enam', locations: 45, roundTripMs: 90, replica: 'ENAM' },
  { name: 'wnam', locations: 30, roundTripMs: 145, replica: 'WNAM' },
  { name: 'me', locations: 20, roundTripMs: 110, replica: 'EEUR' },
  { name: 'afr', locations: 25, roundTripMs: 150, replica: 'WEUR' },
  { name: 'sam', locations: 40, roundTripMs: 190, replica: 'ENAM' },
  { name: 'apac-se', locations: 25, roundTripMs: 180, replica: 'APAC' },
  { name: 'apac-ne', locations: 15, roundTripMs: 230, replica: 'APAC' },
  { name: 'oc', locations: 15, roundTripMs: 270, replica: 'OC' },
] as const

/** assumption: how far one in a hundred messages is slower than the median. */
export const NETWORK_P99_TO_MEDIAN_RATIO = 1.8
/** assumption: lost packets and overloaded hops; without them no time limit in the code would ever be reached. */
export const STALL_CHANCE_PER_MESSAGE = 0.0005
/** assumption: shortest and longest stall, Pareto with shape 1 between them. */
export const STALL_SHORTEST_MS = 300
export const STALL_LONGEST_MS = 30_000

/** documented: about 1,000 simple requests a second and object (rules-of-durable-objects); one after another. */
export const LEDGER_SERVICE_MS = 1
/** assumption: an acknowledged write waits for 3 of 5 followers (documented), for which no time is published. */
export const LEDGER_WRITE: Spread = { medianMs: 10, p99Ms: 60 }

/** third-party: replica lag p50 0.8 s, p95 3.4 s, p99 6.1 s (news.warptechlab.com/news/206796014). */
export const D1_REPLICA_LAG: Spread = { medianMs: 800, p99Ms: 6100 }
/** documented: 20 to 50 ms from a near replica (a reviewer in cloudflare-docs#19896); p99: assumption. */
export const D1_NEAREST_READ: Spread = { medianMs: 35, p99Ms: 250 }
/** documented: about 1 ms a query; assumption: what the way through the service adds at the primary. */
export const D1_PRIMARY_WORK: Spread = { medianMs: 10, p99Ms: 80 }
/** third-party: stalls of 30 to 80 s (ColeMurray/background-agents#561, buildinternet/uploads#808); chance: assumption. */
export const D1_STALL_CHANCE_PER_READ = 0.00005
export const D1_STALL_SHORTEST_MS = 30_000
export const D1_STALL_LONGEST_MS = 80_000
/** project: rows that a verification reads, by the bench: the hash, the key and the environment. */
export const D1_ROWS_PER_READ = 3
/** assumption: the isolate cache of the rival design (b), as in the question that this simulation answers. */
export const D1_ISOLATE_CACHE_SECONDS = 60
/** project: as src/edge/freshness.ts; the rival designs wait as long. */
export const RIVAL_READ_TIMEOUT_MS = 5000

/** documented: the default cacheTtl. "Key does not exist" is cached like a value. */
export const KV_CACHE_SECONDS = 60
/** project: what src/store/tombstones.ts asks for; documented as the shortest that KV takes. */
export const KEYWARD_KV_CACHE_SECONDS = 30
/**
 * assumption, in favour of KV: documented is only "60 seconds or more". With 60 s here, as long as the tier before it,
 * the delay would reach two minutes.
 */
export const KV_UPPER_TIER_SECONDS = 15
/** assumption: within a region, from a location to its upper tier and back. */
export const KV_UPPER_TIER: Spread = { medianMs: 10, p99Ms: 60 }
/** documented: p99 250 ms after the re-architecture of 2025; median: assumption. */
export const KV_CENTRAL: Spread = { medianMs: 20, p99Ms: 250 }
/** assumption: how long a put takes to be acknowledged and to be readable from the central stores. */
export const KV_WRITE: Spread = { medianMs: 100, p99Ms: 800 }
/** project: a token costs the rival design (a) two reads, its record and its tombstone. */
export const KV_ONLY_READS_PER_VERIFICATION = 2

/** assumption: a region of 30 locations (a tenth of all), far from the ledger, with a D1 replica that nobody shares. */
export const CUT_REGION = 'wnam'
/** assumption: as in the question that this simulation answers. */
export const CUT_SECONDS = 120
/** assumption: reads and writes of KV while it is slow; a median read of the central stores then takes 0.4 s. */
export const KV_SLOW_FACTOR = 20
/** assumption: this share of the revocations falls into the first seconds of the cut, while leases from before live. */
export const EARLY_REVOCATION_SHARE = 0.5
export const EARLY_REVOCATION_SECONDS = 5

/** documented, like the prices below: kv_pricing, durable-objects-pricing and d1-pricing of cloudflare-docs. */
export const USD_PER_MILLION_KV_READS = 0.5
export const USD_PER_MILLION_DO_REQUESTS = 0.15
export const USD_PER_MILLION_DO_GB_SECONDS = 12.5
/** documented: rows that a Durable Object reads from SQLite are priced as those of D1. */
export const USD_PER_MILLION_ROWS_READ = 0.001
/** documented: a call through a service binding adds no request. CPU time is the same for every design and left out. */
export const USD_PER_MILLION_SERVICE_BINDING_CALLS = 0
/** documented: 324,000 GB-s a month for an object that is always active, so 0.125 GB. */
export const DO_BILLED_GB = 0.125
