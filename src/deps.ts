// What services are given. Stores are the real bindings; only time, chance, waiting and background work are ports.
import { type Config, readConfig } from './config.ts'
import type { Background, Clock, Deadline, RandomBytes, Sleep } from './core/ports.ts'
import { Isolate } from './edge/isolate.ts'
import type { RevocationLedger } from './edge/ledger.ts'
import { connectLedger, type LedgerClient } from './edge/ledger-client.ts'
import { type Database, openDatabase, openNearest } from './store/database.ts'
import { withDeadline } from './store/deadline.ts'

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
  /** Counts tries at a credential by who tries; null where the deployment has no such binding. */
  tries: RateLimit | null
  /** Counts tries at signing in to the console by address; null where the deployment has no such binding. */
  signInTries: RateLimit | null
  /** Another one after each deployment: what is loaded under it may be kept for good. */
  assetVersion: string
  clock: Clock
  random: RandomBytes
  deadline: Deadline
  sleep: Sleep
  background: Background
}

/** What is the same for every request of an isolate. */
type Lasting = Omit<Deps, 'background'>

const isolate = new Isolate()

/** @throws {ConfigError} */
export function createDeps(env: Env, ctx: Pick<ExecutionContext, 'waitUntil'>): Deps {
  return { ...lastingDeps(env), background: (work) => ctx.waitUntil(work.catch(logFailure)) }
}

/** The environment is the same object for as long as an isolate lives, so what depends on it alone is made once. */
function lastingDeps(env: Env): Lasting {
  const known = LASTING.get(env)
  if (known) return known
  const config = readConfig(env)
  const lasting: Lasting = {
    config,
    db: openDatabase(env.DB),
    nearest: () => openNearest(env.DB),
    revocations: env.REVOCATIONS,
    // The generated type of the binding does not name the class.
    ledger: connectLedger(env.LEDGER as DurableObjectNamespace<RevocationLedger>, config),
    isolate,
    fetchUpstream: (input, init) => fetch(input, init),
    service: (name) => findService(env, name),
    tries: env.TRIES ?? null,
    signInTries: env.SIGN_IN ?? null,
    assetVersion: env.CF_VERSION_METADATA?.id ?? 'dev',
    clock: Date.now,
    random: (count) => crypto.getRandomValues(new Uint8Array(count)),
    deadline: withDeadline,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  }
  LASTING.set(env, lasting)
  return lasting
}

/** Only what is bound for the operator's own use: our own stores answer `fetch` to nobody. */
function findService(env: Env, name: string): Fetcher | null {
  if (OWN_BINDINGS.has(name) || !Object.hasOwn(env, name)) return null
  const binding: unknown = Reflect.get(env, name)
  return isFetcher(binding) ? binding : null
}

const isFetcher = (binding: unknown): binding is Fetcher =>
  typeof binding === 'object' && binding !== null && 'fetch' in binding && typeof binding.fetch === 'function'

const OWN_BINDINGS = new Set(['DB', 'REVOCATIONS', 'LEDGER', 'ASSETS', 'TRIES', 'SIGN_IN'])

const LASTING = new WeakMap<Env, Lasting>()

function logFailure(error: unknown): void {
  console.error('background work failed', error)
}
