// The Worker's entry points. Wiring only.
import { createFetch } from './app.ts'
import { runCron } from './cron.ts'

export { RevocationLedger } from './edge/ledger.ts'
export { KeyVerifier } from './rpc.ts'

export default {
  fetch: createFetch(),
  scheduled: (_controller, env, ctx) => runCron(env, ctx),
} satisfies ExportedHandler<Env>
