// Sending an admitted request on to its upstream, and the answer back. Bodies stream both ways and are never held.
import type { Context } from 'hono'
import { proxy } from 'hono/proxy'
import type { Route } from '../core/route-table.ts'
import { type Upstream, upstreamAddress } from '../core/upstream.ts'
import type { AppEnv } from '../http/app-env.ts'
import { answerHeaders } from './answer-headers.ts'
import { type Refusal, refuse } from './refusal.ts'

/** The request as the upstream is to get it; its body and what aborts it are those of the client's request. */
export type Onward = { route: Route; headers: Headers; pathname: string; search: string }

/** The upstream's answer; 502 when it cannot be had, 504 when it does not begin in time. Redirects are passed through. */
export async function forward(c: Context<AppEnv>, onward: Onward): Promise<Response> {
  const { route } = onward
  const target = targetOf(c, route.upstream, onward)
  if ('refusal' in target) return refuse(c, target.refusal)

  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(), route.timeoutMs)
  const { method, body, signal } = c.req.raw
  const request = { method, body, headers: onward.headers, redirect: 'manual' } as const
  try {
    const answer = await ask(target, { ...request, signal: AbortSignal.any([signal, timeout.signal]) })
    return answer.webSocket ? answer : answerHeaders(answer, c.var.requestId)
  } catch (error) {
    if (timeout.signal.aborted) return refuse(c, TOO_SLOW)
    console.warn('the upstream could not be asked', { requestId: c.var.requestId }, error)
    return refuse(c, UNREACHABLE)
  } finally {
    clearTimeout(timer)
  }
}

type Target = { url: string; fetch: (request: Request) => Promise<Response> }

function targetOf(c: Context<AppEnv>, upstream: Upstream | null, onward: Onward): Target | { refusal: Refusal } {
  if (upstream === null) return { refusal: NO_UPSTREAM }
  if ('url' in upstream) return { url: upstreamAddress(upstream.url, onward), fetch: c.var.deps.fetchUpstream }
  const service = c.var.deps.service(upstream.service)
  if (service === null) return { refusal: NO_SERVICE }
  return { url: upstreamAddress(new URL(c.req.url).origin, onward), fetch: (request) => service.fetch(request) }
}

/** A WebSocket's two ends meet in the answer, so nothing may be made of that anew. */
async function ask({ url, fetch }: Target, request: RequestInit & { headers: Headers }): Promise<Response> {
  if (!request.headers.has('Upgrade')) return proxy(url, { ...request, customFetch: fetch })
  const answer = await fetch(new Request(url, request))
  return answer.webSocket ? answer : new Response(answer.body, answer)
}

const NO_UPSTREAM: Refusal = { code: 'bad_gateway', detail: 'The route has no upstream yet.' }
const NO_SERVICE: Refusal = { code: 'bad_gateway', detail: 'The service binding of the route is not there any more.' }
const UNREACHABLE: Refusal = { code: 'bad_gateway', detail: 'The upstream could not be reached.' }
const TOO_SLOW: Refusal = { code: 'gateway_timeout', detail: 'The upstream did not begin to answer in time.' }
