// The query of a proxied request: passed on as it was sent, without the token and with the operator's rerank controls.
import type { RerankSetting } from '../core/rerank.ts'
import type { RerankQuestion } from '../service/rerank.ts'

export type Parameter = { raw: string; name: string; value: string }

/** The parameters in their order, each as it was sent and decoded. */
export function parseQuery(search: string): Parameter[] {
  if (search.length < 2) return []
  return search
    .slice(1)
    .split('&')
    .map((raw) => {
      const [[name, value] = ['', '']] = new URLSearchParams(raw)
      return { raw, name, value }
    })
}

export const removeToken = (parameters: Parameter[], token: string): Parameter[] =>
  parameters.filter(({ name, value }) => !name.includes(token) && !value.includes(token))

/** Which rerank controls the request asks for; `twice` names a repeated parameter, which servers read differently. */
export function readRerankQuery(parameters: Parameter[]): RerankQuestion | { twice: string } {
  const contexts = parameters.filter(({ name }) => name === CONTEXT_PARAMETER)
  const surfaces = parameters.filter(({ name }) => name === SURFACE_PARAMETER)
  if (contexts.length > 1) return { twice: CONTEXT_PARAMETER }
  if (surfaces.length > 1) return { twice: SURFACE_PARAMETER }
  return { contextId: contexts[0]?.value ?? null, surface: surfaces[0]?.value ?? null }
}

/** Replaces the client's rerank mode and depth by the operator's, also where some server would split at `;`. */
export function setRerank(parameters: Parameter[], { rerank_mode, rerank_depth }: RerankSetting): Parameter[] {
  return [
    ...parameters.filter(
      ({ raw }) => !parseQuery(`?${raw.replaceAll(';', '&')}`).some(({ name }) => isRerankControl(name)),
    ),
    { raw: `rerank_mode=${rerank_mode}`, name: 'rerank_mode', value: rerank_mode },
    { raw: `rerank_depth=${rerank_depth}`, name: 'rerank_depth', value: String(rerank_depth) },
  ]
}

/** Whether it names the mode or depth, in any spelling that some server reads so: case, `_` or `-`, `[]` and `.` for parts. */
export const isRerankControl = (name: string) => /^\W*rerank\W*_*(mode|depth)\b/i.test(name.replaceAll('-', '_'))

export const formatQuery = (parameters: Parameter[]) =>
  parameters.length === 0 ? '' : `?${parameters.map(({ raw }) => raw).join('&')}`

export const CONTEXT_PARAMETER = 'context_id'
export const SURFACE_PARAMETER = 'surface'
