// keyward/client/node: a guard for Express, Connect and node:http. What comes after it runs only for a verified key.
import { createGuard, type Decision } from './guard.ts'
import type { FromContext as FromAnyContext, GuardOptions } from './guard-options.ts'
import type { ValidKey } from './verdict.ts'

declare global {
  // The types of Express are extended through this namespace and in no other way.
  namespace Express {
    interface Request {
      /** The verdict on the key that was sent; only behind `requireKey`. */
      key?: ValidKey
    }
  }
}

/** The part of http.IncomingMessage that is read, so that the types of this package need none of Node. */
export type NodeRequest = {
  rawHeaders: string[]
  headers: Record<string, string | string[] | undefined>
  key?: ValidKey
}

/** The part of http.ServerResponse that is used. */
export type NodeResponse = {
  headersSent: boolean
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body?: string): unknown
}

/** A value, or a function that finds it in the request. */
export type FromRequest<Value> = FromAnyContext<Value, NodeRequest>

/** Verdicts come from `url` and `managementKey`, a `verifier`, or in a Worker with `nodejs_compat` from a `binding`. */
export type RequireKeyOptions = GuardOptions<NodeRequest>

export type NodeMiddleware = (
  request: NodeRequest,
  response: NodeResponse,
  next: (error?: unknown) => unknown,
) => Promise<void>

/**
 * Calls `next` only for a request with a valid key that holds all of `scopes`, with the verdict as `request.key`, and
 * answers every other request itself:
 * 400 for two tokens, 401 for none or a refused one, 403 for a missing scope, 503 when there is no verdict.
 * @throws {KeywardConfigError} for invalid options
 */
export function requireKey(options: RequireKeyOptions = {}): NodeMiddleware {
  const guard = createGuard(options, undefined)

  return async function requireKeyGuard(request, response, next) {
    const decision = await guard(readCredentials(request), request)
    if (decision.refusal) return refuse(response, decision.refusal)
    VERIFIED.set(request, decision.key)
    request.key = decision.key
    // Awaited, so that an error of an async handler reaches whoever called this middleware.
    await next()
  }
}

/**
 * The verdict on the key of a guarded request, where `request.key` has no type or may have been overwritten.
 * @throws for a request that no guard has let through
 */
export function keyOf(request: object): ValidKey {
  const key = VERIFIED.get(request)
  if (key === undefined) throw new Error('keyward: this route has no requireKey() before it')
  return key
}

/**
 * The headers that may hold a token. `request.headers` keeps only the first of two Authorization headers, so that two would
 * pass for one: `rawHeaders` has them all. Only a request that is made by hand has no raw ones.
 */
function readCredentials(request: NodeRequest): Headers {
  const { rawHeaders, headers } = request
  const found = new Headers()
  const add = (name: string, value: string) => {
    // Headers throws for what no header may hold; in a token such a character is as wrong.
    if (CREDENTIALS.has(name.toLowerCase())) found.append(name, value.replace(NO_HEADER_HOLDS, '\xff'))
  }
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) add(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  if (rawHeaders.length > 0) return found
  for (const [name, values] of Object.entries(headers)) {
    for (const value of [values ?? []].flat()) add(name, value)
  }
  return found
}

function refuse(response: NodeResponse, { status, headers, body }: NonNullable<Decision['refusal']>): void {
  if (!response.headersSent) {
    response.statusCode = status
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  }
  response.end(response.headersSent ? undefined : body)
}

const NO_HEADER_HOLDS = /[^\t\x20-\xff]/g
const VERIFIED = new WeakMap<object, ValidKey>()
const CREDENTIALS = new Set(['authorization', 'x-api-key'])
