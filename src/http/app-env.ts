// What handlers find on the Hono context, and nothing else.
import type { Caller } from '../core/actor.ts'
import type { Deps } from '../service/deps.ts'

export type AppEnv = { Bindings: Env; Variables: { deps: Deps; caller: Caller; requestId: string } }
