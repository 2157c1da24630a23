// The route table of an environment: which requests the front door lets through, with which scopes, to which upstream.
// Paths are matched segment by segment. Regular expressions are not supported, because one could take exponential time.
import type { TemplateName } from './scope.ts'
import type { Upstream } from './upstream.ts'

export type Route = {
  /** Upper case; `*` is every method. `GET` matches `HEAD` as well. */
  methods: readonly string[]
  /** `/api/items/:id` or `/api/rest/*`, as in Hono. A `*` at the end matches any number of segments, also none. */
  path: string
  /** The key must hold all of them. */
  scopes: readonly string[]
  /** Null until it is set; the front door then answers 502. */
  upstream: Upstream | null
  /** Whether the environment's rerank controls are applied. */
  rerank: boolean
  /** Whether a request may become a WebSocket. */
  webSocket: boolean
  /** How long the upstream may take to begin its answer. */
  timeoutMs: number
}

export const MAX_ROUTES = 200
export const DEFAULT_TIMEOUT_MS = 30_000
export const MAX_TIMEOUT_MS = 600_000
export const METHOD_PATTERN = /^(\*|[A-Z]{1,20})$/
/** Whether the text names one method. */
export const isMethod = (text: string) => METHOD_PATTERN.test(text) && text !== '*'

/** Refused, because CONNECT opens a tunnel and TRACE sends the request's headers back, with the token in them. */
export const REFUSED_METHODS: readonly string[] = ['CONNECT', 'TRACE']

type Compiled = { route: Route; segments: readonly string[]; lowered: readonly string[] }

/** Routes in the order in which they are tried: the most specific path first, a named method before `*`. */
export type RouteTable = readonly Compiled[]

/** What the front door reads of an environment: its routes, and the origins of web pages that may send its keys. */
export type RouteSettings = { routes: RouteTable; browserOrigins: readonly string[] }

export function compileRoutes(routes: readonly Route[]): RouteTable {
  return routes
    .map((route) => {
      const segments = segmentsOf(route.path)
      return { route, segments, lowered: segments.map((segment) => segment.toLowerCase()) }
    })
    .sort(bySpecificity)
}

/**
 * The most specific route for a request; null when there is none. Also null where the path differs from that route only
 * by case, although a less specific route may match: for some upstreams both are the same resource, and the less
 * specific route may ask for fewer scopes.
 */
export function findRoute(table: RouteTable, method: string, path: readonly string[]): Route | null {
  if (REFUSED_METHODS.includes(method)) return null
  const lowerPath = path.map((segment) => segment.toLowerCase())
  for (const { route, segments, lowered } of table) {
    if (hasMethod(route, method) && matches(lowered, lowerPath)) return matches(segments, path) ? route : null
  }
  return null
}

/** What is wrong with a path pattern; null when nothing is. */
export function findPatternFault(pattern: string): string | null {
  if (!pattern.startsWith('/api/')) return 'must begin with /api/'
  if (pattern.length > MAX_PATTERN_LENGTH) return `must be at most ${MAX_PATTERN_LENGTH} characters`
  const segments = segmentsOf(pattern)
  const names = segments.filter((segment) => segment.startsWith(':'))
  if (new Set(names).size < names.length) return 'must not name a parameter twice'
  return segments.map(findSegmentFault).find((fault) => fault !== null) ?? null
}

/** The index of an earlier route with an equivalent path and one of the same methods; -1 when there is none. */
export function findConflictingRoute(routes: readonly Route[], index: number): number {
  const own = routes[index]
  if (own === undefined) return -1
  return routes
    .slice(0, index)
    .findIndex(
      ({ path, methods }) =>
        shapeOf(path) === shapeOf(own.path) && methods.some((method) => own.methods.includes(method)),
    )
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  const open = pattern.at(-1) === '*'
  const fixed = open ? pattern.length - 1 : pattern.length
  if (open ? path.length < fixed : path.length !== fixed) return false
  for (let at = 0; at < fixed; at += 1) {
    const segment = pattern[at] ?? ''
    if (!isFree(segment) && segment !== path[at]) return false
  }
  return true
}

