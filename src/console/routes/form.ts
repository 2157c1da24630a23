// The route table as the fields of a form: rows of text, each with an id of its own, so that rows can be added and removed.
import { DEFAULT_TIMEOUT_MS, type Route } from '../../core/route-table.ts'
import type { Upstream } from '../../core/upstream.ts'
import { type Form, type FormValues, parseNumber } from '../form.ts'

export type RouteRow = {
  methods: string
  path: string
  upstream: string
  scopes: readonly string[]
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

/** The fields of a form that shows the table; a blank row when there are no routes. */
export function tableToFields(routes: readonly Route[]): FormValues {
  const rows = routes.length === 0 ? [BLANK_ROW] : routes.map(toRow)
  const fields = rows.map((row, index) => rowToFields(String(index), row))
  return Object.assign({ row: rows.map((_row, index) => String(index)) }, ...fields)
}

const toRow = (route: Route): RouteRow => ({
  ...route,
  methods: route.methods.join(', '),
  upstream: formatUpstream(route.upstream),
  timeoutMs: String(route.timeoutMs),
})

export const rowToFields = (id: string, row: RouteRow): FormValues => ({
  [`routes.${id}.methods`]: row.methods,
  [`routes.${id}.path`]: row.path,
  [`routes.${id}.upstream`]: row.upstream,
  [`routes.${id}.scopes`]: [...row.scopes],
  [`routes.${id}.rerank`]: row.rerank ? ['on'] : [],
  [`routes.${id}.webSocket`]: row.webSocket ? ['on'] : [],
  [`routes.${id}.timeoutMs`]: row.timeoutMs,
})

export const readRows = (form: Form): RouteRow[] =>
  form.all('row').map((id) => ({
    methods: form.text(`routes.${id}.methods`),
    path: form.text(`routes.${id}.path`),
    upstream: form.text(`routes.${id}.upstream`),
    scopes: form.all(`routes.${id}.scopes`),
    rerank: form.has(`routes.${id}.rerank`),
    webSocket: form.has(`routes.${id}.webSocket`),
    timeoutMs: form.text(`routes.${id}.timeoutMs`),
  }))

/** The table in the form of the API's bodies, for their schema to check. */
export const readTable = (form: Form) => ({
  routes: readRows(form).map((row) => ({
    ...row,
    methods: row.methods
      .toUpperCase()
      .split(/[\s,]+/)
      .filter(Boolean),
    upstream: readUpstream(row.upstream),
    timeoutMs: parseNumber(row.timeoutMs),
  })),
})

export function formatUpstream(upstream: Upstream | null): string {
  if (upstream === null) return ''
  return 'url' in upstream ? upstream.url : `${SERVICE}${upstream.service}`
}

function readUpstream(text: string): Upstream | null {
  if (text === '') return null
  return text.startsWith(SERVICE) ? { service: text.slice(SERVICE.length).trim() } : { url: text }
}

/** Stands before the name of a service binding, to tell it from an address. */
const SERVICE = 'service:'
