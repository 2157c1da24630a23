// How a page is answered: whole, or its content alone when the script shows it in the dialog.
import type { Child } from 'hono/jsx'
import { Name } from './components/text.tsx'
import { type ConsoleContext, wantsFragment } from './console-env.ts'
import { leaveMessage, readPreferences, takeMessage } from './cookies.ts'
import { EnvironmentTabs, type TabName } from './environment-tabs.tsx'
import { type Crumb, Layout } from './layout.tsx'
import type { Section } from './menu.tsx'
import type { Place } from './place.ts'

export type PageStatus = 200 | 201 | 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500 | 502 | 503 | 504

export type PageHead = {
  title: string
  /** How one came here, outermost first, without this page. */
  crumbs?: readonly Crumb[]
  section?: Section
  /** What can be done on this page, beside its title. */
  actions?: Child
  /** A form or a text is easier to read when it is not as wide as the screen. */
  narrow?: boolean
}

export function page(
  c: ConsoleContext,
  head: PageHead,
  content: Child,
  status: PageStatus = 200,
): Response | Promise<Response> {
  if (wantsFragment(c)) return fragment(c, head.title, content, status)
  return c.html(
    <Layout
      {...head}
      actor={c.var.session ? c.var.caller.actor : null}
      nonce={c.var.nonce}
      assetVersion={c.var.deps.assetVersion}
      path={c.req.path}
      preferences={readPreferences(c)}
      message={takeMessage(c)}
    >
      {content}
    </Layout>,
    status,
  )
}

/** A page inside an environment, under its tabs. */
export function environmentPage(
  c: ConsoleContext,
  { environment, project }: Place,
  tab: TabName,
  head: Omit<PageHead, 'section'>,
  content: Child,
  status: PageStatus = 200,
): Response | Promise<Response> {
  const crumbs = [
    { href: '/console/projects', text: 'Projects' },
    { href: `/console/projects/${project.id}`, text: project.name },
    { href: `/console/environments/${environment.id}/keys`, text: environment.name },
    ...(head.crumbs ?? []),
  ]
  const whole = wantsFragment(c) ? (
    content
  ) : (
    <>
      <EnvironmentTabs environment={environment} current={tab} actor={c.var.caller.actor} />
      {content}
    </>
  )
  return page(c, { ...head, crumbs, section: 'projects' }, whole, status)
}

/** On to another page, which says the message once. The script follows on its own. */
export function goTo(c: ConsoleContext, path: string, message?: string): Response {
  if (message !== undefined) leaveMessage(c, message)
  return wantsFragment(c) ? c.body(null, 204, { 'Keyward-Location': path }) : c.redirect(path, 303)
}

const fragment = (c: ConsoleContext, title: string, content: Child, status: PageStatus) =>
  c.html(
    <>
      <h2 class="title is-4" id="dialog-title" tabindex={-1}>
        <Name>{title}</Name>
      </h2>
      {content}
    </>,
    status,
  )
