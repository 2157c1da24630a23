// The cron trigger: finishes what failed when it was first tried.
import { createDeps } from './deps.ts'
import { sweep } from './service/sweep.ts'

export async function runCron(env: Env, ctx: ExecutionContext): Promise<void> {
  const { caughtUp, tombstones } = await sweep(createDeps(env, ctx))
  if (!caughtUp || tombstones.written + tombstones.failed > 0) console.log('swept', { caughtUp, ...tombstones })
}
