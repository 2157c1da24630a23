// The cron trigger: finishes what failed when it was first tried, and makes signing keys before they are needed.
import { createDeps } from './deps.ts'
import { renewSigningKeys } from './service/signing-keys.ts'
import { sweep } from './service/sweep.ts'

export async function runCron(env: Env, ctx: ExecutionContext): Promise<void> {
  const deps = createDeps(env, ctx)
  deps.background(renewSigningKeys(deps))
  const { caughtUp, tombstones } = await sweep(deps)
  if (!caughtUp || tombstones.written + tombstones.failed > 0) console.log('swept', { caughtUp, ...tombstones })
}
