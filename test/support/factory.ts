// Test data, so that a test shows only what matters to it. Everything is stored by the real services.
import { env } from 'cloudflare:workers'
import { readConfig } from '../../src/config.ts'
import { BEARER, type Caller, ROOT, type Role } from '../../src/core/actor.ts'
import type { AuditEvent } from '../../src/core/audit.ts'
import type { Environment, Project } from '../../src/core/environment.ts'
import type { VerificationRecord } from '../../src/core/policy.ts'
import { Isolate } from '../../src/edge/isolate.ts'
import { RevocationLedger } from '../../src/edge/ledger.ts'
import { connectLedger, type LedgerClient } from '../../src/edge/ledger-client.ts'
import type { CachedRecord } from '../../src/edge/record-cache.ts'
import { readAuditLog } from '../../src/service/audit-log.ts'
import type { Deps } from '../../src/service/deps.ts'
import { createEnvironment, type NewEnvironment } from '../../src/service/environments.ts'
import { createKey, type NewKey } from '../../src/service/keys.ts'
import { createManagementKey } from '../../src/service/management-keys.ts'
import { createProject } from '../../src/service/projects.ts'
import { type VerifyInput, verify } from '../../src/service/verify.ts'
import type { AuditFilter } from '../../src/store/audit-events.ts'
import { openDatabase } from '../../src/store/database.ts'
import { withDeadline } from '../../src/store/deadline.ts'
import type { Page, PageRequest } from '../../src/store/page.ts'

/** 2026-11-21T12:00:00.000Z, when tests happen unless they say otherwise. */
export const NOON = 1_795_262_400_000

/** The newest hundred. */
export const FIRST_PAGE = { limit: 100, cursor: null }

export type TestDeps = Deps & {
  /** Moves the clock; everything made with these deps sees it. */
  setTime(at: number): void
  /** Waits for the work that was left behind an answer. Gives what failed in it, which harms nobody. */
  settled(): Promise<unknown[]>
}

/** Deps over the real local D1 and KV, with a clock that stands still until moved. */
export function testDeps({
  at = NOON,
  db = env.DB,
  kv = env.REVOCATIONS,
  ledger,
  services = {},
}: {
  at?: number
  db?: D1Database
  kv?: KVNamespace
  ledger?: LedgerClient
  services?: Record<string, Fetcher>
} = {}): TestDeps {
  let now = at
  const background: Promise<unknown>[] = []
  const failures: unknown[] = []
  const config = readConfig(env)
  const clock = () => now
  return {
    config,
    db: openDatabase(db),
    nearest: () => openDatabase(db),
    revocations: kv,
    ledger: ledger ?? ledgerAt(clock),
    isolate: new Isolate(),
    fetchUpstream: (input, init) => fetch(input, init),
    service: (name) => services[name] ?? null,
    tries: null,
    signInTries: null,
    assetVersion: 'test',
    clock,
    deadline: withDeadline,
    sleep: async (ms) => {
      now += ms
    },
    random: (count) => crypto.getRandomValues(new Uint8Array(count)),
    background: (work) => background.push(work.catch((error) => failures.push(error))),
    setTime: (moment) => {
      now = moment
    },
    settled: async () => {
      await Promise.all(background.splice(0))
      return failures.splice(0)
    },
  }
}

/** Where the real ledger runs. The generated type of the binding does not name the class. */
export const LEDGER = env.LEDGER as DurableObjectNamespace<RevocationLedger>

/** The real ledger, dating its changes by the given clock. */
export function ledgerAt(clock: () => number): LedgerClient {
  const real = connectLedger(LEDGER, { ledgerLocationHint: null })
  const dated = <A extends unknown[], R>(ask: (...args: A) => R) => {
    return (...args: A) => {
      RevocationLedger.clock = clock
      return ask(...args)
    }
  }
  return { ...real, sync: dated(real.sync), record: dated(real.record), entriesAfter: dated(real.entriesAfter) }
}

/** The same stores and the same clock, seen from an isolate that remembers nothing. */
export const anotherIsolate = (deps: TestDeps): TestDeps => ({ ...deps, isolate: new Isolate() })

