// Sending an admitted request on to its upstream, and the answer back. Bodies stream both ways and are never held.
import type { Context } from 'hono'
import { proxy } from 'hono/proxy'
import { MAX_TIMEOUT_MS, type Route } from '../core/route-table.ts'
import { type Upstream, upstreamAddress } from '../core/upstream.ts'
import type { AppEnv } from '../http/app-env.ts'
import { answerHeaders } from './answer-headers.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { HeaderList } from './upstream-headers.ts'

/** The request as the upstream is to get it: `url` is where it was sent, and its body and what aborts it are its own. */
export type Onward = { route: Route; headers: HeaderList; upgrades: boolean; url: URL; search: string }

/** The upstream's answer; 502 when it cannot be had, 504 when it does not begin in time. Redirects are passed through. */
export async function forward(c: Context<AppEnv>, onward: Onward): Promise<Response> {
  const { route } = onward
  const target = targetOf(c, route.upstream, onward)
  if ('refusal' in target) return refuse(c, target.refusal)

  const { method, headers, signal } = c.req.raw
  const { body, sent } = onItsWay(c.req.raw.body, headers.get('Content-Length'))
  // The upstream's time begins when it has the whole request, however slowly the client sends it.
  const late = async () => {
    await Promise.race([sent, scheduler.wait(MAX_TIMEOUT_MS)])
    await scheduler.wait(route.timeoutMs)
  }
  const request = { method, body, signal, headers: onward.headers, redirect: 'manual' } as const
  try {
    // What is still under way when the client has its answer, the platform ends.
    const answer = await Promise.race([ask(target, request, onward), late()])
    if (answer === undefined) return refuse(c, TOO_SLOW)
    return answer.webSocket ? answer : answerHeaders(answer, c.var.requestId)
  } catch (error) {
    console.warn('the upstream could not be asked', { requestId: c.var.requestId }, error)
    return refuse(c, UNREACHABLE)
  }
}

/** The same body, and when the upstream has taken all of it. */
function onItsWay(body: ReadableStream | null, length: string | null) {
  if (body === null) return { body, sent: Promise.resolve() }
  const { readable, writable } = length === null ? new IdentityTransformStream() : new FixedLengthStream(Number(length))
  return { body: readable, sent: body.pipeTo(writable).catch(() => {}) }
}

type Target = { url: string; fetch: (request: Request) => Promise<Response> }

function targetOf(c: Context<AppEnv>, upstream: Upstream | null, onward: Onward): Target | { refusal: Refusal } {
  if (upstream === null) return { refusal: NO_UPSTREAM }
  if ('url' in upstream)
    return { url: upstreamAddress(upstream.url, onward.url, onward.search), fetch: c.var.deps.fetchUpstream }
  const service = c.var.deps.service(upstream.service)
  if (service === null) return { refusal: NO_SERVICE }
  return {
    url: upstreamAddress(onward.url.origin, onward.url, onward.search),
    fetch: (request) => service.fetch(request),
  }
}

/** A WebSocket's two ends meet in the answer, so nothing may be made of that anew. */
async function ask(target: Target, request: RequestInit, { upgrades }: Onward): Promise<Response> {
  if (!upgrades) return pass(target, request)
  const answer = await target.fetch(new Request(target.url, request))
  return answer.webSocket ? answer : new Response(answer.body, answer)
}

/** `proxy` takes every encoded answer for decoded, but the runtime decodes no more than it asked for. */
async function pass({ url, fetch }: Target, request: RequestInit): Promise<Response> {
  let encoding: string | null = null
  const customFetch = async (asked: Request) => {
    const heard = await fetch(asked)
    encoding = heard.headers.get('Content-Encoding')
    return heard
  }
  const answer = await proxy(url, { ...request, customFetch })
  if (encoding !== null && !DECODED.includes(encoding)) answer.headers.set('Content-Encoding', encoding)
  return answer
}

const DECODED: readonly string[] = ['gzip', 'br']

const NO_UPSTREAM: Refusal = { code: 'bad_gateway', detail: 'The route has no upstream yet.' }
const NO_SERVICE: Refusal = { code: 'bad_gateway', detail: 'The service binding of the route is not there any more.' }
const UNREACHABLE: Refusal = { code: 'bad_gateway', detail: 'The upstream could not be reached.' }
const TOO_SLOW: Refusal = { code: 'gateway_timeout', detail: 'The upstream did not begin to answer in time.' }
