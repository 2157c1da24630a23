// The Worker's entry points. Wiring only.
import { createApp } from './app.ts'
import { runCron } from './cron.ts'

export { RevocationLedger } from './edge/ledger.ts'
export { KeyVerifier } from './rpc.ts'

const app = createApp()

export default {
  fetch: app.fetch,
  scheduled: (_controller, env, ctx) => runCron(env, ctx),
} satisfies ExportedHandler<Env>
