// The bindings and variables that handlers find in the Hono context.
import type { Caller } from '../core/actor.ts'
import type { Deps } from '../service/deps.ts'

export type AppEnv = { Bindings: Env; Variables: { deps: Deps; caller: Caller; requestId: string } }
