// Sending an admitted request on to its upstream, and the answer back. Bodies stream both ways and are never held.
import { MAX_TIMEOUT_MS, type Route } from '../core/route-table.ts'
import { buildUpstreamUrl, type Upstream } from '../core/upstream.ts'
import type { Deps } from '../deps.ts'
import { toClientResponse } from './client-response.ts'
import type { ProxiedRequest } from './proxied-request.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { HeaderRecord } from './upstream-headers.ts'

/** What of the request is not sent as it came. */
export type ForwardedParts = { route: Route; headers: HeaderRecord; search: string }

/** The upstream's answer; 502 when it cannot be had, 504 when it does not begin in time. Redirects are passed through. */
export async function forward(proxied: ProxiedRequest, { route, headers, search }: ForwardedParts): Promise<Response> {
  const target = findTarget(proxied, route.upstream, search)
  if ('code' in target) return refuse(proxied, target)

  const { method, signal } = proxied.request
  const { body, sent } = streamBody(proxied.request)
  // The upstream's time begins when it has the whole request, however slowly the client sends it.
  const late = async () => {
    if (sent !== null) await Promise.race([sent, scheduler.wait(MAX_TIMEOUT_MS)])
    await scheduler.wait(route.timeoutMs)
  }
  try {
    // What is still under way when the client has its answer, the platform ends.
    const asked = target.fetch(target.url, { method, headers, body, signal, redirect: 'manual' })
    const answer = await Promise.race([asked, late()])
    return answer === undefined ? refuse(proxied, TOO_SLOW) : toClientResponse(answer, proxied.requestId)
  } catch (error) {
    console.warn('the upstream could not be asked', { requestId: proxied.requestId }, error)
    return refuse(proxied, UNREACHABLE)
  }
}

export const isBodyless = ({ method }: Request) => method === 'GET' || method === 'HEAD'

/** The body that is sent, and when the upstream has taken all of it; null where there is none. */
function streamBody(request: Request) {
  const { body } = request
  if (body === null || isBodyless(request)) return { body: null, sent: null }
  const length = request.headers.get('Content-Length')
  const { readable, writable } = length === null ? new IdentityTransformStream() : new FixedLengthStream(Number(length))
  return { body: readable, sent: body.pipeTo(writable).catch(() => {}) }
}

type Target = { url: string; fetch: Deps['fetchUpstream'] }

function findTarget({ url, deps }: ProxiedRequest, upstream: Upstream | null, search: string): Target | Refusal {
  if (upstream === null) return NO_UPSTREAM
  if ('url' in upstream) return { url: buildUpstreamUrl(upstream.url, url, search), fetch: deps.fetchUpstream }
  const service = deps.service(upstream.service)
  if (service === null) return NO_SERVICE
  return {
    url: buildUpstreamUrl(url.origin, url, search),
    fetch: (address, request) => service.fetch(address, request),
  }
}

const NO_UPSTREAM: Refusal = { code: 'bad_gateway', detail: 'The route has no upstream yet.' }
const NO_SERVICE: Refusal = { code: 'bad_gateway', detail: 'The service binding of the route is not there any more.' }
const UNREACHABLE: Refusal = { code: 'bad_gateway', detail: 'The upstream could not be reached.' }
const TOO_SLOW: Refusal = { code: 'gateway_timeout', detail: 'The upstream did not begin to answer in time.' }
