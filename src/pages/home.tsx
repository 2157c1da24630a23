// The way in: what `/` answers, what crawlers and security researchers look for on any host, and what is said of a path that
// does not exist.
import { type Context, Hono } from 'hono'
import { version } from '../../package.json'
import { notFound } from '../core/problem.ts'
import type { AppEnv } from '../http/app-env.ts'
import { createProblemResponse } from '../http/problem-response.ts'
import { showTextPage } from './layout.tsx'

export const homePages = new Hono<AppEnv>()

homePages.get('/', (c) => {
  const { origin } = new URL(c.req.url)
  const console = `${consoleOrigin(c)}/console`
  if (wantsPage(c)) return c.redirect(console, 303)
  return c.json({ name: 'keyward', version, docs: `${origin}/docs`, openapi: `${origin}/openapi.json`, console })
})

homePages.get('/favicon.ico', (c) => c.redirect('/console/icon.svg', 301))

homePages.get('/robots.txt', (c) => c.text('User-agent: *\nDisallow: /\n'))

/** RFC 9116: where to report a weakness. */
homePages.get('/.well-known/security.txt', (c) => {
  const { origin } = new URL(c.req.url)
  const expires = new Date(c.var.deps.clock() + SECURITY_TXT_MS).toISOString()
  return c.text(
    [
      `Contact: ${REPORT_URL}`,
      `Expires: ${expires}`,
      `Canonical: ${origin}/.well-known/security.txt`,
      'Preferred-Languages: en',
      '',
    ].join('\n'),
  )
})

/** For a path that does not exist: a page where a browser asks for one, a problem document for every other client. */
export function answerNotFound(c: Context<AppEnv>): Response | Promise<Response> {
  if (!wantsPage(c)) return createProblemResponse(c, notFound('path'))
  return showTextPage(c, {
    title: 'Page not found',
    status: 404,
    children: (
      <>
        <p class="lead">There is nothing at this address.</p>
        <ul>
          <li>
            <a href={`${consoleOrigin(c)}/console`}>The console</a>: projects, environments and keys.
          </li>
          <li>
            <a href="/docs">The API reference</a>, and its <a href="/openapi.json">OpenAPI document</a>.
          </li>
          <li>
            <a href="/problems">Errors</a>: what each one means, and what to do.
          </li>
        </ul>
        <p class="help">
          Request <code>{c.var.requestId}</code>
        </p>
      </>
    ),
  })
}

/** Browsers name HTML when they load a page; clients of the API do not. */
const wantsPage = (c: Context<AppEnv>) =>
  (c.req.method === 'GET' || c.req.method === 'HEAD') && /\btext\/html\b/i.test(c.req.header('Accept') ?? '')

/** Where the console is: on the host of its own, if it has one. */
function consoleOrigin(c: Context<AppEnv>): string {
  const url = new URL(c.req.url)
  url.hostname = c.var.deps.config.consoleHost ?? url.hostname
  return url.origin
}

const REPORT_URL = 'https://github.com/keyward/keyward/security/advisories/new'
/** RFC 9116 §2.5.5 recommends less than a year. */
const SECURITY_TXT_MS = 180 * 24 * 3_600_000
