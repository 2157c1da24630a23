// (c) Keyward: each isolate is the real Isolate, each verification the real findEvidence, on a virtual clock. What they
// ask (ledger, D1, KV) is modelled; so is the revocation, which takes the steps of src/service/revoke-key.ts in order.
import { MAX_STALENESS_MS } from '../src/core/environment.ts'
import { type ChangeRequest, keySubject, type SyncQuestion } from '../src/core/ledger-messages.ts'
import { type Finding, findEvidence, type Reading, type Source } from '../src/edge/freshness.ts'
import { Isolate } from '../src/edge/isolate.ts'
import { connectLedger, type LedgerClient, shardName } from '../src/edge/ledger-client.ts'
import { bytesOf, KeyCache } from '../src/edge/record-cache.ts'
import type { RenewalDeps } from '../src/edge/renewal.ts'
import type { TombstoneFinding } from '../src/store/tombstones.ts'
import { D1Model } from './d1-model.ts'
import { KEYWARD_KV_CACHE_SECONDS, LEDGER_SHARDS_LEASED, LEDGER_SHARDS_STRICT, REGIONS } from './inputs.ts'
import { KvModel } from './kv-model.ts'
import { LedgerModel } from './ledger-model.ts'
import { Lifetimes } from './lifetimes.ts'
import { uniform } from './random.ts'
import { KEYS } from './traffic.ts'
import { type Answer, type Design, type Region, regionOf, type World, withinMs } from './world.ts'

/** Keyward, in an environment whose answers may be this old. */
export function keyward(boundSeconds: number): Design {
  const boundMs = boundSeconds * 1000
  const objects = boundMs === 0 ? LEDGER_SHARDS_STRICT : LEDGER_SHARDS_LEASED
  return {
    name: `Keyward, lease ${boundSeconds} s`,
    code: 'real',
    memoryMs: boundMs,
    boundMs,
    objects,
    open: (world) => {
      const stores = openStores(world, objects)
      const isolates = new Lifetimes(world, (isolate) => leasedIsolate(stores, isolate))
      return {
        verify: (isolate, key) => {
          const deps = isolates.of(isolate)
          return findEvidence(deps, sourceOf(stores, isolate, key, boundMs), MAX_STALENESS_MS).then(verdictOn)
        },
        revoke: (key, committed) => void revoke(stores, key, committed),
      }
    },
  }
}

type Stores = {
  world: World
  ledgers: Map<string, LedgerModel>
  d1: D1Model
  kv: KvModel
  clients: Map<Region, LedgerClient>
}

function openStores(world: World, shards: number): Stores {
  const names = Array.from({ length: shards }, (_, shard) => shardName(shard))
  return {
    world,
    ledgers: new Map(names.map((name) => [name, new LedgerModel(world, name)])),
    d1: new D1Model(world),
    kv: new KvModel(world, KEYWARD_KV_CACHE_SECONDS),
    clients: new Map(),
  }
}

/** The real client of the ledger, over a namespace whose objects are models that are asked from this region. */
function clientOf({ ledgers, clients }: Stores, region: Region): LedgerClient {
  const known = clients.get(region)
  if (known) return known
  const namespace = { idFromName: (name: string) => name, get: (name: string) => stubOf(ledgers, name, region) }
  // Of a namespace the client uses these two methods, and of a stub, in a simulation, `sync` and `record`.
  const binding = namespace as unknown as Parameters<typeof connectLedger>[0]
  const client = connectLedger(binding, { ledgerShards: ledgers.size, ledgerLocationHint: null })
  clients.set(region, client)
  return client
}

function stubOf(ledgers: Map<string, LedgerModel>, name: string, region: Region) {
  const ledger = ledgers.get(name)
  if (ledger === undefined) throw new Error(`no ledger ${name}`)
  return {
    sync: (question: SyncQuestion) => ledger.sync(region, question),
    record: (changes: ChangeRequest[]) => ledger.record(region, changes),
  }
}

/** An isolate with a clock of its own, seconds away from everybody else's. */
function leasedIsolate(stores: Stores, isolate: number): RenewalDeps {
  const { timeline, random } = stores.world
  const offsetMs = Math.round(uniform(random, -MAX_CLOCK_OFFSET_MS, MAX_CLOCK_OFFSET_MS))
  return {
    // The default cache reserves room for 100,000 records; 900 of them do not fit into one process.
    isolate: new Isolate(new KeyCache({ max: KEYS })),
    ledger: clientOf(stores, regionOf(isolate)),
    clock: () => Math.floor(timeline.now) + offsetMs,
    background: () => {},
    deadline: (work, timeoutMs) => withinMs(timeline, work, timeoutMs),
  }
}

function sourceOf(stores: Stores, isolate: number, key: number, boundMs: number): Source<string> {
  const { d1, kv, world } = stores
  const region = regionOf(isolate)
  const prefix = prefixOf(key)
  return {
    shard: clientOf(stores, region).shardOf(prefix),
    subject: keySubject(prefix),
    hash: `hash of ${prefix}`,
    read: async (copy) => {
      const revoked = await (copy === 'primary' ? d1.readPrimary(region, key) : d1.readNearest(region, key))
      return readingOf(key, revoked, boundMs)
    },
    readTombstone: async () => {
      world.counts.kvReads += 1
      return tombstoneOf(key, await kv.read(isolate, key))
    },
  }
}

const readingOf = (key: number, revoked: boolean, boundMs: number): Reading<string> => ({
  record: prefixOf(key),
  keyId: keyIdOf(key),
  revision: 1,
  environmentId: ENVIRONMENT_ID,
  environmentRevision: 1,
  issuedAt: 0,
  maxStalenessMs: boundMs,
  graceSeconds: 0,
  revoked,
  bytes: bytesOf(prefixOf(key)),
})

const tombstoneOf = (key: number, isPresent: boolean): TombstoneFinding =>
  isPresent
    ? { state: 'present', tombstone: { keyId: keyIdOf(key), environmentId: ENVIRONMENT_ID, revokedAt: 0 } }
    : { state: 'none' }

/** The ledger, then D1, then KV; asked from the ledger's own region. */
async function revoke(stores: Stores, key: number, committed: (at: number) => void): Promise<void> {
  const prefix = prefixOf(key)
  const client = clientOf(stores, REGIONS[0])
  const change: ChangeRequest = { kind: 'revoke', subjects: [keySubject(prefix)], keyId: keyIdOf(key), projection: '' }
  const { committedAt } = await client.record(client.shardOf(prefix), [change], ENVIRONMENT_ID)
  committed(committedAt)
  await stores.d1.revoke(key)
  await stores.kv.put(key)
}

function verdictOn(finding: Finding<string>): Answer {
  if (finding.state === 'found') return finding.dead ? 'no' : 'yes'
  return finding.state === 'dead' ? 'no' : 'unavailable'
}

const prefixOf = (key: number) => key.toString(36).padStart(8, '0')
const keyIdOf = (key: number) => `key_${key}`
const ENVIRONMENT_ID = 'env_simulated'
const MAX_CLOCK_OFFSET_MS = 10_000