const hasMethod = ({ methods }: Route, method: string): boolean =>
  methods.includes(method) || methods.includes('*') || (method === 'HEAD' && methods.includes('GET'))

/** Sorts by the first segment that differs in kind; then named methods before `*`, and `HEAD` before `GET`. */
function bySpecificity(left: Compiled, right: Compiled): number {
  const length = Math.max(left.segments.length, right.segments.length)
  for (let at = 0; at < length; at += 1) {
    const difference = rank(right.segments, at) - rank(left.segments, at)
    if (difference !== 0) return difference
  }
  const named = Number(left.route.methods.includes('*')) - Number(right.route.methods.includes('*'))
  return named || Number(right.route.methods.includes('HEAD')) - Number(left.route.methods.includes('HEAD'))
}

/** How specific a segment is: a literal, then a parameter, then the end of the path, then a `*` at the end. */
function rank(segments: readonly string[], at: number): number {
  const segment = segments[at]
  if (segment === undefined) return 1
  if (segment === '*' && at === segments.length - 1) return 0
  return isFree(segment) ? 2 : 3
}

const isFree = (segment: string) => segment === '*' || segment.startsWith(':')

const shapeOf = (path: string) =>
  segmentsOf(path)
    .map((segment, at, all) => (isFree(segment) && !(segment === '*' && at === all.length - 1) ? ':' : segment))
    .join('/')

const segmentsOf = (path: string): string[] => path.slice(1).split('/')

function findSegmentFault(segment: string): string | null {
  if (segment === '') return 'must not have empty segments or a slash at the end'
  if (segment === '.' || segment === '..') return 'must not have dot segments'
  if (segment === '*' || PARAMETER.test(segment) || LITERAL.test(segment)) return null
  return 'must be made of literal segments, parameters such as :id, and *; regular expressions and encodings are not supported'
}

const MAX_PATTERN_LENGTH = 512
const PARAMETER = /^:[A-Za-z_][A-Za-z0-9_]{0,31}$/
const LITERAL = /^[A-Za-z0-9._~!$&'()+,=@-][A-Za-z0-9._~!$&'()+,=@:-]*$/

const createRoute = (methods: string[], path: string, scopes: string[], rerank = false): Route => ({
  methods,
  path,
  scopes,
  upstream: null,
  rerank,
  webSocket: false,
  timeoutMs: DEFAULT_TIMEOUT_MS,
})

/** The routes of an environment that is made from a template. Their upstreams are still to be set. */
export const TEMPLATE_ROUTES: Record<TemplateName, readonly Route[]> = {
  recommendations: [
    createRoute(['GET'], '/api/recommendations', ['recommendations'], true),
    createRoute(['POST'], '/api/events', ['events']),
    createRoute(['POST'], '/api/items', ['items']),
    createRoute(['PATCH'], '/api/items/:id', ['items']),
    createRoute(['DELETE'], '/api/items', ['items']),
    createRoute(['DELETE'], '/api/items/:id', ['items']),
    // NeuronSearchLab's SDK appends /v1 to its base URL, and changes an item by POST.
    createRoute(['GET'], '/api/v1/recommendations', ['recommendations'], true),
    createRoute(['POST'], '/api/v1/search', ['recommendations'], true),
    createRoute(['POST'], '/api/v1/events', ['events']),
    createRoute(['POST'], '/api/v1/items', ['items']),
    createRoute(['POST', 'PATCH', 'DELETE'], '/api/v1/items/:id', ['items']),
  ],
  'data-api': [
    createRoute(['GET'], '/api/rest/*', ['read']),
    createRoute(['*'], '/api/rest/*', ['write']),
    createRoute(['*'], '/api/custom/*', ['read', 'write']),
  ],
}
