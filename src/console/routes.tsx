// The pages of the route table of an environment: to read it, to edit it as a whole, and to ask what it would do.
import { Hono } from 'hono'
import type { Child } from 'hono/jsx'
import { sha256Hex } from '../core/hash.ts'
import { invalidField, Problem } from '../core/problem.ts'
import type { Route } from '../core/route-table.ts'
import { routeTableSchema } from '../http/route-schema.ts'
import { explainRequest } from '../service/explain-request.ts'
import { listKeys } from '../service/keys.ts'
import { getRoutes, replaceRoutes } from '../service/routes.ts'
import { formatApiCommand } from './command-text.ts'
import { ActionLink } from './components/action-link.tsx'
import { Command } from './components/command.tsx'
import { Empty } from './components/empty.tsx'
import { intentOf } from './components/rows.tsx'
import type { ConsoleContext, ConsoleEnv } from './console-env.ts'
import { createForm, type Form, parseWith, readForm, tryForm } from './form.ts'
import { environmentPage, goTo, type PageStatus } from './page.tsx'
import { loadEnvironment, type Place } from './place.ts'
import { RouteEditor } from './routes/editor.tsx'
import { BLANK_ROW, type RouteRow, rowOf, rowsIn, tableOf } from './routes/form.ts'
import { RouteTable } from './routes/table.tsx'
import { type Answer, NAMES_A_KEY, Tester } from './routes/tester.tsx'

export const routesPages = new Hono<ConsoleEnv>()

const PATH = '/console/environments/:environmentId/routes'
const baseOf = ({ environment }: Place) => `/console/environments/${environment.id}/routes`

routesPages.get(PATH, async (c) => tablePage(c, await loadEnvironment(c), UNASKED))

routesPages.get(`${PATH}/test`, async (c) => goTo(c, baseOf(await loadEnvironment(c))))

routesPages.post(`${PATH}/test`, async (c) => {
  const place = await loadEnvironment(c)
  const form = await readForm(c)
  const asked = await tryForm(() => explainRequest(c.var.deps, c.var.caller, place.environment.id, questionIn(form)))
  if (!asked.done) return tablePage(c, place, { form, problem: asked.problem, answer: null }, asked.status)
  return tablePage(c, place, { form, problem: null, answer: asked.value })
})

routesPages.get(`${PATH}/edit`, async (c) => {
  const place = await loadEnvironment(c)
  const routes = await getRoutes(c.var.deps, c.var.caller, place.environment.id)
  const rows = routes.length === 0 ? [BLANK_ROW] : routes.map(rowOf)
  return editPage(c, place, { rows, opened: await fingerprint(routes), problem: null })
})

routesPages.post(`${PATH}/edit`, async (c) => {
  const place = await loadEnvironment(c)
  const form = await readForm(c)
  const intent = intentOf(form.text('intent'))
  const opened = form.text('opened')
  if (!intent.save) {
    const kept = rowsIn(form, intent.remove === undefined ? {} : { without: intent.remove })
    return editPage(c, place, { rows: intent.add ? [...kept, BLANK_ROW] : kept, opened, problem: null })
  }
  const rows = rowsIn(form)
  const saved = await tryForm(async () => {
    const { routes } = parseWith(routeTableSchema, tableOf(rows))
    await refuseOvertaken(c, place, opened)
    return replaceRoutes(c.var.deps, c.var.caller, place.environment.id, routes)
  })
  if (!saved.done) return editPage(c, place, { rows, opened, problem: saved.problem }, saved.status)
  const { committedAt, effectiveBy } = saved.value.receipt
  const seconds = Math.ceil((effectiveBy - committedAt) / 1000)
  return goTo(c, baseOf(place), `The route table is saved, and in force everywhere within ${seconds} s.`)
})

type Asked = { form: Form; problem: Problem | null; answer: Answer | null }
const UNASKED: Asked = { form: createForm(), problem: null, answer: null }

async function tablePage(c: ConsoleContext, place: Place, asked: Asked, status: PageStatus = 200) {
  const { environment } = place
  const base = baseOf(place)
  const [routes, keys] = await Promise.all([
    getRoutes(c.var.deps, c.var.caller, environment.id),
    listKeys(c.var.deps, c.var.caller, { environmentId: environment.id, status: 'active' }, NEWEST),
  ])
  const edit = (
    <ActionLink href={`${base}/edit`} primary>
      {routes.length === 0 ? 'Add routes' : 'Edit routes'}
    </ActionLink>
  )
  if (routes.length === 0)
    return environmentPage(c, place, 'routes', { title: 'Routes' }, <NoRoutes c={c} place={place} edit={edit} />)
  return environmentPage(
    c,
    place,
    'routes',
    { title: 'Routes', actions: edit },
    <>
      <p class="lead">Tried from top to bottom: the most specific path first, a named method before any other.</p>
      <RouteTable routes={routes} />
      <Tester base={base} catalogue={environment.scopes} keys={keys.items} {...asked} />
    </>,
    status,
  )
}

const NoRoutes = ({ c, place, edit }: { c: ConsoleContext; place: Place; edit: Child }) => (
  <Empty title="No routes yet" icon="list" action={edit}>
    <p>
      A route lets requests to <code>/api/…</code> through to what stands behind Keyward, for keys that hold its scopes.
      Without routes, keys are only verified.
    </p>
    <Command label="Or from a terminal">
      {formatApiCommand(c, 'PUT', `/v1/environments/${place.environment.id}/routes`, EXAMPLE)}
    </Command>
  </Empty>
)

type Draft = { rows: RouteRow[]; opened: string; problem: Problem | null }

const editPage = (c: ConsoleContext, place: Place, draft: Draft, status: PageStatus = 200) =>
  environmentPage(
    c,
    place,
    'routes',
    { title: 'Edit routes', crumbs: [{ href: baseOf(place), text: 'Routes' }] },
    <RouteEditor base={baseOf(place)} catalogue={place.environment.scopes} {...draft} />,
    status,
  )

/** @throws {Problem} invalid_request for what may be a token */
function questionIn(form: Form) {
  const request = { method: form.text('method').toUpperCase(), path: form.text('path') }
  const key = form.text('key')
  if (key === '') return { ...request, holder: { scopes: form.all('scopes') } }
  if (!NAMES_A_KEY.test(key)) throw invalidField('key', 'must be the 8 characters of a prefix, or the id of a key')
  return { ...request, holder: { key } }
}

/** The table is replaced as a whole, so what another person saved meanwhile would be lost without a word. */
async function refuseOvertaken(c: ConsoleContext, { environment }: Place, opened: string): Promise<void> {
  const now = await getRoutes(c.var.deps, c.var.caller, environment.id)
  if ((await fingerprint(now)) === opened) return
  throw new Problem(
    'conflict',
    'Somebody saved another table since you opened this one. Open it again in another window, and bring your changes over.',
  )
}

const fingerprint = async (routes: readonly Route[]) => (await sha256Hex(JSON.stringify(routes))).slice(0, 32)

const NEWEST = { limit: 20, cursor: null }
const EXAMPLE = {
  routes: [{ methods: ['GET'], path: '/api/items/:id', scopes: [], upstream: { url: 'https://api.example.com' } }],
}
