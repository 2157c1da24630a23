// The cron trigger: writes what requests could not write, and creates signing keys before they are needed.
import { createDeps } from './deps.ts'
import { renewSigningKeys } from './service/signing-keys.ts'
import { sweep } from './service/sweep.ts'

export async function runCron(env: Env, ctx: ExecutionContext): Promise<void> {
  const deps = createDeps(env, ctx)
  deps.background(renewSigningKeys(deps))
  const { caughtUp, tombstones } = await sweep(deps)
  if (!caughtUp || tombstones.written + tombstones.failed > 0) console.log('swept', { caughtUp, ...tombstones })
}