export const aRecord = (given: Partial<VerificationRecord> = {}): VerificationRecord => ({
  keyId: 'key_1',
  name: 'billing',
  prefix: 'prefix',
  projectId: 'proj_1',
  environment: { id: 'env_1', name: 'Production', tag: 'production' },
  scopes: [],
  enabled: true,
  ownerId: null,
  metadata: {},
  expiresAt: null,
  secretExpiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
  ...given,
})

/** What an isolate may remember of a secret. */
export const aCachedRecord = (
  given: Partial<CachedRecord<VerificationRecord>> = {},
): CachedRecord<VerificationRecord> => ({
  id: 'hash',
  keyId: 'key_1',
  revision: 1,
  environmentId: 'env_1',
  environmentRevision: 1,
  issuedAt: NOON,
  issueRevision: 1,
  maxStalenessMs: 5000,
  graceSeconds: 0,
  revokedSince: null,
  record: aRecord(),
  bytes: 1000,
  ...given,
})

/** Asks about an API key as its bearer does, who may be tied to one environment. */
export const verifyKey = (deps: Deps, environmentId: string | null, input: VerifyInput) =>
  verify(deps, { ...BEARER, environmentId }, { ...input, kind: 'api_key' })

/** Asks about an access token as its bearer does. */
export const verifyAccessToken = (deps: Deps, environmentId: string | null, input: VerifyInput) =>
  verify(deps, { ...BEARER, environmentId }, { ...input, kind: 'access_token' })

/** Asks about a token of either kind. */
export const verifyAny = (deps: Deps, environmentId: string | null, input: VerifyInput) =>
  verify(deps, { ...BEARER, environmentId }, input)

/** A caller with the root key, or with a management key of the given role. */
export function aCaller({ role, environmentId = null }: { role?: Role; environmentId?: string | null } = {}): Caller {
  const actor = role ? ({ type: 'management_key', id: 'mk_test', name: 'test', role, environmentId } as const) : ROOT
  return { actor, requestId: 'test-request', address: '203.0.113.7' }
}

export const aProject = (deps: Deps, { name = 'Shop' } = {}): Promise<Project> =>
  createProject(deps, aCaller(), { name })

export async function anEnvironment(
  deps: Deps,
  input: Partial<NewEnvironment> & { project?: Project } = {},
): Promise<Environment> {
  const { project = await aProject(deps), ...rest } = input
  const rights = rest.scopes ? {} : { template: 'data-api' as const }
  return createEnvironment(deps, aCaller(), project.id, { name: 'Production', tag: 'production', ...rights, ...rest })
}

/** A key that is stored, with its token and its environment. */
export async function aStoredKey(deps: Deps, input: Partial<NewKey> & { environment?: Environment } = {}) {
  const { environment = await anEnvironment(deps), ...rest } = input
  const scopes = environment.scopes.filter(({ required }) => required).map(({ name }) => name)
  const created = await createKey(deps, aCaller(), environment.id, { name: 'billing', scopes, ...rest })
  return { ...created, environment }
}

/** A stored management key with its token; a verifier of every environment unless said otherwise. */
export const aManagementKey = (
  deps: Deps,
  {
    name = 'ci',
    role = 'verifier',
    environmentId = null,
  }: { name?: string; role?: Role; environmentId?: string | null } = {},
) => createManagementKey(deps, aCaller(), { name, role, environmentId })

/** What the audit log holds of a subject, oldest first. */
export async function eventsOf(deps: Deps, filter: AuditFilter): Promise<AuditEvent[]> {
  const { items } = await readAuditLog(deps, aCaller(), filter, FIRST_PAGE)
  return items.reverse()
}

/** Every item of a list in pages of `limit`. Fails when one comes twice, lest a broken cursor go round for ever. */
export async function everyPage<T extends { id: string }>(
  limit: number,
  list: (page: PageRequest) => Promise<Page<T>>,
): Promise<T[]> {
  const found = new Map<string, T>()
  for (let cursor: string | null = null, first = true; first || cursor; first = false) {
    const { items, nextCursor }: Page<T> = await list({ limit, cursor })
    if (items.length > limit) throw new Error(`a page of ${limit} holds ${items.length}`)
    for (const item of items) {
      if (found.has(item.id)) throw new Error(`${item.id} is on two pages`)
      found.set(item.id, item)
    }
    cursor = nextCursor
  }
  return [...found.values()]
}
