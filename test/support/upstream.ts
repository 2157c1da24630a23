// The front door as a stranger meets it: an environment with routes, a key, and an upstream that keeps what reached it.
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createFetch } from '../../src/app.ts'
import type { Environment } from '../../src/core/environment.ts'
import { DEFAULT_TIMEOUT_MS, type Route } from '../../src/core/route-table.ts'
import type { Deps } from '../../src/service/deps.ts'
import { editEnvironment } from '../../src/service/environments.ts'
import type { NewKey } from '../../src/service/keys.ts'
import { replaceRoutes } from '../../src/service/routes.ts'
import { type Answer, ORIGIN } from './client.ts'
import { aCaller, anEnvironment, aStoredKey, type TestDeps, testDeps } from './factory.ts'

const UPSTREAM_URL = 'https://upstream.test'

type Upstream = { seen: Request[]; fetch: typeof fetch }

/** An upstream that answers what it is told to, and keeps the requests it got. */
function anUpstream(
  answer: (request: Request) => Response | Promise<Response> = () => new Response('from upstream'),
): Upstream {
  const seen: Request[] = []
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(input, init)
    seen.push(request)
    return answer(request)
  }
  return { seen, fetch }
}

/** A route to the upstream of the test: every method and path under `/api`, for any live key, unless said otherwise. */
export const aRoute = (route: Partial<Route> = {}): Route => ({
  methods: ['*'],
  path: '/api/*',
  scopes: [],
  upstream: { url: UPSTREAM_URL },
  rerank: false,
  webSocket: false,
  timeoutMs: DEFAULT_TIMEOUT_MS,
  ...route,
})

export type Door = {
  deps: TestDeps
  environment: Environment
  key: { id: string; projectId: string }
  token: string
  upstream: Upstream
  /** Sends a request with the door's key, unless `init` says otherwise, into the isolate of `deps`. */
  ask(path: string, init?: Asked): Promise<Answer>
  /** The one request that the upstream got. */
  passed(): Request
  setRoutes(routes: Partial<Route>[]): Promise<void>
}

/** `headers` are sent besides the key; a `token` of null sends none. */
export type Asked = Omit<RequestInit, 'headers'> & {
  headers?: Record<string, string> | [string, string][]
  token?: string | null
}

type DoorInput = {
  routes?: Partial<Route>[]
  answer?: (request: Request) => Response | Promise<Response>
  browserOrigins?: string[]
  key?: Partial<NewKey>
  deps?: TestDeps
}

/** An environment with these routes, a key of it, and an upstream behind it. */
export async function aDoor({ routes = [{}], answer, browserOrigins, key: keyInput, deps: given }: DoorInput = {}) {
  const upstream = anUpstream(answer)
  const deps: TestDeps = { ...(given ?? testDeps()), fetchUpstream: upstream.fetch }
  const environment = await anEnvironment(deps)
  const setRoutes = async (table: Partial<Route>[]) => {
    await replaceRoutes(deps, aCaller(), environment.id, table.map(aRoute))
  }
  await setRoutes(routes)
  if (browserOrigins) await editEnvironment(deps, aCaller(), environment.id, { browserOrigins })
  const { key, token } = await aStoredKey(deps, { environment, ...keyInput })
  const door: Door = {
    deps,
    environment,
    key,
    token,
    upstream,
    ask: (path, init = {}) => askDoor(deps, path, { token, ...init }),
    passed: () => onlyOne(upstream.seen),
    setRoutes,
  }
  return door
}

/** The answer of an app with these deps. */
export async function askDoor(deps: Deps, path: string, asked: Asked = {}): Promise<Answer> {
  const response = await openDoor(deps, path, asked)
  const text = await response.text()
  const isProblem = response.headers.get('Content-Type') === 'application/problem+json'
  return {
    status: response.status,
    headers: response.headers,
    body: isProblem && text !== '' ? JSON.parse(text) : text,
  }
}

/** The same, as a response whose body is still to be read. */
export async function openDoor(
  deps: Deps,
  path: string,
  { token = null, headers = {}, ...init }: Asked,
): Promise<Response> {
  const sent = new Headers(token === null ? {} : { Authorization: `Bearer ${token}` })
  for (const [name, value] of Array.isArray(headers) ? headers : Object.entries(headers)) sent.append(name, value)
  const request = new Request(`${ORIGIN}${path}`, { ...init, headers: sent })
  return createFetch(() => deps)(request, env, createExecutionContext())
}

function onlyOne(seen: Request[]): Request {
  const [request, ...more] = seen
  if (request === undefined || more.length > 0) throw new Error(`the upstream got ${seen.length} requests`)
  return request
}
