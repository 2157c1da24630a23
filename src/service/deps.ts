// What services are given. The stores are the real bindings; only the clock, randomness, waiting, the upstream's fetch and
// background work are functions, so that tests can stand in for them.
import type { Config } from '../config.ts'
import type { Background, Clock, Deadline, RandomBytes, Sleep } from '../core/ports.ts'
import type { Isolate } from '../edge/isolate.ts'
import type { LedgerClient } from '../edge/ledger-client.ts'
import type { Database } from '../store/database.ts'

export type Deps = {
  config: Config
  /** D1's primary copy. */
  db: Database
  /** Whichever copy of D1 is nearest: it may be behind, and never says so. */
  nearest: () => Database
  revocations: KVNamespace
  ledger: LedgerClient
  /** What this isolate remembers, across requests. */
  isolate: Isolate
  /** How an upstream on the Internet is asked. */
  fetchUpstream: typeof fetch
  /** Another Worker behind this one, by the name of its service binding; null for any other name. */
  service(name: string): Fetcher | null
  /** Counts wrong client secrets by the network they come from; null where the deployment has no such binding. */
  tries: RateLimit | null
  /** Counts wrong keys at the console's sign-in by the network they come from; null where the deployment has no such binding. */
  signInTries: RateLimit | null
  /** Another one after each deployment: what is loaded under it may be kept for good. */
  assetVersion: string
  clock: Clock
  random: RandomBytes
  deadline: Deadline
  sleep: Sleep
  background: Background
}
