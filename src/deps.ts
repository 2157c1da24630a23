// What services are given. Stores are the real bindings; only time, chance and background work are ports.
import { type Config, readConfig } from './config.ts'
import type { Background, Clock, RandomBytes } from './core/ports.ts'
import { type Database, openDatabase } from './store/database.ts'

export type Deps = {
  config: Config
  db: Database
  revocations: KVNamespace
  clock: Clock
  random: RandomBytes
  background: Background
}

/** @throws {ConfigError} */
export function createDeps(env: Env, ctx: Pick<ExecutionContext, 'waitUntil'>): Deps {
  return {
    config: readConfig(env),
    db: openDatabase(env.DB),
    revocations: env.REVOCATIONS,
    clock: Date.now,
    random: (count) => crypto.getRandomValues(new Uint8Array(count)),
    background: (work) => ctx.waitUntil(work.catch(logFailure)),
  }
}

function logFailure(error: unknown): void {
  console.error('background work failed', error)
}
