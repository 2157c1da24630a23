// The route table as a form has it: rows of text, each under an id of its own, so that rows can come and go.
import { DEFAULT_TIMEOUT_MS, type Route } from '../../core/route-table.ts'
import type { Upstream } from '../../core/upstream.ts'
import type { Form } from '../form.ts'

export type RouteRow = {
  methods: string
  path: string
  upstream: string
  scopes: string[]
  rerank: boolean
  webSocket: boolean
  timeoutMs: string
}

export const BLANK_ROW: RouteRow = {
  methods: 'GET',
  path: '',
  upstream: '',
  scopes: [],
  rerank: false,
  webSocket: false,
  timeoutMs: String(DEFAULT_TIMEOUT_MS),
}

export const rowOf = (route: Route): RouteRow => ({
  ...route,
  methods: route.methods.join(', '),
  scopes: [...route.scopes],
  upstream: upstreamText(route.upstream),
  timeoutMs: String(route.timeoutMs),
})

/** The rows that were sent, in their order, without the one that was asked to go. */
export const rowsIn = (form: Form, { without }: { without?: string } = {}): RouteRow[] =>
  form
    .all('row')
    .filter((id) => id !== without)
    .map((id) => {
      const field = (name: string) => `routes.${id}.${name}`
      return {
        methods: form.text(field('methods')),
        path: form.text(field('path')),
        upstream: form.text(field('upstream')),
        scopes: form.all(field('scopes')),
        rerank: form.has(field('rerank')),
        webSocket: form.has(field('webSocket')),
        timeoutMs: form.text(field('timeoutMs')),
      }
    })

/** What the rows say, for the schema that the API has too. */
export const tableOf = (rows: readonly RouteRow[]) => ({
  routes: rows.map((row) => ({
    ...row,
    methods: row.methods
      .toUpperCase()
      .split(/[\s,]+/)
      .filter(Boolean),
    upstream: upstreamIn(row.upstream),
    timeoutMs: row.timeoutMs === '' ? undefined : Number(row.timeoutMs),
  })),
})

export function upstreamText(upstream: Upstream | null): string {
  if (upstream === null) return ''
  return 'url' in upstream ? upstream.url : `${SERVICE}${upstream.service}`
}

function upstreamIn(text: string): Upstream | null {
  if (text === '') return null
  return text.startsWith(SERVICE) ? { service: text.slice(SERVICE.length).trim() } : { url: text }
}

/** Before the name of a service binding, where an address might stand as well. */
const SERVICE = 'service:'
