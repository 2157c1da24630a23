// Sending an allowed request to its upstream and the response back. Bodies are streamed both ways, never buffered.
import { MAX_TIMEOUT_MS, type Route } from '../core/route-table.ts'
import { buildUpstreamUrl, type Upstream } from '../core/upstream.ts'
import type { Deps } from '../service/deps.ts'
import { toClientResponse } from './client-response.ts'
import type { ProxiedRequest } from './proxied-request.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { HeaderRecord } from './upstream-headers.ts'

/** The parts of the request that are changed before it is sent. */
export type ForwardedParts = { route: Route; headers: HeaderRecord; search: string }

/** The upstream's response; 502 if it cannot be reached, 504 if it does not begin in time. Redirects are passed through. */
export async function forward(proxied: ProxiedRequest, { route, headers, search }: ForwardedParts): Promise<Response> {
  const target = findTarget(proxied, route.upstream, search)
  if ('code' in target) return refuse(proxied, target)

  const { method, signal } = proxied.request
  const { body, sent } = streamBody(proxied.request)
  // The time limit begins when the upstream has the whole request: a slow client is not the upstream's fault.
  const late = async () => {
    if (sent !== null) await Promise.race([sent, scheduler.wait(MAX_TIMEOUT_MS)])
    await scheduler.wait(route.timeoutMs)
  }
  try {
    // A request that is still running when the client has its response is ended by the platform.
    const asked = target.fetch(target.url, { method, headers, body, signal, redirect: 'manual' })
    const answer = await Promise.race([asked, late()])
    return answer === undefined ? refuse(proxied, TOO_SLOW) : toClientResponse(answer, proxied.requestId)
  } catch (error) {
    console.warn('the upstream could not be asked', { requestId: proxied.requestId }, error)
    return refuse(proxied, UNREACHABLE)
  }
}

export const isBodyless = ({ method }: Request) => method === 'GET' || method === 'HEAD'

/** The body to send, and a promise of when the upstream has read it all; null where there is none. */
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
