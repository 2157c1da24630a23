// The cron sweep: finishes what failed when it was first tried.
import { createDeps } from './deps.ts'
import { sweep } from './service/sweep.ts'

export async function runCron(env: Env, ctx: ExecutionContext): Promise<void> {
  const { written, failed } = await sweep(createDeps(env, ctx))
  if (written + failed > 0) console.log('tombstones swept', { written, failed })
}
