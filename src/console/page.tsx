// How a page is answered: whole, or its content alone when the script shows it in the dialog.
import type { Child } from 'hono/jsx'
import type { Environment } from '../core/environment.ts'
import { Name } from './components/text.tsx'
import { type ConsoleContext, isFragmentRequest } from './console-env.ts'
import { leaveMessage, readPreferences, takeMessage } from './cookies.ts'
import { EnvironmentTabs, pathOfTab, type TabName } from './environment-tabs.tsx'
import { type Crumb, Layout, type PageHead } from './layout.tsx'
import type { EnvironmentWithProject } from './request.ts'

export type PageStatus = 200 | 201 | 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 429 | 500 | 502 | 503 | 504

export type Page = PageHead & {
  content: Child
  /** The environment whose tabs stand above the content. */
  tabs?: { environment: Environment; current: TabName }
  status?: PageStatus
}

export function showPage(
  c: ConsoleContext,
  { content, tabs, status = 200, ...head }: Page,
): Response | Promise<Response> {
  if (isFragmentRequest(c)) return c.html(<Fragment title={head.title}>{content}</Fragment>, status)
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
      {tabs && <EnvironmentTabs {...tabs} actor={c.var.caller.actor} />}
      {content}
    </Layout>,
    status,
  )
}

const Fragment = ({ title, children }: { title: string; children?: Child }) => (
  <>
    <h2 class="title is-4" id="dialog-title" tabindex={-1}>
      <Name>{title}</Name>
    </h2>
    {children}
  </>
)

export const PROJECTS = { href: '/console/projects', text: 'Projects' }

/** The breadcrumbs that lead to an environment. */
export const listCrumbs = ({ environment, project }: EnvironmentWithProject): Crumb[] => [
  PROJECTS,
  { href: `${PROJECTS.href}/${project.id}`, text: project.name },
  { href: pathOfTab(environment, 'keys'), text: environment.name },
]

/** The page inside an environment: under its tabs, with the way to it in the breadcrumbs. */
export function placeInEnvironment(loaded: EnvironmentWithProject, { tab, ...page }: Page & { tab: TabName }): Page {
  const crumbs = [...listCrumbs(loaded), ...(page.crumbs ?? [])]
  return { ...page, crumbs, section: 'projects', tabs: { environment: loaded.environment, current: tab } }
}

/**
 * Sends the browser to another page, which shows the message once. The script is told the path in a header, since a redirect
 * would load that page into its dialog.
 */
export function goTo(c: ConsoleContext, path: string, message?: string): Response {
  if (message !== undefined) leaveMessage(c, message)
  return isFragmentRequest(c) ? c.body(null, 204, { 'Keyward-Location': path }) : c.redirect(path, 303)
}
