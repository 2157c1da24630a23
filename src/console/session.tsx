// Requires a session on every page: without one, the browser is sent to the sign-in page.
import { createMiddleware } from 'hono/factory'
import { raw } from 'hono/html'
import { callerOf } from '../http/caller.ts'
import { findSession } from '../service/console-sessions.ts'
import { type ConsoleContext, type ConsoleEnv, isFragmentRequest } from './console-env.ts'
import { dropSessionToken, readSessionToken } from './cookies.ts'

export const requireSession = createMiddleware<ConsoleEnv>(async function requireSession(c, next) {
  const token = readSessionToken(c)
  const session = token === undefined ? null : await findSession(c.var.deps, token)
  if (!session) return redirectToSignIn(c)
  c.set('session', session)
  c.set('caller', callerOf(c, session.actor))
  await next()
})

/** To the sign-in page, and from there back to the page that was asked for. */
function redirectToSignIn(c: ConsoleContext): Response | Promise<Response> {
  if (readSessionToken(c) !== undefined) dropSessionToken(c)
  const { pathname, search } = new URL(c.req.url)
  const here = `${pathname}${search}`
  // Browsers send no SameSite=Strict cookie when a link on another site is followed, so the visitor may well be signed in.
  // A page of ours that asks for the same address again brings the cookie along.
  const cameFromElsewhere = c.req.header('Sec-Fetch-Site') === 'cross-site' && c.req.method === 'GET'
  if (cameFromElsewhere && readSessionToken(c) === undefined) return c.html(<AskAgain path={here} />)

  if (isFragmentRequest(c)) return c.body(null, 204, { 'Keyward-Location': '/console/sign-in' })
  const isPage = c.req.method === 'GET'
  return c.redirect(isPage ? `/console/sign-in?next=${encodeURIComponent(here)}` : '/console/sign-in', 303)
}

const AskAgain = ({ path }: { path: string }) => (
  <>
    {raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="refresh" content={`0;url=${path}`} />
        <title>Keyward</title>
      </head>
      <body>
        <a href={path}>Continue to Keyward</a>
      </body>
    </html>
  </>
)
