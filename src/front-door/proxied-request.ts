// One request at the front door, and what answering it takes. Not a Hono context: making one costs as much as reading the
// request's headers, and a request that is passed on uses nothing else of it.
import type { Deps } from '../service/deps.ts'

export type ProxiedRequest = { request: Request; url: URL; requestId: string; deps: Deps }
