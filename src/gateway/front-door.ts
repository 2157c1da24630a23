// `/api/*` and `/core/*`: an API guarded by scope. Read this first: each step either goes on or says no.
import { readRequestPath } from '../core/request-path.ts'
import { CONTEXT_ID_PATTERN } from '../core/rerank.ts'
import type { Route } from '../core/route-table.ts'
import type { Allowance } from '../core/verdict.ts'
import { readCredential } from '../http/credential.ts'
import { admit, isKnownOrigin } from '../service/front-door.ts'
import { rerankFor } from '../service/rerank.ts'
import { answerPreflight, isPreflight, pageOf, readableBy } from './browsers.ts'
import { forward, takesNoBody } from './forward.ts'
import { CONTEXT, parametersOf, rerankQuestion, searchOf, withoutToken, withRerank } from './query.ts'
import { CREDENTIAL_REFUSALS, FROM_A_BROWSER, type Refusal, refusalOf, refuse } from './refusal.ts'
import { isLoop, upstreamHeaders } from './upstream-headers.ts'
import type { Visit } from './visit.ts'

/** `/api` is for API keys and reranks as the operator says; `/core`, for access tokens, leaves that to the client. */
export type Door = { kind: Allowance['kind']; reranks: boolean }

export async function frontDoor(visit: Visit, door: Door): Promise<Response> {
  const { request, url } = visit
  if (isLoop(request.headers)) return refuse(visit, LOOP)
  if (isPreflight(request)) return answerPreflight(visit)

  const page = pageOf(request.headers, url.origin)
  const passed = await letThrough(visit, door, page)
  if (!('code' in passed)) return page === null ? passed.answer : readableBy(page, passed.answer)
  return page === null ? refuse(visit, passed) : refusePage(visit, page, passed)
}

async function letThrough(visit: Visit, door: Door, page: string | null): Promise<{ answer: Response } | Refusal> {
  const { request, url, deps } = visit
  const credential = readCredential(request.headers)
  if (credential.state !== 'given') return CREDENTIAL_REFUSALS[credential.state]
  if (door.kind === 'access_token' && credential.by !== 'bearer') return CREDENTIAL_REFUSALS.malformed

  const { token } = credential
  const path = readRequestPath(url.pathname)
  if ('fault' in path) return { code: 'invalid_request', detail: `The path ${path.fault}.`, path: 'path' }
  if (path.segments.some((segment) => segment.includes(token))) return KEY_IN_PATH
  const errand = { method: request.method, path: path.segments }
  const admission = await admit(deps, { token, kind: door.kind, errand, origin: page, environmentId: null })
  if (admission.state !== 'admitted' || admission.route === null) {
    return refusalOf(admission.state === 'admitted' ? { state: 'no_route' } : admission)
  }
  const { key, route } = admission
  return passOn(visit, { token, key, route, reranks: route.rerank && door.reranks })
}

type Admitted = { token: string; key: Allowance; route: Route; reranks: boolean }

async function passOn(visit: Visit, { token, key, route, reranks }: Admitted): Promise<{ answer: Response } | Refusal> {
  const { request, url, requestId } = visit
  const parameters = withoutToken(parametersOf(url.search), token)
  const ranked = reranks ? await reranked(visit, key, parameters) : parameters
  if ('code' in ranked) return ranked

  const upgrades = request.headers.get('Upgrade')?.toLowerCase() === 'websocket'
  const refusal = faultOfSending(request, { upgrades, mayUpgrade: route.webSocket })
  if (refusal) return refusal
  const headers = upstreamHeaders(request.headers, { token, key, requestId, url })
  if (upgrades) headers['Upgrade'] = 'websocket'
  return { answer: await forward(visit, { route, headers, search: searchOf(ranked) }) }
}

/** What about the request itself cannot be passed on as it is. */
function faultOfSending(
  request: Request,
  { upgrades, mayUpgrade }: { upgrades: boolean; mayUpgrade: boolean },
): Refusal | null {
  const length = request.headers.get('Content-Length')
  if (takesNoBody(request) && request.body !== null && length !== '0') return NO_BODY
  if (length !== null && !Number.isSafeInteger(Number(length))) return TOO_LONG
  if (!upgrades) return null
  // The platform would ask by GET whatever the method was that the route and its scopes are for.
  if (request.method !== 'GET') return WEBSOCKET_BY_GET
  return mayUpgrade ? null : NO_WEBSOCKET
}

async function reranked({ deps }: Visit, key: Allowance, parameters: ReturnType<typeof parametersOf>) {
  const question = rerankQuestion(parameters)
  if ('twice' in question) {
    return { code: 'invalid_request', detail: 'must be given once', path: question.twice } satisfies Refusal
  }
  if (question.contextId !== null && !CONTEXT_ID_PATTERN.test(question.contextId)) {
    const detail = 'must begin with a letter or digit and hold at most 128 of A-Z a-z 0-9 . _ : -'
    return { code: 'invalid_request', detail, path: CONTEXT } satisfies Refusal
  }
  const setting = await rerankFor(deps, key, question)
  return setting ? withRerank(parameters, setting) : CONTROLS_UNKNOWN
}

/** A page that no environment lets in learns that, whatever else is wrong; another may read what is wrong. */
async function refusePage(visit: Visit, page: string, refusal: Refusal): Promise<Response> {
  const isKnown = await isKnownOrigin(visit.deps, page).catch(() => null)
  if (isKnown === null) return refuse(visit, refusal)
  return isKnown ? readableBy(page, refuse(visit, refusal)) : refuse(visit, FROM_A_BROWSER)
}

const LOOP: Refusal = { code: 'bad_gateway', detail: 'The upstream leads back to this front door.' }
/** It cannot be taken out without changing what is asked for, and would end up in the upstream's logs. */
const KEY_IN_PATH: Refusal = { code: 'invalid_request', detail: 'The path must not hold the API key.', path: 'path' }
const NO_BODY: Refusal = { code: 'invalid_request', detail: 'GET and HEAD take no body.', path: 'body' }
const TOO_LONG: Refusal = {
  code: 'invalid_request',
  detail: 'The length of the body is not a number of bytes.',
  path: 'Content-Length',
}
const WEBSOCKET_BY_GET: Refusal = {
  code: 'invalid_request',
  detail: 'A WebSocket is asked for with GET.',
  path: 'Upgrade',
}
const NO_WEBSOCKET: Refusal = {
  code: 'invalid_request',
  detail: 'The route does not take WebSockets.',
  path: 'Upgrade',
}
const CONTROLS_UNKNOWN: Refusal = {
  code: 'unavailable',
  detail: 'The rerank controls could not be read. Send the request again.',
}
