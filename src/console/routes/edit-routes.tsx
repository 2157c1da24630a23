// Editing the route table. It is saved as a whole, so it must not have changed since the form was opened.
import { etagOf } from '../../core/etag.ts'
import { routeTableSchema } from '../../http/route-schema.ts'
import { getRoutes, replaceRoutes } from '../../service/routes.ts'
import { changeRows } from '../components/rows.tsx'
import { formatSecondsUntil } from '../components/text.tsx'
import type { ConsoleContext } from '../console-env.ts'
import { pathOfTab } from '../environment-tabs.tsx'
import { type FormValues, parseWith } from '../form.ts'
import { defineFormPage } from '../form-page.tsx'
import { goTo, placeInEnvironment } from '../page.tsx'
import { type EnvironmentWithProject, loadEnvironment } from '../request.ts'
import { RouteEditor } from './editor.tsx'
import { BLANK_ROW, readTable, rowToFields, tableToFields } from './form.ts'

async function readFields({ environment }: EnvironmentWithProject, c: ConsoleContext): Promise<FormValues> {
  const routes = await getRoutes(c.var.deps, c.var.caller, environment.id)
  return { ...tableToFields(routes), ifMatch: etagOf({ routes }) }
}

export const editRoutesPages = defineFormPage('/console/environments/:environmentId/routes/edit', {
  right: 'front_door',
  load: loadEnvironment,
  blank: readFields,
  saved: readFields,
  redraw: (form) => changeRows(form, (id) => rowToFields(id, BLANK_ROW)),
  parse: (form) => ({ ...parseWith(routeTableSchema, readTable(form)), ifMatch: form.text('ifMatch') }),
  submit: (c, { environment }, { routes, ifMatch }) =>
    replaceRoutes(c.var.deps, c.var.caller, environment.id, routes, { ifMatch }),
  view(_c, loaded, shown) {
    const list = pathOfTab(loaded.environment, 'routes')
    return placeInEnvironment(loaded, {
      tab: 'routes',
      title: 'Edit routes',
      crumbs: [{ href: list, text: 'Routes' }],
      content: <RouteEditor list={list} catalogue={loaded.environment.scopes} {...shown} />,
    })
  },
  done(c, { environment }, { receipt: { committedAt, effectiveBy } }) {
    const within = formatSecondsUntil(effectiveBy, committedAt)
    return goTo(c, pathOfTab(environment, 'routes'), `Routes saved. They take effect everywhere within ${within}.`)
  },
})
