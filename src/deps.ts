// Makes what services are given, from the bindings and variables of the Worker.
import { readConfig } from './config.ts'
import { Isolate } from './edge/isolate.ts'
import type { RevocationLedger } from './edge/ledger.ts'
import { connectLedger } from './edge/ledger-client.ts'
import type { Deps } from './service/deps.ts'
import { openDatabase, openNearest } from './store/database.ts'
import { withDeadline } from './store/deadline.ts'

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

/** Only what is bound to be an upstream, by its name: a route must never reach a store of ours, nor a binding added later. */
function findService(env: Env, name: string): Fetcher | null {
  if (!UPSTREAM_BINDING.test(name) || !Object.hasOwn(env, name)) return null
  const binding: unknown = Reflect.get(env, name)
  return isFetcher(binding) ? binding : null
}

const isFetcher = (binding: unknown): binding is Fetcher =>
  typeof binding === 'object' && binding !== null && 'fetch' in binding && typeof binding.fetch === 'function'

const UPSTREAM_BINDING = /^UPSTREAM(_|$)/

const LASTING = new WeakMap<Env, Lasting>()

function logFailure(error: unknown): void {
  console.error('background work failed', error)
}
