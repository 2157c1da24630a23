// (c) Keyward: each isolate is the real Isolate, each verification the real findEvidence, on a virtual clock. What they
// ask (ledger, D1, KV) is modelled; so is the revocation, which takes the steps of src/service/revoke-key.ts in order.
import { MAX_STALENESS_MS } from '../src/core/environment.ts'
import {
  type ChangeRequest,
  readRecordAnswer,
  type SyncQuestion,
  secretSubjectOf,
} from '../src/core/ledger-messages.ts'
import type { VerificationRecord } from '../src/core/policy.ts'
import { type Finding, findEvidence, type Reading, type Source } from '../src/edge/freshness.ts'
import { Isolate } from '../src/edge/isolate.ts'
import { connectLedger, type LedgerClient } from '../src/edge/ledger-client.ts'
import { bytesOf } from '../src/edge/record-cache.ts'
import type { RenewalDeps } from '../src/edge/renewal.ts'
import type { TombstoneFinding } from '../src/store/tombstones.ts'
import { D1Model } from './d1-model.ts'
import { KEYWARD_KV_CACHE_SECONDS, REGIONS } from './inputs.ts'
import { KvModel } from './kv-model.ts'
import { LedgerModel } from './ledger-model.ts'
import { Lifetimes } from './lifetimes.ts'
import { uniform } from './random.ts'
import { type Answer, type Design, type Region, regionOf, type World } from './world.ts'

/** Keyward, in an environment whose answers may be this old. */
export function keyward(boundSeconds: number): Design {
  const boundMs = boundSeconds * 1000
  return {
    name: `Keyward, lease ${boundSeconds} s`,
    code: 'real',
    memoryMs: boundMs,
    boundMs,
    objects: 1,
    open: (world) => {
      const stores = openStores(world)
      const isolates = new Lifetimes(world, (isolate) => leasedIsolate(stores, isolate))
      return {
        verify: (isolate, key) => {
          const deps = isolates.of(isolate)
          return findEvidence(deps, sourceOf(stores, deps.isolate, { isolate, key, boundMs }), MAX_STALENESS_MS).then(
            verdictOn,
          )
        },
        revoke: (key, committed) => void revoke(stores, key, committed),
      }
    },
  }
}

type Stores = {
  world: World
  ledger: LedgerModel
  d1: D1Model
  kv: KvModel
  clients: Map<Region, LedgerClient>
}

function openStores(world: World): Stores {
  return {
    world,
    ledger: new LedgerModel(world),
    d1: new D1Model(world),
    kv: new KvModel(world, KEYWARD_KV_CACHE_SECONDS),
    clients: new Map(),
  }
}

/** The real client of the ledger, over a namespace whose one object is a model that is asked from this region. */
function clientOf({ ledger, clients }: Stores, region: Region): LedgerClient {
  const known = clients.get(region)
  if (known) return known
  const stub = {
    sync: (question: SyncQuestion) => ledger.sync(region, question),
    record: (change: ChangeRequest) => ledger.record(region, change),
  }
  // Of a namespace the client uses these two methods, and of a stub, in a simulation, `sync` and `record`.
  const namespace = { idFromName: (name: string) => name, get: () => stub }
  const client = connectLedger(namespace as unknown as Parameters<typeof connectLedger>[0], {
    ledgerLocationHint: null,
  })
  clients.set(region, client)
  return client
}

/** An isolate with a clock of its own, seconds away from everybody else's. */
function leasedIsolate(stores: Stores, isolate: number): RenewalDeps {
  const { timeline, random } = stores.world
  const offsetMs = Math.round(uniform(random, -MAX_CLOCK_OFFSET_MS, MAX_CLOCK_OFFSET_MS))
  return {
    isolate: new Isolate(),
    ledger: clientOf(stores, regionOf(isolate)),
    clock: () => Math.floor(timeline.now) + offsetMs,
    background: () => {},
    deadline: timeline.deadline,
  }
}

/** Where the isolate of a place finds one key. */
function sourceOf(
  { d1, kv, world }: Stores,
  { apiKeys: cache }: Isolate,
  { isolate, key, boundMs }: { isolate: number; key: number; boundMs: number },
): Source<VerificationRecord> {
  const region = regionOf(isolate)
  const prefix = prefixOf(key)
  return {
    cache,
    id: `hash of ${prefix}`,
    subject: secretSubjectOf(prefix),
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

function readingOf(key: number, revoked: boolean, boundMs: number): Reading<VerificationRecord> {
  const record = recordOf(key)
  return {
    record,
    keyId: record.keyId,
    revision: 1,
    environmentId: ENVIRONMENT.id,
    environmentRevision: 1,
    issuedAt: 0,
    issueRevision: 0,
    maxStalenessMs: boundMs,
    graceSeconds: 0,
    revoked,
    bytes: bytesOf(record),
  }
}

const recordOf = (key: number): VerificationRecord => ({
  keyId: keyIdOf(key),
  name: 'simulated',
  prefix: prefixOf(key),
  projectId: 'proj_simulated',
  environment: ENVIRONMENT,
  scopes: [],
  enabled: true,
  ownerId: null,
  metadata: {},
  expiresAt: null,
  secretExpiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
})

const tombstoneOf = (key: number, isPresent: boolean): TombstoneFinding =>
  isPresent
    ? { state: 'present', tombstone: { keyId: keyIdOf(key), environmentId: ENVIRONMENT.id, revokedAt: 0 } }
    : { state: 'none' }

/** The ledger, then D1, then KV; asked from the ledger's own region. */
async function revoke(stores: Stores, key: number, committed: (at: number) => void): Promise<void> {
  const client = clientOf(stores, REGIONS[0])
  const secrets = [secretSubjectOf(prefixOf(key))]
  const change: ChangeRequest = { kind: 'revoke', keyId: keyIdOf(key), secrets, projection: '' }
  const answer = readRecordAnswer(await client.record(change, ENVIRONMENT.id))
  if (answer === null) throw new Error('the ledger did not acknowledge a revocation')
  committed(answer.committedAt)
  await stores.d1.revoke(key)
  await stores.kv.put(key)
}

function verdictOn(finding: Finding<VerificationRecord>): Answer {
  if (finding.state === 'found') return finding.revoked ? 'no' : 'yes'
  return finding.state === 'revoked' ? 'no' : 'unavailable'
}

const prefixOf = (key: number) => key.toString(36).padStart(8, '0')
const keyIdOf = (key: number) => `key_${key}`
const ENVIRONMENT = { id: 'env_simulated', name: 'Production', tag: 'production' }
const MAX_CLOCK_OFFSET_MS = 10_000
