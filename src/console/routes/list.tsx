// The routes of an environment in the order they are tried, and below them a form that explains what a request would meet.
import { Hono } from 'hono'
import type { Child } from 'hono/jsx'
import type { Environment } from '../../core/environment.ts'
import { invalidField } from '../../core/problem.ts'
import { explainRequest } from '../../service/explain-request.ts'
import { listKeys } from '../../service/keys.ts'
import { getRoutes } from '../../service/routes.ts'
import { formatApiCommand, originOf } from '../command-text.ts'
import { ActionLink } from '../components/action-link.tsx'
import { Command } from '../components/command.tsx'
import { Empty } from '../components/empty.tsx'
import type { ConsoleContext, ConsoleEnv } from '../console-env.ts'
import { pathOfTab } from '../environment-tabs.tsx'
import { createForm, type Form } from '../form.ts'
import { defineFormAction, type ShownForm } from '../form-page.tsx'
import { goTo, type Page, placeInEnvironment, showPage } from '../page.tsx'
import { type EnvironmentWithProject, loadEnvironment } from '../request.ts'
import { RouteTable } from './table.tsx'
import { type Answer, NAMES_A_KEY, Tester } from './tester.tsx'

const ROUTES = '/console/environments/:environmentId/routes'

export const routeListPages = new Hono<ConsoleEnv>()

routeListPages.get(ROUTES, async (c) => {
  const unasked = { form: createForm(), problem: null, answer: null }
  return showPage(c, await createListPage(c, await loadEnvironment(c), unasked))
})

routeListPages.get(`${ROUTES}/test`, async (c) => {
  const { environment } = await loadEnvironment(c)
  return goTo(c, pathOfTab(environment, 'routes'))
})

routeListPages.route(
  '/',
  defineFormAction(`${ROUTES}/test`, {
    right: 'front_door',
    load: loadEnvironment,
    parse: (form) => ({ form, question: readQuestion(form) }),
    submit: async (c, { environment }, { form, question }) => ({
      form,
      answer: await explainRequest(c.var.deps, c.var.caller, environment.id, question),
    }),
    view: (c, loaded, shown) => createListPage(c, loaded, { ...shown, answer: null }),
    done: async (c, loaded, asked) => showPage(c, await createListPage(c, loaded, { ...asked, problem: null })),
  }),
)

/** @throws {Problem} invalid_request for anything that may be a token */
function readQuestion(form: Form) {
  const request = { method: form.text('method').toUpperCase(), path: form.text('path') }
  const key = form.text('key')
  if (key === '') return { ...request, holder: { scopes: form.all('scopes') } }
  if (!NAMES_A_KEY.test(key)) throw invalidField('key', 'must be the id of a key, or the 8 characters of a prefix')
  return { ...request, holder: { key } }
}

type Asked = ShownForm & { answer: Answer | null }

async function createListPage(c: ConsoleContext, loaded: EnvironmentWithProject, asked: Asked): Promise<Page> {
  const { environment } = loaded
  const [routes, keys] = await Promise.all([
    getRoutes(c.var.deps, c.var.caller, environment.id),
    listKeys(c.var.deps, c.var.caller, { environmentId: environment.id, status: 'active' }, NEWEST),
  ])
  const here = pathOfTab(environment, 'routes')
  const edit = (
    <ActionLink href={`${here}/edit`} primary>
      {routes.length === 0 ? 'Add routes' : 'Edit routes'}
    </ActionLink>
  )
  const head = { tab: 'routes', title: 'Routes' } as const
  if (routes.length === 0) {
    return placeInEnvironment(loaded, { ...head, content: <NoRoutes c={c} environment={environment} edit={edit} /> })
  }
  return placeInEnvironment(loaded, {
    ...head,
    actions: edit,
    content: (
      <>
        <p class="lead">
          Routes are tried from top to bottom: the most specific path first, and a named method before “any”.
        </p>
        <RouteTable routes={routes} />
        <Tester action={`${here}/test`} catalogue={environment.scopes} keys={keys.items} {...asked} />
      </>
    ),
  })
}

type NoRoutesProps = { c: ConsoleContext; environment: Environment; edit: Child }

const NoRoutes = ({ c, environment, edit }: NoRoutesProps) => (
  <Empty title="No routes yet" icon="list" action={edit}>
    <p>
      A route lets requests to <code>/api/…</code> through to your API when their key has the scopes of the route.
      Without routes, Keyward only verifies keys.
    </p>
    <Command label="Or from a terminal">
      {formatApiCommand(originOf(c), `PUT /v1/environments/${environment.id}/routes`, EXAMPLE)}
    </Command>
  </Empty>
)

const NEWEST = { limit: 20, cursor: null }
const EXAMPLE = {
  routes: [{ methods: ['GET'], path: '/api/items/:id', scopes: [], upstream: { url: 'https://api.example.com' } }],
}
