// Who is signed in: the session of the cookie, or the way to the door.
import { createMiddleware } from 'hono/factory'
import { callerOf } from '../http/caller.ts'
import { findSession } from '../service/console-sessions.ts'
import { ArrivalPage } from './arrival.tsx'
import { type ConsoleContext, type ConsoleEnv, wantsFragment } from './console-env.ts'
import { dropSession, sessionToken } from './cookies.ts'

export const requireSession = createMiddleware<ConsoleEnv>(async function requireSession(c, next) {
  const token = sessionToken(c)
  const session = token === undefined ? null : await findSession(c.var.deps, token)
  if (!session) return redirectToSignIn(c)
  c.set('session', session)
  c.set('caller', callerOf(c, session.actor))
  await next()
})

/** What is asked of whom nobody knows: to sign in, and then to go on where they were. */
function redirectToSignIn(c: ConsoleContext): Response | Promise<Response> {
  if (sessionToken(c) !== undefined) dropSession(c)
  const { pathname, search } = new URL(c.req.url)
  const here = `${pathname}${search}`
  // A strict cookie stays behind when one comes by a link from elsewhere; a step of our own brings it along.
  const cameFromElsewhere = c.req.header('Sec-Fetch-Site') === 'cross-site' && c.req.method === 'GET'
  if (cameFromElsewhere && sessionToken(c) === undefined) return c.html(ArrivalPage({ to: here }))

  const door = c.req.method === 'GET' ? `/console/sign-in?next=${encodeURIComponent(here)}` : '/console/sign-in'
  if (wantsFragment(c)) return c.body(null, 204, { 'Keyward-Location': '/console/sign-in' })
  return c.redirect(door, 303)
}
