// Sending an admitted request on to its upstream, and the answer back. Bodies stream both ways and are never held.
import { MAX_TIMEOUT_MS, type Route } from '../core/route-table.ts'
import { type Upstream, upstreamAddress } from '../core/upstream.ts'
import type { Deps } from '../deps.ts'
import { answerFrom } from './answer.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { HeaderRecord } from './upstream-headers.ts'
import type { Visit } from './visit.ts'

/** What of the request is not sent as it came. */
export type Onward = { route: Route; headers: HeaderRecord; search: string }

/** The upstream's answer; 502 when it cannot be had, 504 when it does not begin in time. Redirects are passed through. */
export async function forward(visit: Visit, { route, headers, search }: Onward): Promise<Response> {
  const target = targetOf(visit, route.upstream, search)
  if ('code' in target) return refuse(visit, target)

  const { method, signal } = visit.request
  const { body, sent } = onItsWay(visit.request)
  // The upstream's time begins when it has the whole request, however slowly the client sends it.
  const late = async () => {
    if (sent !== null) await Promise.race([sent, scheduler.wait(MAX_TIMEOUT_MS)])
    await scheduler.wait(route.timeoutMs)
  }
  try {
    // What is still under way when the client has its answer, the platform ends.
    const asked = target.fetch(target.url, { method, headers, body, signal, redirect: 'manual' })
    const answer = await Promise.race([asked, late()])
    return answer === undefined ? refuse(visit, TOO_SLOW) : answerFrom(answer, visit.requestId)
  } catch (error) {
    console.warn('the upstream could not be asked', { requestId: visit.requestId }, error)
    return refuse(visit, UNREACHABLE)
  }
}

export const takesNoBody = ({ method }: Request) => method === 'GET' || method === 'HEAD'

/** The body that is sent, and when the upstream has taken all of it; null where there is none. */
function onItsWay(request: Request) {
  const { body } = request
  if (body === null || takesNoBody(request)) return { body: null, sent: null }
  const length = request.headers.get('Content-Length')
  const { readable, writable } = length === null ? new IdentityTransformStream() : new FixedLengthStream(Number(length))
  return { body: readable, sent: body.pipeTo(writable).catch(() => {}) }
}

type Target = { url: string; fetch: Deps['fetchUpstream'] }

function targetOf({ url, deps }: Visit, upstream: Upstream | null, search: string): Target | Refusal {
  if (upstream === null) return NO_UPSTREAM
  if ('url' in upstream) return { url: upstreamAddress(upstream.url, url, search), fetch: deps.fetchUpstream }
  const service = deps.service(upstream.service)
  if (service === null) return NO_SERVICE
  return { url: upstreamAddress(url.origin, url, search), fetch: (address, request) => service.fetch(address, request) }
}

const NO_UPSTREAM: Refusal = { code: 'bad_gateway', detail: 'The route has no upstream yet.' }
const NO_SERVICE: Refusal = { code: 'bad_gateway', detail: 'The service binding of the route is not there any more.' }
const UNREACHABLE: Refusal = { code: 'bad_gateway', detail: 'The upstream could not be reached.' }
const TOO_SLOW: Refusal = { code: 'gateway_timeout', detail: 'The upstream did not begin to answer in time.' }
