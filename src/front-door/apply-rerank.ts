// The operator's rerank controls in place of the client's, for a request to a route with rerank.
import { CONTEXT_ID_PATTERN } from '../core/rerank.ts'
import type { ValidKey } from '../core/verdict.ts'
import { findRerankSetting, type RerankQuestion } from '../service/rerank.ts'
import type { ProxiedRequest } from './proxied-request.ts'
import { CONTEXT_PARAMETER, type Parameter, readRerankQuery, SURFACE_PARAMETER, setRerank } from './query.ts'
import type { Refusal } from './refusal.ts'
import { readRerankBody } from './rerank-body.ts'

/** The request and its query as they are sent on. */
export async function applyRerank(
  { request, deps }: Pick<ProxiedRequest, 'request' | 'deps'>,
  key: ValidKey,
  parameters: Parameter[],
): Promise<{ request: Request; parameters: Parameter[] } | Refusal> {
  const query = readRerankQuery(parameters)
  if ('twice' in query) return { code: 'invalid_request', detail: 'must be given once', path: query.twice }
  const body = await readRerankBody(request)
  if ('code' in body) return body
  const differs = findDifference(query, body.question)
  if (differs) return { code: 'invalid_request', detail: 'must be the same in the query and the body', path: differs }

  const contextId = query.contextId ?? body.question.contextId
  if (contextId !== null && !CONTEXT_ID_PATTERN.test(contextId)) {
    const detail = 'must begin with a letter or digit and hold at most 128 of A-Z a-z 0-9 . _ : -'
    return { code: 'invalid_request', detail, path: CONTEXT_PARAMETER }
  }
  const setting = await findRerankSetting(deps, key, { contextId, surface: query.surface ?? body.question.surface })
  if (setting === null) return CONTROLS_UNKNOWN
  return { request: body.request, parameters: setRerank(parameters, setting) }
}

/** What query and body both name, and differently: upstreams do not agree on which of them counts. */
function findDifference(query: RerankQuestion, body: RerankQuestion): string | null {
  const differ = (one: string | null, other: string | null) => one !== null && other !== null && one !== other
  if (differ(query.contextId, body.contextId)) return CONTEXT_PARAMETER
  return differ(query.surface, body.surface) ? SURFACE_PARAMETER : null
}

const CONTROLS_UNKNOWN: Refusal = {
  code: 'unavailable',
  detail: 'The rerank controls could not be read. Send the request again.',
}
